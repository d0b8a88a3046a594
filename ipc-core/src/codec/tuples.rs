//! Tuples: their fields in order, nothing between (WIRE.md §3.6).

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

macro_rules! tuples {
    ($(($($T:ident.$index:tt)*))*) => {$(
        impl<$($T: Encode),*> Encode for ($($T,)*) {
            const SCHEMA: Schema = Schema::product("") $(.field(stringify!($index), $T::SCHEMA))*;

            #[inline]
            fn encode(&self, _w: &mut Writer) {
                $(self.$index.encode(_w);)*
            }
        }

        impl<'de, $($T: Decode<'de>),*> Decode<'de> for ($($T,)*) {
            const MIN_LEN: usize = 0 $(+ $T::MIN_LEN)*;

            #[inline]
            fn decode(_r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                Ok(($($T::decode(_r)?,)*))
            }
        }
    )*};
}

tuples! {
    ()
    (A.0)
    (A.0 B.1)
    (A.0 B.1 C.2)
    (A.0 B.1 C.2 D.3)
    (A.0 B.1 C.2 D.3 E.4)
    (A.0 B.1 C.2 D.3 E.4 F.5)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7 I.8)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7 I.8 J.9)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7 I.8 J.9 K.10)
    (A.0 B.1 C.2 D.3 E.4 F.5 G.6 H.7 I.8 J.9 K.10 L.11)
}
