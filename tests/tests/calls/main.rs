//! Everything that a call can be, over real sockets: a server on a thread and connections to it.
//! And over two ends in memory.

mod harness;
mod office;
mod raw;

mod callbacks;
mod cancel;
mod deadlines;
mod deferred;
mod events;
mod host_loop;
mod in_memory;
mod large;
mod oneway;
mod per_client;
mod pipelining;
mod progress;
mod services;
mod shown;
mod shutdown;
