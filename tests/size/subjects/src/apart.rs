//! What the subjects without a key share: a server on a thread of its own, and a connection to it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::Builder;

use ipc_runtime::{Connection, Error, Server};

const STACK: usize = 64 * 1024;
type Offer = fn(&mut Server) -> Result<(), Error>;

/// Starts a server that `offer` adds services to, and connects to it. A server stays on the thread
/// that made it, so what moves there is the listener.
pub fn connect(offer: Offer) -> Option<Connection> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).ok()?;
    let port = listener.local_addr().ok()?.port();
    Builder::new().stack_size(STACK).spawn(move || serve(listener, offer)).ok()?;
    Connection::connect_trusting_all(port).ok()
}

fn serve(listener: TcpListener, offer: Offer) -> Result<(), Error> {
    let mut server = Server::listen_trusting_all(listener)?;
    offer(&mut server)?;
    server.run()
}
