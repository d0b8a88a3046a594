//! Unix-domain sockets, for where both sides are native Linux: quicker than TCP, and otherwise the
//! same (WIRE.md §8).
//!
//! The socket has no file. Its name, in the abstract namespace, is made of the endpoint's instance, so
//! that whoever knows the endpoint knows the name, and a socket that is left over cannot be.
//! Nobody has to use it, and programs that do not ask for it have none of this in them.

use std::net::TcpStream;

use crate::OsError;
use crate::endpoint::Endpoint;
use crate::sys::socket;

/// The name of the socket of an endpoint's server.
fn name_of(endpoint: &Endpoint) -> [u8; 20] {
    let mut name = *b"ipc-................";
    if let Some((_, instance)) = name.split_first_chunk_mut::<4>() {
        instance.copy_from_slice(&endpoint.secret().instance);
    }
    name
}

/// Connects to the socket of an endpoint's server, if it has one. What this crate does with a
/// stream, it does with its descriptor, which is that of a stream here as there.
///
/// # Errors
///
/// The operating system's. When more wait to be accepted than the server's queue holds, after
/// `within` milliseconds.
pub(crate) fn connect(endpoint: &Endpoint, within: u32) -> Result<TcpStream, OsError> {
    socket::connect_abstract(&name_of(endpoint), within)
}

#[cfg(feature = "server")]
pub(crate) use server::LocalListener;

#[cfg(feature = "server")]
mod server {
    use std::net::TcpStream as StdStream;
    use std::os::fd::OwnedFd;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    use mio::event::Source;
    use mio::net::{TcpStream, UnixListener as MioListener};
    use mio::{Interest, Registry, Token};

    use super::name_of;
    use crate::OsError;
    use crate::endpoint::Endpoint;
    use crate::server::Accept;
    use crate::sys::socket;

    /// Listens on the socket of an endpoint.
    pub(crate) struct LocalListener(MioListener);

    impl LocalListener {
        pub(crate) fn new(
            endpoint: &Endpoint,
            registry: &Registry,
            token: Token,
        ) -> Result<LocalListener, OsError> {
            let name = SocketAddr::from_abstract_name(name_of(endpoint))?;
            let listener = UnixListener::bind_addr(&name)?;
            listener.set_nonblocking(true)?;
            let mut listener = MioListener::from_std(listener);
            listener.register(registry, token, Interest::READABLE)?;
            Ok(LocalListener(listener))
        }
    }

    impl Accept for LocalListener {
        fn accept(&self, elsewhere: OsError) -> Result<TcpStream, OsError> {
            let accepted = self.0.accept().map_err(OsError::from);
            let (stream, _) = accepted.map_err(|error| match socket::is_transient(error.0) {
                true => elsewhere,
                false => error,
            })?;
            Ok(TcpStream::from_std(StdStream::from(OwnedFd::from(stream))))
        }
    }
}
