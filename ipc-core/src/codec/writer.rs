//! Where encoded bytes go: one buffer that grows up to a limit.

use alloc::vec::Vec;

use super::fixed::Fixed;
use crate::list::append;

/// A buffer of encoded frames, or of a single value.
///
/// ```text
///   0            frame             len      capacity
///   | whole frames | frame being     | free ... |
///                    written
/// ```
///
/// Writing cannot fail. A frame that would grow past `limit` bytes loses its bytes instead and is
/// reported once, when it ends; so what cannot be sent is never buffered.
#[derive(Debug)]
pub struct Writer {
    buf: Vec<u8>,
    /// Where the frame being written begins. Never past `buf.len()`.
    frame: usize,
    /// The most bytes of one frame, its length field included.
    limit: usize,
    /// The frame being written went past `limit`, and bytes of it are lost.
    overflowed: bool,
}

impl Writer {
    /// An empty writer whose frames hold at most `limit` bytes.
    pub const fn new(limit: usize) -> Writer {
        Writer { buf: Vec::new(), frame: 0, limit, overflowed: false }
    }

    /// Appends `N` bytes.
    #[inline]
    pub fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        if self.free() >= N {
            self.buf.extend_from_slice(&bytes);
        } else {
            self.put_slowly(bytes);
        }
    }

    /// Appends numbers that stand side by side as one block, of `N` bytes.
    #[doc(hidden)]
    #[inline]
    pub fn put_run<const N: usize>(&mut self, run: &impl Fixed) {
        let mut block = [0; N];
        run.store(&mut block);
        self.put(block);
    }

    /// Where there is no room yet. Hands on the bytes and not where they are, so that on the fast way
    /// they need be nowhere: 12 % of the time that lists of structs take.
    #[inline]
    fn put_slowly<const N: usize>(&mut self, bytes: [u8; N]) {
        let mut word = [0; 8];
        if let Some(slot) = word.first_chunk_mut() {
            *slot = bytes;
            self.put_word(u64::from_le_bytes(word), N);
        } else {
            self.put_array(bytes);
        }
    }

    /// Appends the first `len` bytes of a number.
    #[cold]
    #[inline(never)]
    fn put_word(&mut self, word: u64, len: usize) {
        self.put_bytes(word.to_le_bytes().get(..len).unwrap_or_default());
    }

    #[cold]
    #[inline(never)]
    fn put_array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.put_bytes(&bytes);
    }

    /// Appends bytes as they are.
    #[inline(never)]
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        if self.admits(bytes.len()) {
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Appends a text or a list of bytes: its length, then the bytes.
    ///
    /// Becomes part of the loops that encode lists, 68 bytes a text for a third of the time, where a
    /// program is made to be fast, and is there once where it is made to be small: so no `#[inline]`,
    /// which would have it once for each crate.
    pub fn put_text(&mut self, text: &[u8]) {
        let (len, written, capacity) = (text.len(), self.buf.len(), self.buf.capacity());
        // As `Vec` asks for it before it appends a byte, and then the rest: it need not ask again.
        if len < 0x80 && written != capacity && capacity - (written + 1) >= len {
            self.buf.push(len.to_le_bytes()[0]);
            self.buf.extend_from_slice(text);
        } else {
            self.put_long(text);
        }
    }

    #[cold]
    #[inline(never)]
    fn put_long(&mut self, text: &[u8]) {
        self.long_count(text.len());
        self.put_bytes(text);
    }

    #[inline]
    fn free(&self) -> usize {
        self.buf.capacity() - self.buf.len()
    }

    /// Whether the frame may get so much longer. If not, it loses its bytes.
    fn admits(&mut self, more: usize) -> bool {
        // Neither is more than half of what can be counted.
        let admitted = self.buf.len() - self.frame + more <= self.limit;
        if !admitted {
            self.buf.truncate(self.frame);
            self.overflowed = true;
        }
        admitted
    }

    /// Appends an enum's tag or a list's count: LEB128, at most 5 bytes (WIRE.md §2).
    #[inline]
    pub fn tag(&mut self, tag: u32) {
        match tag {
            0..0x80 => self.put([tag.to_le_bytes()[0]]),
            _ => self.long_count(tag as usize),
        }
    }

    /// Appends the count of a list.
    #[inline(never)]
    pub fn count(&mut self, count: usize) {
        match count {
            0..0x80 => self.put([count.to_le_bytes()[0]]),
            _ => {
                // No frame holds so much: what follows overflows, and the frame is refused.
                self.overflowed |= u32::try_from(count).is_err();
                self.long_count(count);
            }
        }
    }

    /// Appends `len` zeros to be overwritten, for blocks of numbers; none if the frame would get
    /// longer than the limit.
    #[inline(never)]
    pub(crate) fn put_block(&mut self, len: usize) -> &mut [u8] {
        let start = self.buf.len();
        if self.admits(len) {
            self.buf.resize(start + len, 0);
        }
        self.buf.get_mut(start..).unwrap_or_default()
    }

    /// The bytes of the frames that have ended.
    pub(crate) fn frames(&self) -> &[u8] {
        self.buf.get(..self.frame).unwrap_or_default()
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.frame
    }

    /// The bytes, taken out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.buf
    }

    /// The bytes, taken out; the writer is as new.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.frame = 0;
        core::mem::take(&mut self.buf)
    }

    /// The most bytes of a frame.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Sets the most bytes of a frame.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Begins a frame: its length, set when it ends, its kind and the id of its call.
    #[inline(never)]
    pub(crate) fn begin(&mut self, kind: u8, id: u32) {
        // The frame begins where the last one ended, as all behind that is gone.
        self.abandon();
        let [a, b, c, d] = id.to_le_bytes();
        self.put_bytes(&[0, 0, 0, 0, kind, a, b, c, d]);
    }

    /// Ends the frame that began last. `false`: it was over the limit and is gone.
    #[inline(never)]
    pub(crate) fn end(&mut self) -> bool {
        let len = self.buf.len() - self.frame;
        if len <= self.limit
            && !self.overflowed
            && let Some(field) = self.buf.get_mut(self.frame..).and_then(<[u8]>::first_chunk_mut)
            && let Ok(body) = u32::try_from(len - field.len())
        {
            *field = body.to_le_bytes();
            self.frame = self.buf.len();
            return true;
        }
        self.abandon();
        false
    }

    /// Drops what has been written of a frame that has not ended.
    pub(crate) fn abandon(&mut self) {
        self.buf.truncate(self.frame);
        self.overflowed = false;
    }

    /// Appends a whole frame.
    pub(crate) fn append(&mut self, frame: &[u8]) {
        self.abandon();
        append(&mut self.buf, frame);
        self.frame = self.buf.len();
    }

    /// Takes out the whole frames from `start` on.
    pub(crate) fn take_back(&mut self, start: usize) -> Vec<u8> {
        self.abandon();
        let frames = self.buf.split_off(start.min(self.buf.len()));
        self.frame = self.buf.len();
        frames
    }

    /// Removes the first `n` bytes, which belong to whole frames and have been sent.
    pub(crate) fn discard(&mut self, n: usize) {
        self.frame -= n;
        self.buf.copy_within(n.., 0);
        self.buf.truncate(self.buf.len() - n);
    }

    /// Exchanges an empty buffer with a spare one.
    pub(crate) fn swap(&mut self, spare: &mut Vec<u8>) {
        if self.buf.is_empty() {
            core::mem::swap(&mut self.buf, spare);
        }
    }

    #[cold]
    fn long_count(&mut self, count: usize) {
        let mut rest = count;
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            let more = u8::from(rest != 0) << 7;
            self.put_bytes(&[low & 0x7f | more]);
            if more == 0 {
                break;
            }
        }
    }
}
