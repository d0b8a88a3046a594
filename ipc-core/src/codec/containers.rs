//! Option, Result, lists, arrays and ranges (WIRE.md §3.3).

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

impl<T: Encode> Encode for Option<T> {
    const SCHEMA: Schema = Schema::of("option", &[T::SCHEMA]);

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.put([u8::from(self.is_some())]);
        if let Some(value) = self {
            value.encode(w);
        }
    }

    // What it holds is sent by itself too, or by other methods: 130 bytes less for each type.
    #[inline(never)]
    fn encode_apart(&self, w: &mut Writer) {
        w.put([u8::from(self.is_some())]);
        if let Some(value) = self {
            value.encode_apart(w);
        }
    }
}

impl<'de, T: Decode<'de>> Decode<'de> for Option<T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match r.take()? {
            [0] => Ok(None),
            [1] => T::decode(r).map(Some),
            _ => Err(DecodeError::UnknownTag),
        }
    }
}

impl<T: Encode, E: Encode> Encode for Result<T, E> {
    const SCHEMA: Schema = Schema::of("result", &[T::SCHEMA, E::SCHEMA]);

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.put([u8::from(self.is_err())]);
        match self {
            Ok(value) => value.encode(w),
            Err(error) => error.encode(w),
        }
    }

    #[inline(never)]
    fn encode_apart(&self, w: &mut Writer) {
        w.put([u8::from(self.is_err())]);
        match self {
            Ok(value) => value.encode_apart(w),
            // What is an error is seldom anything else.
            Err(error) => error.encode(w),
        }
    }
}

impl<'de, T: Decode<'de>, E: Decode<'de>> Decode<'de> for Result<T, E> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match r.take()? {
            [0] => T::decode(r).map(Ok),
            [1] => E::decode(r).map(Err),
            _ => Err(DecodeError::UnknownTag),
        }
    }
}

impl<T: Encode> Encode for [T] {
    const SCHEMA: Schema = Schema::of("list", &[T::SCHEMA]);

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.count(self.len());
        T::encode_slice(self, w);
    }
}

impl<T: Encode> Encode for Vec<T> {
    const SCHEMA: Schema = <[T]>::SCHEMA;

    #[inline]
    fn encode(&self, w: &mut Writer) {
        self.as_slice().encode(w);
    }
}

impl<T: Encode> Encode for VecDeque<T> {
    const SCHEMA: Schema = <[T]>::SCHEMA;

    fn encode(&self, w: &mut Writer) {
        let (front, back) = self.as_slices();
        w.count(self.len());
        T::encode_slice(front, w);
        T::encode_slice(back, w);
    }
}

impl<'de: 'a, 'a> Decode<'de> for &'a [u8] {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        r.bytes()
    }
}

impl<'de, T: Decode<'de>> Decode<'de> for Vec<T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let count = r.count::<T>()?;
        T::decode_vec(r, count)
    }
}

macro_rules! from_vec {
    ($($list:ty;)*) => {$(
        impl<'de, T: Decode<'de>> Decode<'de> for $list {
            const MIN_LEN: usize = 1;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                Vec::decode(r).map(<$list>::from)
            }
        }
    )*};
}

from_vec! { VecDeque<T>; Box<[T]>; }

/// Copies once more, so the copy is charged as well, with its two counters and what aligns it.
macro_rules! shared_list {
    ($($shared:ident)*) => {$(
        impl<'de, T: Decode<'de>> Decode<'de> for $shared<[T]> {
            const MIN_LEN: usize = 1;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                let items = Vec::<T>::decode(r)?;
                r.charge(size_of_val(items.as_slice()) + size_of::<(usize, usize, T)>())?;
                Ok($shared::from(items))
            }
        }
    )*};
}

shared_list! { Rc Arc }

impl<T: Encode, const N: usize> Encode for [T; N] {
    const SCHEMA: Schema = Schema::of("array", &[T::SCHEMA]).variant("", array_len(N));

    #[inline]
    fn encode(&self, w: &mut Writer) {
        // A block is worth its making when it is long.
        if N <= FEW {
            self.iter().for_each(|item| item.encode(w));
        } else {
            T::encode_slice(self, w);
        }
    }
}

/// So many numbers are appended one by one.
pub(super) const FEW: usize = 4;

impl<'de, T: Decode<'de>, const N: usize> Decode<'de> for [T; N] {
    const MIN_LEN: usize = N * T::MIN_LEN;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        T::decode_array(r)
    }
}

/// An array longer than any frame has no values on the wire to tell apart.
#[allow(clippy::cast_possible_truncation, reason = "guarded")]
const fn array_len(len: usize) -> u32 {
    if len > u32::MAX as usize { u32::MAX } else { len as u32 }
}

impl<T: ?Sized> Encode for PhantomData<T> {
    const SCHEMA: Schema = <()>::SCHEMA;

    #[inline]
    fn encode(&self, _: &mut Writer) {}
}

impl<'de, T: ?Sized> Decode<'de> for PhantomData<T> {
    #[inline]
    fn decode(_: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(PhantomData)
    }
}

// A range is its bounds. A `RangeInclusive` that has been iterated to its end is sent as if it had
// not been.

impl Encode for RangeFull {
    const SCHEMA: Schema = Schema::product("RangeFull");

    #[inline]
    fn encode(&self, _: &mut Writer) {}
}

impl<'de> Decode<'de> for RangeFull {
    #[inline]
    fn decode(_: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(RangeFull)
    }
}

impl<T: Encode> Encode for Range<T> {
    const SCHEMA: Schema =
        Schema::product("Range").field("start", T::SCHEMA).field("end", T::SCHEMA);

    fn encode(&self, w: &mut Writer) {
        self.start.encode(w);
        self.end.encode(w);
    }
}

impl<'de, T: Decode<'de>> Decode<'de> for Range<T> {
    const MIN_LEN: usize = 2 * T::MIN_LEN;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(T::decode(r)?..T::decode(r)?)
    }
}

impl<T: Encode> Encode for RangeInclusive<T> {
    const SCHEMA: Schema =
        Schema::product("RangeInclusive").field("start", T::SCHEMA).field("end", T::SCHEMA);

    fn encode(&self, w: &mut Writer) {
        self.start().encode(w);
        self.end().encode(w);
    }
}

impl<'de, T: Decode<'de>> Decode<'de> for RangeInclusive<T> {
    const MIN_LEN: usize = 2 * T::MIN_LEN;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(T::decode(r)?..=T::decode(r)?)
    }
}

/// A range with one bound.
macro_rules! half_range {
    ($($range:ident $bound:ident;)*) => {$(
        impl<T: Encode> Encode for $range<T> {
            const SCHEMA: Schema =
                Schema::product(stringify!($range)).field(stringify!($bound), T::SCHEMA);

            fn encode(&self, w: &mut Writer) {
                self.$bound.encode(w);
            }
        }

        impl<'de, T: Decode<'de>> Decode<'de> for $range<T> {
            const MIN_LEN: usize = T::MIN_LEN;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                Ok($range { $bound: T::decode(r)? })
            }
        }
    )*};
}

half_range! { RangeFrom start; RangeTo end; RangeToInclusive end; }
