//! Values that borrow from the bytes that they are decoded from.

use std::borrow::Cow;

use ipc_core::codec::{from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_runtime::{Decode, Encode};
use proptest::prelude::*;
use tests::heap::measure;

#[derive(Debug, PartialEq, Encode, Decode)]
struct Line<'a> {
    text: &'a str,
    bytes: &'a [u8],
    either: Cow<'a, str>,
    inner: Option<Inner<'a>>,
}

#[derive(Debug, PartialEq, Encode, Decode)]
enum Inner<'a> {
    Text(&'a str),
    Bytes(Cow<'a, [u8]>),
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_borrows_decodes_to_itself_and_points_into_its_input(
        text: String, bytes: Vec<u8>, either: String, inner in 0..3,
    ) {
        let line = Line {
            text: &text,
            bytes: &bytes,
            either: Cow::Owned(either),
            inner: match inner {
                0 => None,
                1 => Some(Inner::Text(&text)),
                _ => Some(Inner::Bytes(Cow::Borrowed(&bytes))),
            },
        };
        let encoded = to_bytes(&line);
        let (decoded, taken) = measure(|| from_bytes::<Line<'_>>(&encoded));
        prop_assert_eq!(taken.peak, 0, "bytes of heap");
        prop_assert_eq!(decoded.as_ref(), Ok(&line));
        let lent = matches!(decoded, Ok(Line { either: Cow::Borrowed(_), .. }));
        prop_assert!(lent, "`Cow` copies");
        if let Ok(Line { text, .. }) = decoded && !text.is_empty() {
            prop_assert!(encoded.as_ptr_range().contains(&text.as_ptr()));
        }
    }

    #[test]
    fn what_borrows_encodes_as_what_owns(text: String, bytes: Vec<u8>) {
        prop_assert_eq!(to_bytes(text.as_str()), to_bytes(&text));
        prop_assert_eq!(to_bytes(&Cow::Borrowed(text.as_str())), to_bytes(&text));
        prop_assert_eq!(to_bytes(bytes.as_slice()), to_bytes(&bytes));
        prop_assert_eq!(to_bytes(&&&bytes), to_bytes(&bytes));
    }

    #[test]
    fn what_decodes_as_borrowed_decodes_as_owned_and_the_other_way_round(bytes: Vec<u8>) {
        let lent = from_bytes::<&str>(&bytes).map(String::from);
        prop_assert_eq!(lent, from_bytes::<String>(&bytes));
        let lent = from_bytes::<&[u8]>(&bytes).map(Vec::from);
        prop_assert_eq!(lent, from_bytes::<Vec<u8>>(&bytes));
    }
}

#[test]
fn borrowed_text_that_is_not_utf8_is_refused() {
    assert_eq!(from_bytes::<&str>(&[1, 0xff]), Err(DecodeError::Utf8));
    assert_eq!(from_bytes::<Cow<'_, str>>(&[1, 0xff]), Err(DecodeError::Utf8));
}
