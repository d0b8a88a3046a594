//! What holds another value goes over the wire as that value (WIRE.md §3.4).

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

macro_rules! transparent {
    ($([$($generics:tt)*] $pointer:ty;)*) => {$(
        impl<$($generics)*> Encode for $pointer {
            const SCHEMA: Schema = T::SCHEMA;

            #[inline]
            fn encode(&self, w: &mut Writer) {
                T::encode(self, w);
            }
        }
    )*};
}

transparent! {
    [T: Encode + ?Sized] &T;
    [T: Encode + ?Sized] Box<T>;
    [T: Encode + ?Sized] Rc<T>;
    [T: Encode + ?Sized] Arc<T>;
    [T: Encode + ToOwned + ?Sized] Cow<'_, T>;
}

/// `Rc` and `Arc` hold two counters beside the value.
macro_rules! boxed {
    ($($pointer:ident holds $held:ty;)*) => {$(
        impl<'de, T: Decode<'de>> Decode<'de> for $pointer<T> {
            const MIN_LEN: usize = T::MIN_LEN;

            #[inline]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                r.charge(size_of::<$held>())?;
                T::decode(r).map($pointer::new)
            }
        }
    )*};
}

boxed! { Box holds T; Rc holds (usize, usize, T); Arc holds (usize, usize, T); }

/// Text and bytes are borrowed from the received frame, and copied only when they are changed.
impl<'de: 'a, 'a, T: ToOwned + ?Sized + 'de> Decode<'de> for Cow<'a, T>
where
    &'de T: Decode<'de>,
{
    const MIN_LEN: usize = <&'de T>::MIN_LEN;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        <&'de T>::decode(r).map(Cow::Borrowed)
    }
}
