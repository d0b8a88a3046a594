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
//! # let (started, handle) = std::sync::mpsc::channel();
//! # let thread =
//! // In one process, or on one thread. `name` is one that both sides know.
//! std::thread::spawn(move || -> Result<(), ipc_runtime::Error> {
//!     let mut server = Server::publish(&served)?;
//! #   started.send(server.handle()?).expect("it is waited for");
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
//! # // It removes the endpoint file.
//! # handle.recv()?.stop();
//! # thread.join().expect("no panic")?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "server"))]
//! # fn main() {}
//! ```
//!
//! # Everything a call can be
//!
//! **One-way** methods are not answered, and keep their order with the calls around them. **Events** are
//! one-way calls the other way: to whoever calls, through a [`Peer`], or to all who have subscribed,
//! encoded once, with a [rule](Slow) for those that are slow.
//!
//! ```
//! use ipc_runtime::{Peer, PeerHandle, Slow, Subscribers, pair, service};
//!
//! #[service]
//! trait Volume {
//!     fn watch(&mut self, #[ipc(peer)] handle: PeerHandle, #[ipc(peer)] peer: &mut Peer<'_>);
//!     fn set(&mut self, percent: u32);
//! }
//!
//! #[service]
//! trait Watcher {
//!     #[ipc(oneway)]
//!     fn volume(&mut self, percent: u32);
//! }
//!
//! struct Mixer(u32, Subscribers);
//!
//! impl Volume for Mixer {
//!     fn watch(&mut self, handle: PeerHandle, peer: &mut Peer<'_>) {
//!         self.1.add(&handle);
//!         // The state now; what changes it comes behind.
//!         let _ = WatcherClient::new(peer).volume(self.0);
//!     }
//!
//!     fn set(&mut self, percent: u32) {
//!         self.0 = percent;
//!         let _ = WatcherClient::new(&mut self.1).volume(percent);
//!     }
//! }
//!
//! struct Shown(std::sync::mpsc::Sender<u32>);
//!
//! impl Watcher for Shown {
//!     fn volume(&mut self, percent: u32) {
//!         let _ = self.0.send(percent);
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut here, mut there) = pair();
//! std::thread::spawn(move || {
//!     there.add(VolumeService(Mixer(30, Subscribers::new(Slow::Newest)))).expect("its first");
//!     there.run()
//! });
//! let (sender, shown) = std::sync::mpsc::channel();
//! here.add(WatcherService(Shown(sender)))?;
//! let mut volume = VolumeClient::new(&mut here);
//! volume.watch()?;
//! volume.set(40)?;
//! while shown.try_recv() != Ok(40) {
//!     here.poll(std::time::Duration::from_millis(10))?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **Deferred** methods answer later, from any thread, and their callers need not wait: calls that are
//! **started** go out together and are collected in any order. One that is dropped is **cancelled**, and its
//! handler can see it; one that is not answered within the **deadline** fails, and if its turn comes only then, it
//! does not run.
//!
//! ```
//! use ipc_runtime::{Reply, pair, service};
//!
//! #[service]
//! trait Scanner {
//!     #[ipc(deferred)]
//!     fn scan(&mut self, path: &str, reply: Reply<u32>);
//! }
//!
//! struct Worker;
//!
//! impl Scanner for Worker {
//!     fn scan(&mut self, path: &str, reply: Reply<u32>) {
//!         let found = path.len() as u32;
//!         std::thread::spawn(move || {
//!             if !reply.is_cancelled() {
//!                 reply.send(&found);
//!             }
//!         });
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut here, mut there) = pair();
//! std::thread::spawn(move || {
//!     there.add(ScannerService(Worker)).expect("its first");
//!     there.run()
//! });
//! here.set_deadline(std::time::Duration::from_secs(5));
//! let mut calls = ScannerCalls::new(&mut here);
//! let (mods, saves, forgotten) = (calls.scan("mods")?, calls.scan("saves")?, calls.scan("x")?);
//! drop(forgotten);
//! assert_eq!(saves.wait(&mut here)?, 5);
//! assert_eq!(mods.wait(&mut here)?, 4);
//! # Ok(())
//! # }
//! ```
//!
//! **Callbacks**: a handler with a thread of its own ([`ThreadedServer`], [`pair()`]) calls its caller and waits; the
//! caller, who waits too, serves that call on the same thread. On a server's loop, where nothing may wait, it
//! starts the call and says what is to be done [then](Pending::then).
//!
//! ```
//! use ipc_runtime::{Peer, pair, service};
//!
//! #[service]
//! trait Installer {
//!     fn install(&mut self, name: &str, #[ipc(peer)] peer: &mut Peer<'_>) -> bool;
//! }
//!
//! #[service]
//! trait User {
//!     fn agrees(&mut self, to: &str) -> bool;
//! }
//!
//! struct Careful;
//!
//! impl Installer for Careful {
//!     fn install(&mut self, name: &str, peer: &mut Peer<'_>) -> bool {
//!         UserClient::new(peer).agrees(name).unwrap_or(false)
//!     }
//! }
//!
//! struct Easy;
//!
//! impl User for Easy {
//!     fn agrees(&mut self, to: &str) -> bool {
//!         to != "virus"
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut here, mut there) = pair();
//! std::thread::spawn(move || {
//!     there.add(InstallerService(Careful)).expect("its first");
//!     there.run()
//! });
//! here.add(UserService(Easy))?;
//! let mut installer = InstallerClient::new(&mut here);
//! assert!(installer.install("sonic.hd")?);
//! assert!(!installer.install("virus")?);
//! # Ok(())
//! # }
//! ```
//!
//! **Many services** on one port, a service **for each client**, a **host's own loop**, and an **end in good order**:
//!
//! ```
//! # #[cfg(feature = "server")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use ipc_runtime::{Connection, Server, service};
//!
//! #[service]
//! trait Counter {
//!     fn next(&mut self) -> u32;
//! }
//!
//! struct Own(u32);
//!
//! impl Counter for Own {
//!     fn next(&mut self) -> u32 {
//!         self.0 += 1;
//!         self.0
//!     }
//! }
//!
//! let mut server = Server::unpublished()?;
//! // Made when a client has come and proved itself, dropped when it has gone.
//! server.add_for_each(|_client| CounterService(Own(0)))?;
//! let endpoint = server.endpoint().expect("it has a key");
//! let client = std::thread::spawn(move || {
//!     let mut connection = Connection::open_endpoint(&endpoint).expect("it runs");
//!     CounterClient::new(&mut connection).next()
//! });
//! while !client.is_finished() {
//!     // Once a frame, and never longer than this.
//!     server.poll_within(Duration::from_millis(2))?;
//! }
//! assert_eq!(client.join().expect("it did not panic")?, 1);
//! server.shut_down(Duration::from_secs(1))?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "server"))]
//! # fn main() {}
//! ```
//!
//! Further: [`Reconnecting`] for clients that come back, [`LoaderClient::missing`](ipc_core::ask::Missing) for what the
//! other side lacks, [`Tap`] for a look inside, and [`pair_with`] for tests with faults.
//!
//! What it refuses to do: cross a network, encrypt, start threads unasked, run an async runtime, generate code
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
mod shown;
#[cfg(feature = "client")]
mod side;
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
