//! What moves a session's bytes. Both sides use the same two functions, over their own sockets.

use std::net::{Shutdown, TcpStream};

use ipc_core::session::Session;

use crate::sys::socket;

/// A socket, as far as a session needs one. Those of the standard library and of mio are made so
/// in `sys::socket`.
pub(crate) trait Transport {
    /// Reads into a buffer that is not empty. `waits`: until there is something, if this is one
    /// that blocks.
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt;

    /// Writes from a buffer that is not empty. `waits`: until there is room, if this is one that
    /// blocks.
    fn write(&mut self, from: &[u8], waits: bool) -> Attempt;
}

/// A transport that blocks, if it is to.
pub(crate) trait Stream: Transport + Send {
    /// Milliseconds that a read and a write may block; not 0.
    fn set_timeouts(&self, read: u32, write: u32);

    /// Closes both directions.
    fn shut_down(&self);

    /// What the system calls it; [`NO_SOCKET`] for what is none.
    fn raw(&self) -> Raw;
}

/// Puts a stream into another one, which then stands in its place.
pub(crate) fn put_around(
    stream: &mut Box<dyn Stream>,
    around: impl FnOnce(Box<dyn Stream>) -> Box<dyn Stream>,
) {
    let inner = std::mem::replace(stream, Box::new(Nowhere));
    *stream = around(inner);
}

/// Stands where a stream has been taken out.
struct Nowhere;

impl Transport for Nowhere {
    fn read(&mut self, _: &mut [u8], _: bool) -> Attempt {
        Attempt::Failed
    }

    fn write(&mut self, _: &[u8], _: bool) -> Attempt {
        Attempt::Failed
    }
}

impl Stream for Nowhere {
    fn set_timeouts(&self, _: u32, _: u32) {}

    fn shut_down(&self) {}

    fn raw(&self) -> Raw {
        NO_SOCKET
    }
}

#[cfg(unix)]
pub(crate) type Raw = std::os::fd::RawFd;
#[cfg(unix)]
pub(crate) const NO_SOCKET: Raw = -1;
#[cfg(windows)]
pub(crate) type Raw = std::os::windows::io::RawSocket;
#[cfg(windows)]
pub(crate) const NO_SOCKET: Raw = Raw::MAX;

impl Stream for TcpStream {
    fn set_timeouts(&self, read: u32, write: u32) {
        socket::set_timeouts(self, read, write);
    }

    fn shut_down(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }

    #[cfg(unix)]
    fn raw(&self) -> Raw {
        std::os::fd::AsRawFd::as_raw_fd(self)
    }

    #[cfg(windows)]
    fn raw(&self) -> Raw {
        std::os::windows::io::AsRawSocket::as_raw_socket(self)
    }
}

/// How one system call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// So many bytes were moved. None were read: the peer sends no more.
    Moved(usize),
    /// Nothing is wrong but the moment: no bytes yet, no room yet, a signal.
    NotNow,
    /// The connection is gone.
    Failed,
}

/// What a read has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// Bytes. `full`: as many as there was room for, so there may be more.
    Bytes { full: bool },
    /// Nothing yet.
    Nothing,
    /// The peer sends no more.
    End,
    /// The connection is gone.
    Failed,
}

/// Reads once.
#[inline(never)]
pub(crate) fn receive(
    transport: &mut dyn Transport,
    session: &mut Session,
    waits: bool,
) -> Receipt {
    let space = session.space();
    let room = space.len();
    match transport.read(space, waits) {
        Attempt::Moved(0) => Receipt::End,
        Attempt::Moved(n) => {
            session.filled(n);
            Receipt::Bytes { full: n == room }
        }
        Attempt::NotNow => Receipt::Nothing,
        Attempt::Failed => Receipt::Failed,
    }
}

/// Writes until all is written or the socket takes no more. `false`: the connection is gone.
#[inline(never)]
pub(crate) fn transmit(transport: &mut dyn Transport, session: &mut Session, waits: bool) -> bool {
    loop {
        let unsent = session.unsent();
        if unsent.is_empty() {
            return true;
        }
        match transport.write(unsent, waits) {
            Attempt::Moved(n) => session.sent(n),
            Attempt::NotNow => return true,
            Attempt::Failed => return false,
        }
    }
}
