//! One value, one encoding, and not a byte more.

use ipc_core::codec::{Budget, Decode, Reader, from_bytes, to_bytes};

use crate::types::{Noise, Property, Value, each_type};

#[test]
fn what_is_encoded_decodes_to_itself() {
    struct RoundTrip;
    impl Property for RoundTrip {
        fn check<T: Value>(value: &T, _: &Noise) -> Result<(), String> {
            let bytes = to_bytes(value);
            let decoded: T = from_bytes(&bytes).map_err(|error| format!("{bytes:?}: {error:?}"))?;
            // By their text, as a NaN does not equal itself; sets in the order of their encoding.
            if to_bytes(&decoded) != bytes {
                return Err(format!(
                    "{decoded:?} encodes to {:?}, not {bytes:?}",
                    to_bytes(&decoded)
                ));
            }
            let (before, after) = (sorted_text(value), sorted_text(&decoded));
            if before == after { Ok(()) } else { Err(format!("decoded to {decoded:?}")) }
        }
    }
    each_type::<RoundTrip>();
}

#[test]
fn what_decodes_encodes_to_the_same_bytes() {
    struct Canonical;
    impl Property for Canonical {
        fn check<T: Value>(value: &T, noise: &Noise) -> Result<(), String> {
            for bytes in [noise.spoil(&to_bytes(value)), noise.bytes.clone()] {
                let Ok(decoded) = from_bytes::<T>(&bytes) else { continue };
                let again = to_bytes(&decoded);
                if again != bytes {
                    return Err(format!("{bytes:?} decodes to {decoded:?}, which is {again:?}"));
                }
            }
            Ok(())
        }
    }
    each_type::<Canonical>();
}

#[test]
fn every_strict_prefix_of_an_encoding_is_refused() {
    struct Prefixes;
    impl Property for Prefixes {
        fn check<T: Value>(value: &T, _: &Noise) -> Result<(), String> {
            let bytes = to_bytes(value);
            for len in 0..bytes.len() {
                if let Ok(decoded) = from_bytes::<T>(&bytes[..len]) {
                    return Err(format!("{:?} of {bytes:?} decodes to {decoded:?}", &bytes[..len]));
                }
            }
            Ok(())
        }
    }
    each_type::<Prefixes>();
}

#[test]
fn what_follows_a_value_is_neither_read_nor_heeded() {
    struct Followed;
    impl Property for Followed {
        fn check<T: Value>(value: &T, noise: &Noise) -> Result<(), String> {
            let bytes = to_bytes(value);
            let followed = [bytes.as_slice(), &noise.bytes].concat();
            let mut r = Reader::new(&followed, Budget::DEFAULT);
            let decoded = T::decode(&mut r).map_err(|error| format!("{followed:?}: {error:?}"))?;
            if r.position() != bytes.len() {
                return Err(format!("read {} bytes of {}", r.position(), bytes.len()));
            }
            if to_bytes(&decoded) != bytes {
                return Err(format!("decoded to {decoded:?} before {:?}", noise.bytes));
            }
            Ok(())
        }
    }
    each_type::<Followed>();
}

#[test]
fn after_an_error_the_position_is_within_the_input() {
    struct Position;
    impl Property for Position {
        fn check<T: Value>(value: &T, noise: &Noise) -> Result<(), String> {
            for bytes in [noise.spoil(&to_bytes(value)), noise.bytes.clone()] {
                let mut r = Reader::new(&bytes, Budget::DEFAULT);
                let decoded = T::decode(&mut r);
                if r.position() > bytes.len() {
                    return Err(format!("{bytes:?}: {decoded:?} at {}", r.position()));
                }
            }
            Ok(())
        }
    }
    each_type::<Position>();
}

/// A count that is checked against `MIN_LEN` refuses good input if that is too large.
#[test]
fn no_value_takes_fewer_bytes_than_its_type_says() {
    struct MinLen;
    impl Property for MinLen {
        fn check<T: Value>(value: &T, _: &Noise) -> Result<(), String> {
            let len = to_bytes(value).len();
            let min = <T as Decode<'_>>::MIN_LEN;
            if min <= len { Ok(()) } else { Err(format!("{len} bytes, but MIN_LEN is {min}")) }
        }
    }
    each_type::<MinLen>();
}

#[test]
fn a_nan_keeps_its_bits() {
    for bits in [0x7fc0_0000, 0xffc0_0001, 0x7fff_ffff_u32] {
        let value: f32 = from_bytes(&bits.to_le_bytes()).unwrap_or_default();
        assert_eq!(value.to_bits(), bits, "f32 {bits:#x}");
        let list: Vec<f32> = from_bytes(&to_bytes(&vec![value])).unwrap_or_default();
        assert_eq!(list.first().map(|value| value.to_bits()), Some(bits), "Vec<f32> {bits:#x}");
    }
}

/// The characters of `{:?}`, sorted: what a hash set writes in an order of its own.
fn sorted_text<T: Value>(value: &T) -> Vec<char> {
    let mut text: Vec<char> = format!("{value:?}").chars().collect();
    text.sort_unstable();
    text
}
