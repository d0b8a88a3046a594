//! The types that vectors name, by the text that names them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ipc_core::codec::{Decode, Encode, from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_core::schema::Schema;
use tests::loader::{LoadError, Mod, Node, Pair, Tagged};

/// A value that was decoded: as `{:?}` writes it, and encoded again.
pub struct Decoded {
    pub text: String,
    pub bytes: Vec<u8>,
}

/// What a test does with a type that it knows by name.
pub struct Known {
    pub name: &'static str,
    pub decode: fn(&[u8]) -> Result<Decoded, DecodeError>,
    pub schema: Schema,
}

/// The type of this name, if the test knows it.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

fn decode<'de, T: Decode<'de> + Encode + Debug>(bytes: &'de [u8]) -> Result<Decoded, DecodeError> {
    let value: T = from_bytes(bytes)?;
    Ok(Decoded { text: format!("{value:?}"), bytes: to_bytes(&value) })
}

macro_rules! known {
    ($($ty:ty;)*) => {
        const KNOWN: &[Known] = &[$(Known {
            name: stringify!($ty),
            decode: |bytes| decode::<$ty>(bytes),
            schema: <$ty>::SCHEMA,
        }),*];
    };
}

known! {
    u8; u16; u32; u64; u128; i8; i16; i32; i64; i128; usize; isize; f32; f64;
    bool; char; Duration;
    NonZero<u8>; NonZero<u16>; NonZero<i64>; Wrapping<u8>; Saturating<i16>;
    String; &str; Cow<str>; Box<str>; &[u8];
    Option<u8>; Option<String>; Option<Option<bool>>; Result<u8, String>; Result<(), u8>;
    Vec<u8>; Vec<u16>; Vec<u64>; Vec<()>; Vec<String>; Vec<Mod>; Vec<Option<u8>>; VecDeque<u8>;
    [u8; 3]; [u16; 0]; [bool; 2];
    Range<u8>; RangeInclusive<u8>; RangeFrom<u8>; RangeTo<u8>; RangeToInclusive<u8>; RangeFull;
    PhantomData<u8>;
    Box<u16>; Rc<u16>; Arc<u16>;
    BTreeSet<u8>; HashSet<u8>; BTreeSet<String>; BTreeSet<Vec<u8>>; BTreeSet<Option<i8>>;
    BTreeMap<u8, bool>; BTreeMap<String, u8>; HashMap<u8, bool>;
    (); (u8,); (u8, u16); (u8, (u16, bool));
    Ipv4Addr; Ipv6Addr; IpAddr; SocketAddrV4; SocketAddrV6; SocketAddr;
    Mod; LoadError; Tagged; Node; Pair;
}
