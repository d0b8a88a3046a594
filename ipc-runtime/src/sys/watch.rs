//! How a loop is told that a client's socket can be read from, or written to.
//!
//! Most systems are told once what to watch for, and then tell of every change. Windows tells once of
//! what it was asked for, and asks to be asked again. mio asks by itself when a read or a write has
//! come to nothing, for all that was asked for at last: a fruitless read then takes as long as a call,
//! and were room for writing among it, which there always is, a loop would never sleep again. So what
//! is waited for is asked for there, and no more, each time anew. It takes no system call, and says at
//! once what is there already.

use std::io;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

#[cfg(windows)]
pub(crate) use told_anew::Watch;
#[cfg(not(windows))]
pub(crate) use told_once::Watch;

#[cfg(not(windows))]
mod told_once {
    use super::{Interest, Registry, TcpStream, Token, io};

    /// What a socket is watched with.
    pub(crate) struct Watch;

    impl Watch {
        /// Whether what is there already is told of when it is asked for.
        pub(crate) const AGAIN: bool = false;

        /// Reads in a row, if each brings something.
        pub(crate) const TURNS: u32 = 1;

        pub(crate) fn new() -> Watch {
            Watch
        }

        /// Begins to watch.
        #[allow(clippy::unused_self, reason = "on Windows it is kept")]
        pub(crate) fn register(
            &mut self,
            stream: &mut TcpStream,
            registry: &Registry,
            token: Token,
        ) -> io::Result<()> {
            registry.register(stream, token, Interest::READABLE | Interest::WRITABLE)
        }

        /// Says what is waited for next.
        #[allow(clippy::unused_self, reason = "on Windows it has something to do")]
        pub(crate) fn set(&self, _: &mut TcpStream, _reads: bool, _writes: bool) {}
    }
}

#[cfg(windows)]
mod told_anew {
    use super::{Interest, Registry, TcpStream, Token, io};

    /// What a socket is watched with.
    pub(crate) struct Watch {
        /// Where, once it is.
        at: Option<(Registry, Token)>,
    }

    impl Watch {
        /// Whether what is there already is told of when it is asked for.
        pub(crate) const AGAIN: bool = true;

        /// Reads in a row, if each brings something. To be told takes longer here than a read, and by
        /// the time that an answer is sent the next call may be there. Others wait meanwhile.
        pub(crate) const TURNS: u32 = 16;

        pub(crate) fn new() -> Watch {
            Watch { at: None }
        }

        /// Begins to watch.
        pub(crate) fn register(
            &mut self,
            stream: &mut TcpStream,
            registry: &Registry,
            token: Token,
        ) -> io::Result<()> {
            // That it can be written to is told at once, as elsewhere: it is served once before it
            // has sent anything, which makes what is its own.
            registry.register(stream, token, Interest::READABLE | Interest::WRITABLE)?;
            self.at = Some((registry.try_clone()?, token));
            Ok(())
        }

        /// Says what is waited for next.
        pub(crate) fn set(&self, stream: &mut TcpStream, reads: bool, writes: bool) {
            let interest = match (reads, writes) {
                (true, true) => Interest::READABLE | Interest::WRITABLE,
                (true, false) => Interest::READABLE,
                (false, true) => Interest::WRITABLE,
                // That the connection is gone is told of without being asked for.
                (false, false) => return,
            };
            if let Some((registry, token)) = &self.at {
                // It fails for a socket that is registered nowhere, and this one is.
                let _ = registry.reregister(stream, *token, interest);
            }
        }
    }
}
