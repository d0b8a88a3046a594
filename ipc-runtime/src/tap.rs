//! Looking at the bytes of connections as they go by.

use crate::transport::{Attempt, Raw, Stream, Transport, put_around};
use crate::wire::Wire;

/// Sees what a [`Connection`](crate::Connection) or a [`Server`](crate::Server) reads and writes.
/// [`Counters`](crate::Counters) is one, and [`Lines`](crate::Lines).
///
/// The handshake is not among it: the first byte that a tap sees is the first of a frame, if it is
/// set before anything is called. Bytes come as they were read or written, without regard to
/// where frames begin. Whatever is done with them is done on the thread that moves them, which
/// waits for it; if it panics, so does that thread.
///
/// ```
/// # #[cfg(feature = "server")]
/// # fn main() -> Result<(), ipc_runtime::Error> {
/// use ipc_runtime::{Connection, Server, Tap};
///
/// /// Tells on the error output.
/// struct Told;
///
/// impl Tap for Told {
///     fn received(&mut self, connection: u64, bytes: &[u8]) {
///         eprintln!("{connection} sent us {} bytes", bytes.len());
///     }
///
///     fn sent(&mut self, connection: u64, bytes: &[u8]) {
///         eprintln!("{connection} was sent {} bytes", bytes.len());
///     }
/// }
///
/// let mut server = Server::bind_trusting_all(0)?;
/// server.tap(Told)?;
/// let mut connection = Connection::connect_trusting_all(server.port())?;
/// connection.tap(Told);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
pub trait Tap: Send {
    /// These bytes came in. `connection` is 0 on a `Connection`; on a server it is the client's
    /// number, which no other client has or will have.
    fn received(&mut self, connection: u64, bytes: &[u8]);

    /// The operating system has taken these bytes.
    fn sent(&mut self, connection: u64, bytes: &[u8]);

    /// Nothing more will be seen of this connection.
    fn closed(&mut self, connection: u64) {
        let _ = connection;
    }
}

/// What a connection is called that is the only one.
const ONLY: u64 = 0;

/// Has a tap see what goes over the stream of a connection. The stream is a `dyn` in any case: a
/// program that sets no tap has nothing of this in it.
pub(crate) fn set(wire: &mut Wire, tap: Box<dyn Tap>) {
    put_around(&mut wire.stream, |stream| Box::new(TappedStream { stream, tap }));
}

/// A socket, and who looks on.
pub(crate) struct Tapped<'a> {
    pub(crate) socket: &'a mut dyn Transport,
    pub(crate) tap: &'a mut dyn Tap,
    pub(crate) connection: u64,
}

impl Transport for Tapped<'_> {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        let attempt = self.socket.read(into, waits);
        if let Attempt::Moved(n @ 1..) = attempt {
            self.tap.received(self.connection, into.get(..n).unwrap_or_default());
        }
        attempt
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        let attempt = self.socket.write(from, waits);
        if let Attempt::Moved(n @ 1..) = attempt {
            self.tap.sent(self.connection, from.get(..n).unwrap_or_default());
        }
        attempt
    }
}

struct TappedStream {
    stream: Box<dyn Stream>,
    tap: Box<dyn Tap>,
}

impl TappedStream {
    fn tapped(&mut self) -> Tapped<'_> {
        Tapped { socket: &mut *self.stream, tap: &mut *self.tap, connection: ONLY }
    }
}

impl Transport for TappedStream {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        self.tapped().read(into, waits)
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        self.tapped().write(from, waits)
    }
}

impl Stream for TappedStream {
    fn set_timeouts(&self, read: u32, write: u32) {
        self.stream.set_timeouts(read, write);
    }

    fn shut_down(&self) {
        self.stream.shut_down();
    }

    fn raw(&self) -> Raw {
        self.stream.raw()
    }
}

impl Drop for TappedStream {
    fn drop(&mut self) {
        self.tap.closed(ONLY);
    }
}
