//! Typed RPC between two processes of one machine, in a few kilobytes.
//!
//! Annotate a trait with [`service`], implement it on one side, call it on the other.
#![cfg_attr(not(feature = "client"), no_std)]
#![deny(unsafe_code)]

pub use ipc_core::codec::{Decode, Encode};
pub use ipc_core::error::{CallError, DecodeError, Detail, Problem, Reason};
pub use ipc_core::later::Reply;
pub use ipc_core::peer::Peer;
pub use ipc_core::service::{Caller, Service};
pub use ipc_core::session::Limits;
pub use ipc_derive::{Decode, Encode, service};

#[doc(hidden)]
pub use ipc_core::rt as __rt;

#[cfg(feature = "client")]
mod connection;
#[cfg(feature = "client")]
pub mod endpoint;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod offer;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "client")]
#[allow(unsafe_code, reason = "what std does not offer; nothing else is in there")]
mod sys;
#[cfg(feature = "client")]
mod transport;

#[cfg(feature = "client")]
pub use connection::Connection;
#[cfg(feature = "client")]
pub use endpoint::EndpointError;
#[cfg(feature = "client")]
pub use error::{Error, OsError};
#[cfg(feature = "server")]
pub use server::{Handle, Server, ServerLimits};
