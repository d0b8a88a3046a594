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
//! | `client` | yes | [`Connection`], [`Reconnecting`], [`ThreadedServer`], [`pair()`] |
//! | `server` | yes | [`Server`], and with it mio |
//! | `log` | no | `log_tap`, and with it the `log` crate |
#![cfg_attr(not(feature = "client"), no_std)]
#![deny(unsafe_code)]

/// What `LoaderClient::missing` tells of a trait `Loader`:
///
/// ```
/// # #[cfg(feature = "server")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use ipc_runtime::{Connection, Reason, Server, service};
/// mod newer {
///     # use ipc_runtime::service;
///     #[service]
///     pub trait Loader {
///         fn mods(&self) -> Vec<String>;
///         fn unload(&self, id: &str);
///     }
/// }
/// # #[service]
/// # trait Loader {
/// #     fn mods(&self) -> Vec<String>;
/// # }
/// # struct Mods;
/// # impl Loader for Mods {
/// #     fn mods(&self) -> Vec<String> { vec![] }
/// # }
/// # let mut server = Server::bind_trusting_all(0)?;
/// # server.add(LoaderService(Mods))?;
/// # let (port, stop) = (server.port(), server.handle()?);
/// # let client = std::thread::spawn(move || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let mut connection = Connection::connect_trusting_all(port)?;
///
/// // The server is older, and has no `unload` yet.
/// let missing = newer::LoaderClient::new(&mut connection).missing()?;
/// assert_eq!(missing.len(), 1);
/// assert_eq!(missing[0].method, "Loader.unload");
/// assert_eq!(missing[0].reason, Reason::UnknownMethod);
/// # stop.stop();
/// # Ok(())
/// # });
/// # server.run()?;
/// # assert!(matches!(client.join(), Ok(Ok(()))));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
pub use ipc_core::ask::Missing;
pub use ipc_core::codec::{Budget, Decode, Encode, Reader, Writer};
pub use ipc_core::dump::{Dump, Line, What};
pub use ipc_core::error::{CallError, DecodeError, Detail, Problem, Reason};
pub use ipc_core::interface::Interface;
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
mod counters;
#[cfg(feature = "client")]
pub mod endpoint;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod limits;
#[cfg(feature = "client")]
mod lines;
#[cfg(all(feature = "client", target_os = "linux"))]
mod local;
#[cfg(feature = "client")]
mod mail;
#[cfg(feature = "client")]
mod offer;
#[cfg(feature = "client")]
mod pair;
#[cfg(feature = "client")]
mod reconnect;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "client")]
mod spin;
#[cfg(feature = "client")]
#[allow(unsafe_code, reason = "what std does not offer; nothing else is in there")]
mod sys;
#[cfg(feature = "client")]
mod tap;
#[cfg(feature = "client")]
mod threads;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "client")]
mod wire;

#[cfg(feature = "client")]
pub use connection::{Connection, WhenFull};
#[cfg(feature = "client")]
pub use counters::{Counters, Traffic};
#[cfg(feature = "client")]
pub use endpoint::EndpointError;
#[cfg(feature = "client")]
pub use error::{Error, OsError};
#[cfg(feature = "client")]
pub use limits::ServerLimits;
#[cfg(feature = "client")]
pub use lines::Lines;
#[cfg(feature = "log")]
pub use lines::log_tap;
#[cfg(feature = "client")]
pub use pair::{Faults, Plan, pair, pair_with};
#[cfg(feature = "client")]
pub use reconnect::{Change, Reconnecting};
#[cfg(feature = "server")]
pub use server::{Handle, PeerInfo, Server};
#[cfg(feature = "client")]
pub use tap::Tap;
#[cfg(feature = "client")]
pub use threads::{ThreadedHandle, ThreadedServer};
