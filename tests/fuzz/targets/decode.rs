//! Whatever is accepted as a value encodes back to the very same bytes, within its input, whatever
//! the bytes. The first byte says as which type the others are decoded.
#![no_main]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ipc_core::codec::{Budget, Reader, to_bytes};
use ipc_runtime::{Decode, Encode};
use libfuzzer_sys::fuzz_target;

#[derive(Encode, Decode)]
struct Record<'a> {
    name: &'a str,
    blob: Cow<'a, [u8]>,
    flags: [bool; 3],
    size: Option<NonZero<u32>>,
    inner: Option<Kind<'a>>,
}

#[derive(Encode, Decode)]
enum Kind<'a> {
    Empty,
    Text(&'a str),
    #[ipc(tag = 300)]
    Pair {
        left: char,
        right: Duration,
    },
    Addresses(Vec<SocketAddr>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
enum Tree {
    Leaf(u8),
    List(Vec<Tree>),
    Boxed(Box<Tree>),
    Set(BTreeSet<Tree>),
    Map(BTreeMap<Tree, Option<Tree>>),
    Shared(Arc<Tree>),
    Fixed([Box<Tree>; 2]),
}

/// Decodes as the `choice`th of the types.
macro_rules! one_of {
    ($choice:expr, $bytes:expr, $($ty:ty;)*) => {{
        let decoders: &[fn(&[u8])] = &[$(|bytes| check::<$ty>(bytes)),*];
        decoders[usize::from($choice) % decoders.len()]($bytes);
    }};
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    one_of! { *choice, bytes,
        Tree; Record<'_>; Vec<Record<'_>>; HashMap<String, Tree>; HashSet<Tree>;
        Vec<Vec<()>>; Vec<Option<[u64; 32]>>; Vec<Box<()>>; Vec<Rc<[u16]>>; VecDeque<f32>;
        BTreeMap<Vec<u8>, BTreeSet<i16>>; Result<Vec<&str>, (u8, char, bool)>;
        Vec<(IpAddr, RangeInclusive<u32>)>; [String; 4]; Vec<Arc<str>>; (u128, usize, f64);
        Vec<HashSet<u8>>; Vec<[Option<bool>; 5]>;
    }
});

fn check<'de, T: Decode<'de> + Encode>(bytes: &'de [u8]) {
    let budget = Budget { heap: 64 * 1024, ..Budget::DEFAULT };
    let mut r = Reader::new(bytes, budget);
    let decoded = T::decode(&mut r);
    let read = r.position();
    assert!(read <= bytes.len(), "read {read} bytes of {}", bytes.len());
    let Ok(value) = decoded else { return };
    assert_eq!(to_bytes(&value), bytes[..read], "another encoding of the same value");
    assert!(read >= T::MIN_LEN, "{read} bytes, fewer than the least that the type takes");
    if let Some((_, short)) = bytes[..read].split_last() {
        let cut = T::decode(&mut Reader::new(short, budget));
        assert!(cut.is_err(), "the value is there without its last byte");
    }
}
