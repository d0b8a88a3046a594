//! Bytes only: the codec, the frames and the sans-IO session of a typed RPC connection.
//!
//! This crate names no socket, no clock and no thread; `ipc-runtime` supplies those, and is the
//! crate a user depends on. What goes over the wire is specified in `WIRE.md`, beside this file's
//! folder; section numbers in these docs are that document's.
//!
//! The rooms, in reading order, each importing only those before it:
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod auth;
pub mod error;
#[doc(hidden)]
pub mod list;
pub mod schema;

pub mod codec;
pub mod frame;

pub mod deframe;
pub mod method;

pub mod later;
pub mod session;

pub mod keeper;
pub mod peer;
pub mod pending;
pub mod returned;
pub mod service;

pub mod ask;
pub mod interface;

pub mod dump;

mod shown;

#[doc(hidden)]
pub mod rt;
