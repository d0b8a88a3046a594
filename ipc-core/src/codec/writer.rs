//! Where encoded bytes go: one buffer that grows up to a limit.

use alloc::vec::Vec;

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
        if self.buf.capacity() - self.buf.len() >= N {
            self.buf.extend_from_slice(&bytes);
        } else {
            self.put_bytes(&bytes);
        }
    }

    /// Appends bytes as they are.
    #[inline(never)]
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        if self.admits(bytes.len()) {
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Appends a text or a list of bytes: its length, then the bytes.
    #[inline(never)]
    pub fn put_text(&mut self, text: &[u8]) {
        match text.len() {
            len @ 0..0x80 => self.put([len.to_le_bytes()[0]]),
            len => self.count(len),
        }
        self.put_bytes(text);
    }

    /// Appends an enum's tag or a list's count: LEB128, at most 5 bytes (WIRE.md §2).
    #[inline]
    pub fn tag(&mut self, tag: u32) {
        match tag {
            0..0x80 => self.put([tag.to_le_bytes()[0]]),
            _ => self.long_tag(tag),
        }
    }

    /// Appends the count of a list.
    #[inline(never)]
    pub fn count(&mut self, count: usize) {
        match u32::try_from(count) {
            Ok(count) => self.tag(count),
            // No frame holds so much: what follows overflows, and the frame is refused.
            Err(_) => self.overflowed = true,
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
        self.abandon();
        let [a, b, c, d] = id.to_le_bytes();
        self.frame = self.buf.len();
        self.put_bytes(&[0, 0, 0, 0, kind, a, b, c, d]);
    }

    /// Ends the frame that began last. `false`: it was over the limit and is gone.
    #[inline(never)]
    pub(crate) fn end(&mut self) -> bool {
        let len = self.buf.len() - self.frame;
        let body = len.saturating_sub(4);
        let fits = len <= self.limit && !self.overflowed;
        match (
            u32::try_from(body),
            self.buf.get_mut(self.frame..).and_then(<[u8]>::first_chunk_mut),
        ) {
            (Ok(body), Some(field)) if fits => {
                *field = body.to_le_bytes();
                self.frame = self.buf.len();
                true
            }
            _ => {
                self.abandon();
                false
            }
        }
    }

    /// Drops what has been written of a frame that has not ended.
    pub(crate) fn abandon(&mut self) {
        self.buf.truncate(self.frame);
        self.overflowed = false;
    }

    /// Appends a whole frame.
    pub(crate) fn append(&mut self, frame: &[u8]) {
        self.abandon();
        self.buf.extend_from_slice(frame);
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
    #[inline(never)]
    fn long_tag(&mut self, tag: u32) {
        let mut rest = tag;
        while rest >= 0x80 {
            self.put_bytes(&[rest.to_le_bytes()[0] | 0x80]);
            rest >>= 7;
        }
        self.put_bytes(&[rest.to_le_bytes()[0]]);
    }

    /// Whether the frame may get `more` bytes longer. If not, it loses its bytes.
    fn admits(&mut self, more: usize) -> bool {
        let admitted = more <= self.limit.saturating_sub(self.buf.len() - self.frame);
        if !admitted {
            self.buf.truncate(self.frame);
            self.overflowed = true;
        }
        admitted
    }
}
