//! Text (WIRE.md §3.2).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

impl Encode for str {
    const SCHEMA: Schema = Schema::primitive("str");

    #[inline]
    fn encode(&self, w: &mut Writer) {
        w.count(self.len());
        w.put_bytes(self.as_bytes());
    }
}

impl<'de> Decode<'de> for &'de str {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        core::str::from_utf8(r.text()?).map_err(|_| DecodeError::Utf8)
    }
}

impl Encode for String {
    const SCHEMA: Schema = str::SCHEMA;

    #[inline]
    fn encode(&self, w: &mut Writer) {
        self.as_str().encode(w);
    }
}

macro_rules! owned_text {
    ($($owned:ty: $from:expr;)*) => {$(
        impl<'de> Decode<'de> for $owned {
            const MIN_LEN: usize = 1;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                let text = <&str>::decode(r)?;
                r.charge(text.len())?;
                Ok($from(text))
            }
        }
    )*};
}

owned_text! {
    String: str::to_owned;
    Box<str>: Box::from;
    Rc<str>: Rc::from;
    Arc<str>: Arc::from;
}
