//! How two sides find each other, and know that they have: endpoint files (WIRE.md §8).
//!
//! A server that listens [`publish`]es an endpoint: a small file, in a folder that only its user can
//! read, with its port and a key. A client [`find`]s it by the server's name and [`dial`]s. A
//! launcher can also hand an endpoint to its child, as [text](Endpoint::to_text).

mod dial;
mod error;
mod find;
mod place;
mod publish;
mod record;

pub use dial::dial;
#[cfg(target_os = "linux")]
pub(crate) use dial::shake_hands;
pub use error::EndpointError;
pub use find::{Search, find};
pub use place::path_of;
pub use publish::{Claim, Published, publish};
pub use record::Endpoint;
