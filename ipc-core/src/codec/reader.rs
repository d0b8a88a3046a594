//! Where encoded bytes come from: a cursor that cannot run away.

use super::Decode;
use super::fixed::Fixed;
use crate::error::DecodeError;

/// What one message may cost to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of heap.
    pub heap: usize,
    /// Levels of structs and enums, one within the other.
    pub depth: u8,
}

impl Budget {
    /// 8 MiB + 4 KiB of heap, which is 8 bytes for each byte of the largest frame, and 32 levels.
    pub const DEFAULT: Budget = Budget { heap: 8 * 1024 * 1024 + 4096, depth: 32 };
}

/// A cursor over received bytes, with a budget for what they may make of themselves.
#[derive(Clone, Debug)]
pub struct Reader<'de> {
    rest: &'de [u8],
    /// Length of the whole input, of which `rest` is the tail.
    len: usize,
    budget: Budget,
}

impl<'de> Reader<'de> {
    /// Reads `bytes` within `budget`.
    pub const fn new(bytes: &'de [u8], budget: Budget) -> Reader<'de> {
        Reader { rest: bytes, len: bytes.len(), budget }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// How many bytes have been read. After an error: where it was met.
    pub fn position(&self) -> usize {
        self.len - self.rest.len()
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] when there are fewer.
    #[inline]
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// Takes the next `len` bytes, borrowed.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] when there are fewer.
    #[inline]
    pub fn take_bytes(&mut self, len: usize) -> Result<&'de [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes numbers that stand side by side as one block.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] when there are fewer bytes, with all numbers read that are whole;
    /// what the last of them says.
    #[doc(hidden)]
    #[inline]
    pub fn take_run<R: Fixed>(&mut self) -> Result<R, DecodeError> {
        let Some((block, rest)) = self.rest.split_at_checked(R::WIDTH) else {
            return Err(self.cut(R::WIDTHS));
        };
        self.rest = rest;
        R::load(block)
    }

    /// Reads an enum's tag: LEB128 in its shortest form (WIRE.md §2).
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::Varint`].
    #[inline]
    pub fn tag(&mut self) -> Result<u32, DecodeError> {
        match self.rest {
            [byte @ 0..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(u32::from(*byte))
            }
            _ => self.long_tag(),
        }
    }

    /// Reads the count of a list of `T` and checks that so many can follow and be kept.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::tag`]; [`DecodeError::TooLong`] when fewer bytes are left than so many
    /// elements take; [`DecodeError::TooMuchMemory`] when they would not fit the budget.
    #[inline]
    pub fn count<T: Decode<'de>>(&mut self) -> Result<usize, DecodeError> {
        self.checked_count(T::MIN_LEN, size_of::<T>())
    }

    /// Takes a length and as many bytes, borrowed.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::tag`], or [`DecodeError::TooLong`].
    #[inline]
    pub fn bytes(&mut self) -> Result<&'de [u8], DecodeError> {
        let len = self.tag()? as usize;
        let (head, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::TooLong)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes a text, borrowed.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::bytes`], or [`DecodeError::Utf8`].
    #[inline(never)]
    pub fn text(&mut self) -> Result<&'de str, DecodeError> {
        core::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Utf8)
    }

    /// Counts `bytes` of heap against the budget.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooMuchMemory`] when the budget is used up.
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.budget.heap = self.budget.heap.checked_sub(bytes).ok_or(DecodeError::TooMuchMemory)?;
        Ok(())
    }

    /// Goes one level down. Every recursive type passes through a struct or an enum, so that
    /// counting these bounds the stack, whatever container it recurs through (WIRE.md §3).
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooDeep`] past the budget's depth.
    #[inline]
    pub fn enter(&mut self) -> Result<(), DecodeError> {
        self.budget.depth = self.budget.depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        Ok(())
    }

    /// Comes back up from [`Reader::enter`].
    #[inline]
    pub fn leave(&mut self) {
        self.budget.depth += 1;
    }

    /// Checks that every byte has been read.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TrailingBytes`] when some are left.
    #[inline]
    pub fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }

    #[cold]
    #[inline(never)]
    fn long_tag(&mut self) -> Result<u32, DecodeError> {
        let (mut value, mut shift) = (0, 0);
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            // The fifth byte holds the last 4 of 32 bits, and none follows it. An empty last group:
            // a shorter form exists.
            if *byte == 0 || (shift == 28 && *byte > 0x0f) {
                return Err(DecodeError::Varint);
            }
            value |= u32::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
        Err(DecodeError::Truncated)
    }

    /// Takes what is whole of a run.
    #[cold]
    #[inline(never)]
    fn cut(&mut self, widths: &[usize]) -> DecodeError {
        for width in widths {
            if self.take_bytes(*width).is_err() {
                break;
            }
        }
        DecodeError::Truncated
    }

    #[inline(never)]
    fn checked_count(&mut self, min_len: usize, size: usize) -> Result<usize, DecodeError> {
        let count = self.tag()? as usize;
        // Elements that take no bytes are charged at least one, so that counting them ends.
        let (min_len, size) = (min_len, if min_len == 0 { size.max(1) } else { size });
        if count.checked_mul(min_len).is_none_or(|bytes| bytes > self.rest.len()) {
            return Err(DecodeError::TooLong);
        }
        self.charge(count.checked_mul(size).ok_or(DecodeError::TooMuchMemory)?)?;
        Ok(count)
    }
}
