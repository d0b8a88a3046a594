//! From values to bytes and back (WIRE.md §2 and §3).
//!
//! Encoding cannot fail and decoding never panics. One value has one encoding: whatever decodes
//! encodes back to the very same bytes.

mod reader;
mod writer;

mod containers;
mod fixed;
mod maps;
mod net;
mod numbers;
mod pointers;
mod text;
mod tuples;

#[doc(hidden)]
pub use fixed::Fixed;
pub use reader::{Budget, Reader};
pub use writer::Writer;

use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::schema::Schema;

/// A value that can be written to the wire. Derive it.
///
/// `Path` and `OsStr` are not there, as systems differ in what they may hold: send `to_str()` of
/// them; nor is `Instant`, which means nothing in another process.
///
/// A type that goes over the wire as another one is written by hand in a few lines:
///
/// ```
/// # mod ipc_runtime {
/// #     pub use ipc_core::codec::{Decode, Encode, Reader, Writer};
/// #     pub use ipc_core::{error::DecodeError, schema::Schema};
/// # }
/// use ipc_runtime::{Decode, DecodeError, Encode, Reader, Schema, Writer};
///
/// struct Percent(u8);
///
/// impl Encode for Percent {
///     const SCHEMA: Schema = u8::SCHEMA;
///     fn encode(&self, w: &mut Writer) {
///         self.0.encode(w);
///     }
/// }
///
/// impl<'de> Decode<'de> for Percent {
///     const MIN_LEN: usize = u8::MIN_LEN;
///     fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
///         match u8::decode(r)? {
///             percent @ 0..=100 => Ok(Percent(percent)),
///             _ => Err(DecodeError::OutOfRange),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent: it does not implement `Encode`",
    label = "not encodable",
    note = "if `{Self}` is yours, add `#[derive(Encode, Decode)]` to it; \
            if it is another crate's, wrap it in a type of yours"
)]
pub trait Encode {
    /// The hash of the type's shape (WIRE.md §5).
    const SCHEMA: Schema;

    /// Appends the value.
    fn encode(&self, w: &mut Writer);

    /// Appends the value, by code that is there once for each type. Stubs call this: 25 bytes less
    /// for each argument than [`Encode::encode`], which is part of whoever calls it.
    #[doc(hidden)]
    #[inline(never)]
    fn encode_apart(&self, w: &mut Writer) {
        self.encode(w);
    }

    /// Appends the elements of a slice, without their count. Types of fixed width move as a block.
    fn encode_slice(items: &[Self], w: &mut Writer)
    where
        Self: Sized,
    {
        for item in items {
            item.encode(w);
        }
    }
}

/// A value that can be read from the wire, borrowing from the received bytes where its type does.
/// Derive it, or see [`Encode`] for one written by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received: it does not implement `Decode`",
    label = "not decodable",
    note = "if `{Self}` is yours, add `#[derive(Encode, Decode)]` to it; \
            if it is another crate's, wrap it in a type of yours"
)]
pub trait Decode<'de>: Sized {
    /// The fewest bytes that a value of this type takes. A list's count is checked against it
    /// before anything is allocated; too small a number is safe, too large a one refuses good input.
    /// From fewer bytes a value must not decode: methods are asked for with too few.
    const MIN_LEN: usize = 0;

    /// Reads one value, or says what is wrong with the bytes.
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError>;

    /// Reads one value, as [`Encode::encode_apart`] writes it.
    ///
    /// # Errors
    ///
    /// As [`Decode::decode`].
    #[doc(hidden)]
    #[inline(never)]
    fn decode_apart(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Self::decode(r)
    }

    /// Reads `count` values, which [`Reader::count`] has checked.
    #[doc(hidden)]
    fn decode_vec(r: &mut Reader<'de>, count: usize) -> Result<Vec<Self>, DecodeError> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            let item = Self::decode(r)?;
            // Always so; to say it spares the code that would grow the list, 100 bytes for each
            // type, and to forget what cannot be left over the code that would drop it.
            if items.len() < items.capacity() {
                items.push(item);
            } else {
                core::mem::forget(item);
                break;
            }
        }
        Ok(items)
    }

    /// Reads exactly `N` values.
    #[doc(hidden)]
    fn decode_array<const N: usize>(r: &mut Reader<'de>) -> Result<[Self; N], DecodeError> {
        // The list that the values are gathered in is gone when this returns. Values that take no
        // memory are charged for the time that they take.
        r.charge(N.saturating_mul(size_of::<Self>().max(1)))?;
        Self::decode_vec(r, N)?.try_into().map_err(|_| DecodeError::Invalid)
    }
}

/// Stands for a type's own name inside its [`Encode::SCHEMA`]. Has no values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recursive {}

impl Encode for Recursive {
    const SCHEMA: Schema = Schema::primitive("Self");

    fn encode(&self, _: &mut Writer) {
        match *self {}
    }
}

/// Encodes one value by itself, outside any connection.
///
/// ```
/// assert_eq!(ipc_core::codec::to_bytes("hi"), [2, b'h', b'i']);
/// ```
pub fn to_bytes<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut w = Writer::new(usize::MAX);
    value.encode(&mut w);
    w.into_bytes()
}

/// Decodes one value that takes up all of `bytes`, with the default [`Budget`].
///
/// # Errors
///
/// When `bytes` is not exactly one encoded `T`.
///
/// ```
/// assert_eq!(ipc_core::codec::from_bytes(&[2, b'h', b'i']), Ok("hi"));
/// ```
pub fn from_bytes<'de, T: Decode<'de>>(bytes: &'de [u8]) -> Result<T, DecodeError> {
    let mut r = Reader::new(bytes, Budget::DEFAULT);
    let value = T::decode(&mut r)?;
    r.end()?;
    Ok(value)
}
