//! What several subjects share: a server on a thread of its own, and a connection to it.

use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::{self, Builder};

use ipc_runtime::{Connection, Error, Server};

const STACK: usize = 64 * 1024;
/// Where the server listens, once it does. A server stays on the thread that made it, so what
/// crosses is the port.
static PORT: AtomicU16 = AtomicU16::new(0);

/// Starts a server that `offer` adds services to, and connects to it.
pub fn connect(offer: fn(&mut Server) -> Result<(), Error>) -> Option<Connection> {
    Builder::new().stack_size(STACK).spawn(move || serve(offer)).ok()?;
    let port = loop {
        match PORT.load(Ordering::Acquire) {
            0 => thread::yield_now(),
            port => break port,
        }
    };
    Connection::connect_trusting_all(port).ok()
}

fn serve(offer: fn(&mut Server) -> Result<(), Error>) -> Option<()> {
    let mut server = Server::bind_trusting_all(0).ok()?;
    offer(&mut server).ok()?;
    PORT.store(server.port(), Ordering::Release);
    server.run().ok()
}
