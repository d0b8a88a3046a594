//! How much goes over connections.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tap::Tap;

/// What has gone one way, since the counters were made. Counts wrap where a `usize` ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Bytes, those of frames that are not whole yet included.
    pub bytes: usize,
    /// Calls, one-way calls included.
    pub calls: usize,
    /// Calls that were answered with what a handler returned, its own errors included.
    pub replies: usize,
    /// Calls that came to nothing, and were answered so.
    pub faults: usize,
    /// Calls that the caller gave up on.
    pub cancels: usize,
}

/// A [`Tap`] that counts. Clones count together: one is set as the tap, another is read, from any
/// thread. Counting and reading do not block, and allocate once a connection.
///
/// ```
/// # #[cfg(feature = "server")]
/// # fn main() -> Result<(), ipc_runtime::Error> {
/// use ipc_runtime::{Connection, Counters, Server};
///
/// let server = Server::bind_trusting_all(0)?;
/// let mut connection = Connection::connect_trusting_all(server.port())?;
/// let counters = Counters::new();
/// connection.tap(counters.clone());
/// // Calls, and then:
/// assert_eq!(counters.sent().calls, 0);
/// assert_eq!(counters.received().bytes, 0);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "server"))]
/// # fn main() {}
/// ```
#[derive(Debug, Default)]
pub struct Counters {
    totals: Arc<Totals>,
    /// Where each connection is, in both directions.
    lines: BTreeMap<u64, [Scanner; 2]>,
}

#[derive(Debug, Default)]
struct Totals {
    received: Total,
    sent: Total,
}

#[derive(Debug, Default)]
struct Total {
    bytes: AtomicUsize,
    /// By kind, of which the first is 1 (WIRE.md §4).
    frames: [AtomicUsize; 4],
}

impl Counters {
    /// Nothing has been counted.
    pub fn new() -> Counters {
        Counters::default()
    }

    /// What has come in.
    pub fn received(&self) -> Traffic {
        self.totals.received.read()
    }

    /// What the operating system has taken.
    pub fn sent(&self) -> Traffic {
        self.totals.sent.read()
    }
}

/// Counts into the same totals, and may be set as a tap somewhere else.
impl Clone for Counters {
    fn clone(&self) -> Counters {
        Counters { totals: self.totals.clone(), lines: BTreeMap::new() }
    }
}

impl Tap for Counters {
    fn received(&mut self, connection: u64, bytes: &[u8]) {
        let [scanner, _] = self.lines.entry(connection).or_default();
        self.totals.received.add(scanner, bytes);
    }

    fn sent(&mut self, connection: u64, bytes: &[u8]) {
        let [_, scanner] = self.lines.entry(connection).or_default();
        self.totals.sent.add(scanner, bytes);
    }

    fn closed(&mut self, connection: u64) {
        self.lines.remove(&connection);
    }
}

impl Total {
    fn add(&self, scanner: &mut Scanner, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        scanner.scan(bytes, &mut |kind| {
            // A frame of another kind is the end of the connection.
            let place = usize::from(kind).checked_sub(1);
            if let Some(count) = place.and_then(|place| self.frames.get(place)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    fn read(&self) -> Traffic {
        let [calls, replies, faults, cancels] =
            self.frames.each_ref().map(|count| count.load(Ordering::Relaxed));
        Traffic { bytes: self.bytes.load(Ordering::Relaxed), calls, replies, faults, cancels }
    }
}

/// Finds the frames in a stream of bytes, and keeps none of them.
#[derive(Debug, Default)]
struct Scanner {
    /// The length of the next frame and its kind, as far as they are there.
    head: [u8; 5],
    have: usize,
    /// Bytes of the frame that are still to come behind its kind.
    skip: usize,
}

impl Scanner {
    fn scan(&mut self, bytes: &[u8], found: &mut dyn FnMut(u8)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (skipped, next) = rest.split_at(self.skip.min(rest.len()));
            self.skip -= skipped.len();
            let room = self.head.get_mut(self.have..).unwrap_or_default();
            let (more, next) = next.split_at(room.len().min(next.len()));
            for (slot, byte) in room.iter_mut().zip(more) {
                *slot = *byte;
            }
            self.have += more.len();
            rest = next;
            if self.have == self.head.len() {
                let [a, b, c, d, kind] = self.head;
                found(kind);
                let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
                // A frame without a kind is the end of the connection.
                self.skip = len.saturating_sub(1);
                self.have = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_their_bytes_come() {
        let frames = [
            &[6, 0, 0, 0, 3, 1, 0, 0, 0, 1][..],
            &[5, 0, 0, 0, 4, 1, 0, 0, 0],
            &[7, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0],
        ]
        .concat();
        for len in 1..=frames.len() {
            let (mut scanner, mut kinds) = (Scanner::default(), Vec::new());
            for part in frames.chunks(len) {
                scanner.scan(part, &mut |kind| kinds.push(kind));
            }
            assert_eq!(kinds, [3, 4, 2], "{len} bytes at a time");
        }
    }
}
