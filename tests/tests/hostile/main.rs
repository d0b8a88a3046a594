//! Peers that mean harm, on the path that users get by default: a server with a key, over real
//! sockets, while an honest client makes its calls. The catalogue's rows (R11 to R35) and each
//! limit at its edge and one beyond, as far as they take little time; `tests/hostile/run` is the
//! same with the numbers that hurt.
//!
//! Attackers are written here from WIRE.md, with no line of the library.

mod harness;
mod honest;
mod keys;
mod raw;
mod target;

mod auth;
mod bytes;
mod crowd;
mod endpoint;
mod limits;
mod slow;

use tests::heap::Heap;

/// What a server holds is counted on its own thread.
#[global_allocator]
static HEAP: Heap = Heap;
