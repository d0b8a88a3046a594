//! Typed RPC between two processes of one machine, in a few kilobytes.
//!
//! Annotate a trait with [`service`], implement it in one process, call it from another:
//!
//! ```
//! use ipc_runtime::{CallError, Connection, Decode, Encode, Server, service};
//!
//! #[derive(Debug, PartialEq, Encode, Decode)]
//! pub enum LoadError {
//!     NotFound,
//! }
//!
//! /// What a mod manager may ask of a running game.
//! #[service]
//! pub trait Loader {
//!     fn mods(&mut self) -> Vec<String>;
//!     fn enable(&mut self, id: &str) -> Result<u32, LoadError>;
//! }
//!
//! # #[cfg(feature = "server")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # struct Mods(Vec<String>);
//! impl Loader for Mods {
//!     fn mods(&mut self) -> Vec<String> {
//!         self.0.clone()
//!     }
//!
//!     fn enable(&mut self, id: &str) -> Result<u32, LoadError> {
//!         match self.0.iter().position(|other| other == id) {
//!             Some(place) => Ok(place as u32),
//!             None => Err(LoadError::NotFound),
//!         }
//!     }
//! }
//!
//! # let name = format!("doc-{}", std::process::id());
//! # let (name, served) = (name.as_str(), name.clone());
//! // In one process, or on one thread. `name` is one that both sides know.
//! std::thread::spawn(move || -> Result<(), ipc_runtime::Error> {
//!     let mut server = Server::publish(&served)?;
//!     server.add(LoaderService(Mods(vec!["sonic.hd".to_owned()])))?;
//!     server.run()
//! });
//!
//! // In another.
//! let mut connection = Connection::open(name)?;
//! let mut loader = LoaderClient::new(&mut connection);
//! assert_eq!(loader.mods()?, ["sonic.hd"]);
//! assert_eq!(loader.enable("sonic.hd"), Ok(0));
//! assert_eq!(loader.enable("tails"), Err(CallError::Failed(LoadError::NotFound)));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "server"))]
//! # fn main() {}
//! ```
//!
//! What it refuses to do: cross a network, encrypt, start threads, run an async runtime, generate code
//! from schema files, call generic methods, or send what is not `Encode`.
//!
//! A crate that only declares an interface depends on this one with `default-features = false`: it is
//! then `no_std`, and [`service`], [`Encode`], [`Decode`] and [`CallError`] are what there is.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | [`Connection`] |
//! | `server` | yes | [`Server`], and with it mio |
#![cfg_attr(not(feature = "client"), no_std)]
#![deny(unsafe_code)]

pub use ipc_core::codec::{Budget, Decode, Encode, Reader, Writer};
pub use ipc_core::error::{CallError, DecodeError, Detail, Problem, Reason};
pub use ipc_core::later::{PeerHandle, Reply, Slow, Subscribers};
pub use ipc_core::peer::Peer;
pub use ipc_core::pending::{Pending, Pipeline};
pub use ipc_core::schema::Schema;
pub use ipc_core::service::{Caller, Service};
pub use ipc_core::session::Limits;
pub use ipc_derive::{Decode, Encode, service};

#[doc(hidden)]
pub use ipc_core::rt as __rt;

#[cfg(feature = "client")]
mod aside;
#[cfg(feature = "client")]
mod connection;
#[cfg(feature = "client")]
pub mod endpoint;
#[cfg(feature = "client")]
mod error;
#[cfg(all(feature = "client", target_os = "linux"))]
mod local;
#[cfg(feature = "client")]
mod mail;
#[cfg(feature = "client")]
mod offer;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "client")]
mod spin;
#[cfg(feature = "client")]
#[allow(unsafe_code, reason = "what std does not offer; nothing else is in there")]
mod sys;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "client")]
mod wire;

#[cfg(feature = "client")]
pub use connection::Connection;
#[cfg(feature = "client")]
pub use endpoint::EndpointError;
#[cfg(feature = "client")]
pub use error::{Error, OsError};
#[cfg(feature = "server")]
pub use server::{Handle, PeerInfo, Server, ServerLimits};
