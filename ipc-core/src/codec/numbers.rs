//! Numbers, `bool`, `char` and the wrappers around them (WIRE.md §3.1).

use alloc::vec::Vec;
use core::num::{NonZero, Saturating, Wrapping};
use core::time::Duration;

use super::containers::FEW;
use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

impl Encode for u8 {
    const SCHEMA: Schema = Schema::primitive("u8");

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.put([*self]);
    }

    fn encode_slice(items: &[Self], w: &mut Writer) {
        w.put_bytes(items);
    }
}

impl<'de> Decode<'de> for u8 {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        r.take().map(|[byte]| byte)
    }

    fn decode_vec(r: &mut Reader<'de>, count: usize) -> Result<Vec<Self>, DecodeError> {
        r.take_bytes(count).map(<[u8]>::to_vec)
    }

    fn decode_array<const N: usize>(r: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
        r.take()
    }
}

/// Little-endian, fixed width. A slice is one block, which moves as it is where the machine's order
/// is the wire's: `store` and `load` stand apart so that the compiler knows that what they are
/// given does not overlap, and makes each of them a plain copy, in 150 bytes less.
macro_rules! fixed_width {
    ($($number:ident)*) => {$(
        impl Encode for $number {
            const SCHEMA: Schema = Schema::primitive(stringify!($number));

            #[inline]
            fn encode(&self, w: &mut Writer) {
                w.put(self.to_le_bytes());
            }

            fn encode_slice(items: &[Self], w: &mut Writer) {
                #[inline(never)]
                fn store(items: &[$number], block: &mut [u8]) {
                    let (slots, _) = block.as_chunks_mut();
                    for (slot, item) in slots.iter_mut().zip(items) {
                        *slot = item.to_le_bytes();
                    }
                }
                if items.len() <= FEW {
                    items.iter().for_each(|item| item.encode(w));
                } else {
                    store(items, w.put_block(size_of_val(items)));
                }
            }
        }

        impl<'de> Decode<'de> for $number {
            const MIN_LEN: usize = size_of::<$number>();

            #[inline]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                Ok($number::from_le_bytes(r.take()?))
            }

            fn decode_vec(r: &mut Reader<'de>, count: usize) -> Result<Vec<Self>, DecodeError> {
                #[inline(never)]
                fn load(block: &[u8], items: &mut [$number]) {
                    let (slots, _) = block.as_chunks();
                    for (item, slot) in items.iter_mut().zip(slots) {
                        *item = $number::from_le_bytes(*slot);
                    }
                }
                let block = r.take_bytes(count.saturating_mul(Self::MIN_LEN))?;
                // Zeros of the allocator's take longer than these; to say that they fit spares the
                // code that would grow the list.
                let mut items = Vec::with_capacity(count);
                items.resize(count.min(items.capacity()), $number::default());
                load(block, &mut items);
                Ok(items)
            }

            fn decode_array<const N: usize>(
                r: &mut Reader<'de>,
            ) -> Result<[Self; N], DecodeError> {
                let block = r.take_bytes(N.saturating_mul(Self::MIN_LEN))?;
                let (items, _) = block.as_chunks();
                let mut array = [$number::default(); N];
                for (slot, item) in array.iter_mut().zip(items) {
                    *slot = $number::from_le_bytes(*item);
                }
                Ok(array)
            }
        }
    )*};
}

fixed_width! { u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 }

/// Sent as 64 bits by every machine; one with fewer refuses what does not fit.
macro_rules! pointer_width {
    ($($number:ident as $wire:ident)*) => {$(
        impl Encode for $number {
            const SCHEMA: Schema = $wire::SCHEMA;

            #[inline]
            fn encode(&self, w: &mut Writer) {
                // No machine that Rust runs on has pointers wider than 64 bits.
                (*self as $wire).encode(w);
            }
        }

        impl<'de> Decode<'de> for $number {
            const MIN_LEN: usize = $wire::MIN_LEN;

            #[inline]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                $number::try_from($wire::decode(r)?).map_err(|_| DecodeError::OutOfRange)
            }
        }
    )*};
}

pointer_width! { usize as u64 isize as i64 }

/// A value that is sent as another type and checked when it comes back.
macro_rules! sent_as {
    ($([$($generics:tt)*] $outer:ty as $inner:ty: $to:expr, $from:expr;)*) => {$(
        impl<$($generics)*> Encode for $outer {
            const SCHEMA: Schema = <$inner>::SCHEMA;

            #[inline]
            fn encode(&self, w: &mut Writer) {
                let to: fn(&$outer) -> $inner = $to;
                to(self).encode(w);
            }
        }

        impl<'de, $($generics)*> Decode<'de> for $outer {
            const MIN_LEN: usize = <$inner>::MIN_LEN;

            #[inline]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                let from: fn($inner) -> Result<$outer, DecodeError> = $from;
                from(<$inner>::decode(r)?)
            }
        }
    )*};
}

sent_as! {
    [] NonZero<u8> as u8: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<u16> as u16: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<u32> as u32: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<u64> as u64: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<u128> as u128: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<usize> as usize: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<i8> as i8: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<i16> as i16: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<i32> as i32: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<i64> as i64: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<i128> as i128: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
    [] NonZero<isize> as isize: |n| n.get(), |n| NonZero::new(n).ok_or(DecodeError::OutOfRange);
}

/// A transparent wrapper around one public field.
macro_rules! wrapper {
    ($($wrapper:ident)*) => {$(
        impl<T: Encode> Encode for $wrapper<T> {
            const SCHEMA: Schema = T::SCHEMA;

            #[inline]
            fn encode(&self, w: &mut Writer) {
                self.0.encode(w);
            }
        }

        impl<'de, T: Decode<'de>> Decode<'de> for $wrapper<T> {
            const MIN_LEN: usize = T::MIN_LEN;

            #[inline]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                T::decode(r).map($wrapper)
            }
        }
    )*};
}

wrapper! { Wrapping Saturating }

impl Encode for bool {
    const SCHEMA: Schema = Schema::primitive("bool");

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.put([u8::from(*self)]);
    }
}

impl<'de> Decode<'de> for bool {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match r.take()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(DecodeError::Bool),
        }
    }
}

impl Encode for char {
    const SCHEMA: Schema = Schema::primitive("char");

    #[inline]
    fn encode(&self, w: &mut Writer) {
        u32::from(*self).encode(w);
    }
}

impl<'de> Decode<'de> for char {
    const MIN_LEN: usize = 4;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        char::from_u32(u32::decode(r)?).ok_or(DecodeError::Char)
    }
}

impl Encode for Duration {
    const SCHEMA: Schema = Schema::primitive("duration");

    fn encode(&self, w: &mut Writer) {
        self.as_secs().encode(w);
        self.subsec_nanos().encode(w);
    }
}

impl<'de> Decode<'de> for Duration {
    const MIN_LEN: usize = 12;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match (u64::decode(r)?, u32::decode(r)?) {
            (seconds, nanos @ 0..1_000_000_000) => Ok(Duration::new(seconds, nanos)),
            _ => Err(DecodeError::OutOfRange),
        }
    }
}
