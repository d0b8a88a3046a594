//! From a stream of bytes to whole frames, in one buffer (WIRE.md §4).

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::ProtocolError;

/// The buffer grows by at most this many bytes at a time, and only after as many have come in.
pub const READ_STEP: usize = 64 * 1024;

/// A frame's length field, in bytes.
const LEN: usize = 4;

/// Received bytes that are not yet a whole frame.
///
/// ```text
///   0         start                 end            buf.len()
///   | done    | received, not yet   | free: the    |
///   |         | taken               | next read    |
/// ```
///
/// `start <= end <= buf.len()`; when the first two meet, both go back to 0.
#[derive(Debug, Default)]
pub struct Deframer {
    buf: Vec<u8>,
    start: usize,
    end: usize,
}

impl Deframer {
    /// An empty one, which holds no buffer yet.
    pub const fn new() -> Deframer {
        Deframer { buf: Vec::new(), start: 0, end: 0 }
    }

    /// Room for the next read: never empty.
    #[inline(never)]
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
        if self.start > 0 && self.end > self.buf.len() / 2 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buf.len() {
            // Not `resize`, which would double it.
            let mut grown = vec![0; self.end + READ_STEP];
            if let Some(head) = grown.get_mut(..self.end) {
                head.copy_from_slice(&self.buf);
            }
            self.buf = grown;
        }
        self.buf.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that the first `n` bytes of [`Deframer::space`] have been read into.
    pub fn filled(&mut self, n: usize) {
        self.end = (self.end + n).min(self.buf.len());
    }

    /// Takes the next whole frame: its kind and payload, and where they begin for
    /// [`Deframer::bytes`].
    ///
    /// # Errors
    ///
    /// When a frame announces more than `limit` bytes, before any of them is waited for.
    pub(crate) fn next(&mut self, limit: usize) -> Result<Option<(usize, &[u8])>, ProtocolError> {
        let received = self.buf.get(self.start..self.end).unwrap_or_default();
        let Some((len, rest)) = received.split_first_chunk::<LEN>() else { return Ok(None) };
        // A length that a small machine cannot count is over any limit.
        let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
        if len > limit.saturating_sub(LEN) {
            return Err(ProtocolError::FrameTooLong);
        }
        let Some(frame) = rest.get(..len) else { return Ok(None) };
        let start = self.start + LEN;
        self.start = start + len;
        Ok(Some((start, frame)))
    }

    /// Puts back the frame that was taken last, `len` bytes of it behind the length field.
    pub(crate) fn put_back(&mut self, len: usize) {
        self.start = self.start.saturating_sub(LEN + len);
    }

    /// Puts whole frames before what has not been taken.
    pub(crate) fn prepend(&mut self, frames: &[u8]) {
        let rest = self.buf.get(self.start..self.end).unwrap_or_default();
        let mut all = frames.to_vec();
        all.extend_from_slice(rest);
        self.buf = all;
        self.start = 0;
        self.end = self.buf.len();
    }

    /// The bytes of a frame that was taken, until the next call of [`Deframer::space`].
    pub(crate) fn bytes(&self, frame: Range<usize>) -> &[u8] {
        self.buf.get(frame).unwrap_or_default()
    }

    /// Whether no byte waits for the rest of its frame.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Takes the buffer out, so that its frames stay put while more is received.
    pub(crate) fn detach(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.buf)
    }

    /// Goes on with a copy of what is in the buffer that was taken out, behind its frames that
    /// have been taken. Only the first time does anything.
    pub(crate) fn resume(&mut self, detached: &[u8]) {
        if self.buf.is_empty() {
            self.buf = detached.get(self.start..self.end).unwrap_or_default().to_vec();
            self.start = 0;
            self.end = self.buf.len();
        }
    }

    /// Puts back the buffer that was taken out, unless there is another by now.
    pub(crate) fn attach(&mut self, detached: Vec<u8>) {
        let mut detached = detached;
        if self.buf.is_empty() {
            core::mem::swap(&mut self.buf, &mut detached);
        }
    }

    /// Exchanges an empty buffer with a spare one.
    pub(crate) fn swap(&mut self, spare: &mut Vec<u8>) {
        if self.is_empty() {
            core::mem::swap(&mut self.buf, spare);
            self.start = 0;
            self.end = 0;
        }
    }
}
