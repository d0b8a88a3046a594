//! What moves a session's bytes. Both sides use the same two functions, over their own sockets.

use ipc_core::session::Session;

/// A socket, as far as a session needs one. Those of the standard library and of mio are made so
/// in `sys::socket`.
pub(crate) trait Transport {
    /// Reads into a buffer that is not empty.
    fn read(&mut self, into: &mut [u8]) -> Attempt;

    /// Writes from a buffer that is not empty.
    fn write(&mut self, from: &[u8]) -> Attempt;
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
pub(crate) fn receive(transport: &mut dyn Transport, session: &mut Session) -> Receipt {
    let space = session.space();
    let room = space.len();
    match transport.read(space) {
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
pub(crate) fn transmit(transport: &mut dyn Transport, session: &mut Session) -> bool {
    loop {
        let unsent = session.unsent();
        if unsent.is_empty() {
            return true;
        }
        match transport.write(unsent) {
            Attempt::Moved(n) => session.sent(n),
            Attempt::NotNow => return true,
            Attempt::Failed => return false,
        }
    }
}
