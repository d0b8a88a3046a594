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
        w.put_text(self.as_bytes());
    }

    #[inline(never)]
    fn encode_apart(&self, w: &mut Writer) {
        encode_apart(self, w);
    }
}

/// There once for all that is text.
#[inline(never)]
fn encode_apart(text: &str, w: &mut Writer) {
    text.encode(w);
}

impl<'de: 'a, 'a> Decode<'de> for &'a str {
    const MIN_LEN: usize = 1;

    #[inline]
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        r.text()
    }
}

impl Encode for String {
    const SCHEMA: Schema = str::SCHEMA;

    #[inline]
    fn encode(&self, w: &mut Writer) {
        self.as_str().encode(w);
    }

    #[inline(never)]
    fn encode_apart(&self, w: &mut Writer) {
        encode_apart(self, w);
    }
}

macro_rules! owned_text {
    ($($owned:ty: $from:expr, $beside:expr;)*) => {$(
        impl<'de> Decode<'de> for $owned {
            const MIN_LEN: usize = 1;

            // Once and not wherever a text is received: 80 bytes less at each.
            #[inline(never)]
            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                let text = <&str>::decode(r)?;
                r.charge(text.len() + $beside)?;
                Ok($from(text))
            }
        }
    )*};
}

/// What a shared text holds beside its bytes: two counters, and what aligns them.
const COUNTERS: usize = 3 * size_of::<usize>();

owned_text! {
    String: str::to_owned, 0;
    Box<str>: Box::from, 0;
    Rc<str>: Rc::from, COUNTERS;
    Arc<str>: Arc::from, COUNTERS;
}
