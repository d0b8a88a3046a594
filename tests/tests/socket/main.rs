//! Servers and connections over real sockets, and where it says so between two processes.
//!
//! `raw` peers are written here, from WIRE.md and with no line of the library, so that what they
//! send need not be what a connection would.

mod harness;

mod calls;
mod death;
mod events;
mod flow;
mod hostile;
mod late;
mod refusals;
mod spin;
mod splits;

use tests::heap::Heap;

/// What a server holds is counted on its own thread.
#[global_allocator]
static HEAP: Heap = Heap;
