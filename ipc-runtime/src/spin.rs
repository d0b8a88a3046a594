//! Waiting without going to sleep, for a short while: to be woken takes longer than most answers do.
//!
//! Only who is [asked](crate::Connection::set_spin) to has any of it in the program.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use crate::transport::{self, Attempt, Raw, Stream, Transport};

/// Whether to go to sleep at once, and how long not to.
pub(crate) struct Spin {
    most: Duration,
    /// The last wait was short, so that this one may be.
    warm: bool,
}

impl Spin {
    pub(crate) fn new(most: Duration) -> Spin {
        Spin { most, warm: false }
    }

    /// Makes `attempt(false)`, which does not block, until it comes to something or has been made
    /// for long enough; then `attempt(true)`, which does. Others who want the core get it in
    /// between: the one who is waited for may be among them.
    #[inline(never)]
    pub(crate) fn wait(&mut self, attempt: &mut dyn FnMut(bool) -> bool) {
        let start = Instant::now();
        while self.warm {
            if attempt(false) {
                return;
            }
            self.warm = start.elapsed() < self.most;
            thread::yield_now();
        }
        attempt(true);
        self.warm = start.elapsed() < self.most * 2;
    }
}

/// A stream whose reads spin. Writes and whoever does not want to wait at all are as ever.
pub(crate) struct Spinning {
    stream: Box<dyn Stream>,
    spin: Spin,
    /// How the socket is.
    blocks: Cell<bool>,
    /// Nothing is to be waited for.
    polled: Cell<bool>,
}

impl Spinning {
    pub(crate) fn put_around(stream: &mut Box<dyn Stream>, most: Duration) {
        let (blocks, polled) = (Cell::new(true), Cell::new(false));
        transport::put_around(stream, |stream| {
            Box::new(Spinning { stream, spin: Spin::new(most), blocks, polled })
        });
    }
}

/// A system call only when it changes something.
fn make_blocking(stream: &dyn Stream, blocks: &Cell<bool>, blocking: bool) {
    if blocks.replace(blocking) != blocking {
        stream.set_blocking(blocking);
    }
}

impl Transport for Spinning {
    fn read(&mut self, into: &mut [u8]) -> Attempt {
        let Spinning { stream, spin, blocks, polled } = self;
        if polled.get() {
            return stream.read(into);
        }
        let mut outcome = Attempt::NotNow;
        spin.wait(&mut |blocking| {
            make_blocking(&**stream, blocks, blocking);
            outcome = stream.read(into);
            outcome != Attempt::NotNow
        });
        outcome
    }

    fn write(&mut self, from: &[u8]) -> Attempt {
        match self.stream.write(from) {
            Attempt::NotNow if !self.blocks.get() && !self.polled.get() => {
                make_blocking(&*self.stream, &self.blocks, true);
                self.stream.write(from)
            }
            outcome => outcome,
        }
    }
}

impl Stream for Spinning {
    fn set_timeouts(&self, read: u32, write: u32) {
        self.stream.set_timeouts(read, write);
    }

    fn set_blocking(&self, blocking: bool) {
        self.polled.set(!blocking);
        make_blocking(&*self.stream, &self.blocks, blocking);
    }

    fn shut_down(&self) {
        self.stream.shut_down();
    }

    fn raw(&self) -> Raw {
        self.stream.raw()
    }
}
