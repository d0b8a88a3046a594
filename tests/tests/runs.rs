//! Numbers that stand side by side in a type go and come as one block: the bytes, and what is said
//! of bad ones and where, are those of the fields one by one.

use ipc_core::codec::{Budget, Reader, Writer, from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_runtime::{Decode, Encode};
use proptest::prelude::*;

/// More of them in a row than fit one block, with what may be refused and what is no number between.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Mixed {
    a: u8,
    b: [u16; 3],
    c: i64,
    d: f32,
    e: bool,
    f: bool,
    g: u128,
    h: String,
    i: u32,
    j: (u8, u16),
    k: i8,
    l: i16,
    m: u64,
    n: f64,
    o: i32,
    p: i128,
    q: [u8; 2],
    r: u16,
    s: u32,
    t: bool,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
enum Shape {
    Named { x: i32, y: i32, on: bool, z: u8 },
    Tuple(u64, [f32; 2], bool),
    Nothing,
}

fn at_once(r: &mut Reader<'_>) -> Result<Mixed, DecodeError> {
    Mixed::decode(r)
}

/// The fields of [`Mixed`], each by itself.
fn one_by_one(r: &mut Reader<'_>) -> Result<Mixed, DecodeError> {
    Ok(Mixed {
        a: Decode::decode(r)?,
        b: Decode::decode(r)?,
        c: Decode::decode(r)?,
        d: Decode::decode(r)?,
        e: Decode::decode(r)?,
        f: Decode::decode(r)?,
        g: Decode::decode(r)?,
        h: Decode::decode(r)?,
        i: Decode::decode(r)?,
        j: Decode::decode(r)?,
        k: Decode::decode(r)?,
        l: Decode::decode(r)?,
        m: Decode::decode(r)?,
        n: Decode::decode(r)?,
        o: Decode::decode(r)?,
        p: Decode::decode(r)?,
        q: Decode::decode(r)?,
        r: Decode::decode(r)?,
        s: Decode::decode(r)?,
        t: Decode::decode(r)?,
    })
}

fn each_field(of: &Mixed) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(to_bytes(&(of.a, of.b, of.c, of.d, of.e, of.f, of.g, &of.h, of.i, of.j)));
    bytes.extend(to_bytes(&(of.k, of.l, of.m, of.n, of.o, of.p, of.q, of.r, of.s, of.t)));
    bytes
}

fn mixed() -> impl Strategy<Value = Mixed> {
    let front = any::<(u8, [u16; 3], i64, f32, bool, bool, u128, u32, (u8, u16))>();
    let back = any::<(i8, i16, u64, f64, i32, i128, [u8; 2], u16, u32, bool)>();
    (front, back, proptest::collection::vec(any::<char>(), 0..70)).prop_map(
        |(front, back, text)| {
            let (a, b, c, d, e, f, g, i, j) = front;
            let (k, l, m, n, o, p, q, r, s, t) = back;
            let h = text.into_iter().collect();
            Mixed { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t }
        },
    )
}

/// What came of the bytes, and where the reader then was.
fn outcome(
    bytes: &[u8],
    decode: impl Fn(&mut Reader<'_>) -> Result<Mixed, DecodeError>,
) -> (Result<Vec<u8>, DecodeError>, usize) {
    let mut r = Reader::new(bytes, Budget::DEFAULT);
    // As bytes, in which a NaN is equal to itself.
    let decoded = decode(&mut r).map(|value| each_field(&value));
    (decoded, r.position())
}

proptest! {
    #[test]
    fn a_run_has_the_bytes_of_its_fields(value in mixed()) {
        prop_assert_eq!(to_bytes(&value), each_field(&value));
    }

    #[test]
    fn cut_short_anywhere_it_fails_where_its_fields_do(value in mixed()) {
        let bytes = to_bytes(&value);
        for len in 0..=bytes.len() {
            let cut = &bytes[..len];
            prop_assert_eq!(outcome(cut, at_once), outcome(cut, one_by_one), "{} bytes", len);
        }
    }

    #[test]
    fn any_wrong_byte_is_found_where_its_field_is(value in mixed(), wrong in 2..=u8::MAX) {
        let bytes = to_bytes(&value);
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] = wrong;
            prop_assert_eq!(outcome(&bytes, at_once), outcome(&bytes, one_by_one), "at {}", at);
        }
    }

    #[test]
    fn variants_come_back(x in any::<i32>(), y in any::<i32>(), on in any::<bool>(), z in any::<u8>()) {
        let named = Shape::Named { x, y, on, z };
        let tuple = Shape::Tuple(u64::from(z), [0.5, 1.5], on);
        prop_assert_eq!(to_bytes(&named), [&[0][..], &to_bytes(&(x, y, on, z))].concat());
        prop_assert_eq!(to_bytes(&tuple), [&[1][..], &to_bytes(&(u64::from(z), [0.5f32, 1.5], on))].concat());
        for shape in [named, tuple, Shape::Nothing] {
            prop_assert_eq!(from_bytes(&to_bytes(&shape)), Ok(shape));
        }
    }

    /// Texts and numbers meet every state of the buffer: with room, without, and growing.
    #[test]
    fn many_values_in_one_buffer_are_those_values(values in proptest::collection::vec(mixed(), 0..9)) {
        let mut w = Writer::new(usize::MAX);
        let mut apart = Vec::new();
        for value in &values {
            value.encode(&mut w);
            apart.extend(each_field(value));
        }
        prop_assert_eq!(w.into_bytes(), apart);
    }
}
