//! Endpoints: published, found, dialled, and what becomes of the damaged, the stale and the false.
//!
//! Where endpoints are is said by the environment, so each test is run in a process of its own.

mod claim;
mod dial;
mod file;
mod harness;
mod place;
#[cfg(unix)]
mod private;
mod text;
