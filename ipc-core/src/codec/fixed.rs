//! Numbers that stand side by side in a type come as one block: a check for all of them and not for
//! each. The bytes are those of the fields one by one (WIRE.md §3.6).
//!
//! Generated code makes the runs. What a derive cannot see to be a number comes by itself.

use crate::error::DecodeError;

/// A number, an array of them, or a run of these.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the name of a number, and is none",
    label = "of another width than its name says",
    note = "the derives take a field's type for the number that it is called: give it another name"
)]
pub trait Fixed: Sized {
    /// The bytes of each part, of which a number has one.
    const WIDTHS: &[usize];

    /// The bytes that it takes, whatever its value.
    const WIDTH: usize;

    /// Reads it from the front of `block`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if that is shorter; what the type says of bytes that it does
    /// not have. Such a type is the last of a run, as all of the run has been read by then.
    fn load(block: &[u8]) -> Result<Self, DecodeError>;

    /// Writes it to the front of `block`, or nothing if that is shorter.
    fn store(&self, block: &mut [u8]);
}

macro_rules! fixed_number {
    ($($number:ident)*) => {$(
        impl Fixed for $number {
            const WIDTHS: &[usize] = &[Self::WIDTH];
            const WIDTH: usize = size_of::<$number>();

            #[inline]
            fn load(block: &[u8]) -> Result<Self, DecodeError> {
                block.first_chunk().map(|slot| Self::from_le_bytes(*slot)).ok_or(DecodeError::Truncated)
            }

            #[inline]
            fn store(&self, block: &mut [u8]) {
                if let Some(slot) = block.first_chunk_mut() {
                    *slot = self.to_le_bytes();
                }
            }
        }

        impl<const N: usize> Fixed for [$number; N] {
            const WIDTHS: &[usize] = &[Self::WIDTH];
            const WIDTH: usize = N * size_of::<$number>();

            #[inline]
            fn load(block: &[u8]) -> Result<Self, DecodeError> {
                let (slots, _) = block.get(..Self::WIDTH).ok_or(DecodeError::Truncated)?.as_chunks();
                let mut numbers = [$number::default(); N];
                for (number, slot) in numbers.iter_mut().zip(slots) {
                    *number = $number::from_le_bytes(*slot);
                }
                Ok(numbers)
            }

            #[inline]
            fn store(&self, block: &mut [u8]) {
                for (slot, number) in block.as_chunks_mut().0.iter_mut().zip(self) {
                    *slot = number.to_le_bytes();
                }
            }
        }
    )*};
}

fixed_number! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 }

impl Fixed for bool {
    const WIDTHS: &[usize] = &[1];
    const WIDTH: usize = 1;

    #[inline]
    fn load(block: &[u8]) -> Result<Self, DecodeError> {
        match u8::load(block)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError::Bool),
        }
    }

    #[inline]
    fn store(&self, block: &mut [u8]) {
        u8::from(*self).store(block);
    }
}

macro_rules! runs {
    ($(($($T:ident.$index:tt)*))*) => {$(
        impl<$($T: Fixed),*> Fixed for ($($T,)*) {
            const WIDTHS: &[usize] = &[$($T::WIDTH),*];
            const WIDTH: usize = 0 $(+ $T::WIDTH)*;

            #[inline]
            #[allow(non_snake_case, reason = "a part is named after its type")]
            fn load(block: &[u8]) -> Result<Self, DecodeError> {
                $(
                    let ($T, block) =
                        block.split_at_checked($T::WIDTH).ok_or(DecodeError::Truncated)?;
                )*
                let _ = block;
                Ok(($($T::load($T)?,)*))
            }

            #[inline]
            #[allow(non_snake_case, reason = "a part is named after its type")]
            fn store(&self, block: &mut [u8]) {
                let ($($T,)*) = self;
                $(
                    let Some((slot, block)) = block.split_at_mut_checked($T::WIDTH) else { return };
                    $T.store(slot);
                )*
                let _ = block;
            }
        }
    )*};
}

runs! {
    (A.0 B.1)
    (A.0 B.1 C.2)
    (A.0 B.1 C.2 D.3)
    (A.0 B.1 C.2 D.3 E.4)
    (A.0 B.1 C.2 D.3 E.4 F.5)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7)
}
