//! One message through every codec, each as its documentation has it: into a buffer that is there
//! already, and out of it as values of their own or as ones that borrow from it.

use std::hint::black_box;

use ipc_core::codec::{Encode, from_bytes};
use ipc_core::method::Method;
use ipc_core::schema::Schema;
use ipc_core::session::{Limits, Session};
use rkyv::rancor::Error;
use speedy::{Readable, Writable};

use crate::by_hand;
use crate::message::{Mod, ModView};

static METHOD: Method = Method::new("S", "m", "S.m", Schema::signature());

type Encoding = Box<dyn FnMut(&Vec<Mod>)>;
/// Returns how many came out.
type Decoding = Box<dyn FnMut() -> usize>;

/// Of one codec; `view` where it has one.
pub struct Codec {
    pub name: &'static str,
    pub bytes: usize,
    pub encode: Encoding,
    pub decode: Decoding,
    pub view: Option<Decoding>,
}

macro_rules! codec {
    (
        $name:literal, $encoded:expr, encode: $encode:expr,
        decode: |$d:ident| $decode:expr $(, view: |$v:ident| $view:expr)? $(,)?
    ) => {{
        let encoded: Vec<u8> = $encoded;
        let _copy = encoded.clone();
        Codec {
            name: $name,
            bytes: encoded.len(),
            encode: Box::new($encode),
            decode: Box::new(move || {
                let $d = black_box(&encoded[..]);
                let mods: Vec<Mod> = $decode;
                black_box(&mods).len()
            }),
            view: codec!(@ _copy $(, $v, $view)?),
        }
    }};
    (@ $copy:ident) => { None };
    (@ $copy:ident, $v:ident, $view:expr) => {
        Some(Box::new(move || {
            let $v = black_box(&$copy[..]);
            let mods = $view;
            black_box(&mods).len()
        }))
    };
}

pub fn all(mods: &Vec<Mod>) -> Vec<Codec> {
    const FIXED: bincode::config::Configuration<
        bincode::config::LittleEndian,
        bincode::config::Fixint,
    > = bincode::config::standard().with_fixed_int_encoding();
    let ours = ipc_core::codec::to_bytes(mods);
    let mut hand = Vec::new();
    by_hand::encode(mods, &mut hand);
    assert_eq!(ours, hand, "the very same bytes");
    assert_eq!(by_hand::decode(&hand).as_ref(), Some(mods));

    // Each of them keeps its buffer.
    let mut session = Session::new(Limits::DEFAULT);
    let (mut b1, mut b2, mut b3) = (Vec::new(), Vec::new(), Vec::new());
    let mut b5 = vec![0; 64 * 1024];
    let mut b6 = vec![0; 64 * 1024];
    let mut b7 = vec![0; 64 * 1024];
    let mut kept = bitcode::Buffer::new();
    let mut aligned = Some(rkyv::util::AlignedVec::<16>::new());
    vec![
        codec!(
            "ours", ours,
            encode: move |mods| {
                mods.encode(session.begin_call(&METHOD, 0));
                black_box(session.abandon_call());
            },
            decode: |bytes| from_bytes(bytes).expect("mods"),
            view: |bytes| from_bytes::<Vec<ModView<'_>>>(bytes).expect("mods"),
        ),
        codec!(
            "by hand", hand,
            encode: move |mods| {
                b1.clear();
                by_hand::encode(mods, &mut b1);
                black_box(&b1);
            },
            decode: |bytes| by_hand::decode(bytes).expect("mods"),
            view: |bytes| by_hand::view(bytes).expect("mods"),
        ),
        codec!(
            "speedy", mods.write_to_vec().expect("it fits"),
            encode: move |mods| {
                mods.write_to_buffer(&mut b5).expect("it fits");
                black_box(&b5);
            },
            decode: |bytes| Vec::<Mod>::read_from_buffer(bytes).expect("mods"),
            view: |bytes| Vec::<ModView<'_>>::read_from_buffer(bytes).expect("mods"),
        ),
        codec!(
            "wincode", wincode::serialize(mods).expect("it fits"),
            encode: move |mods| {
                b2.clear();
                wincode::serialize_into(&mut b2, mods).expect("it fits");
                black_box(&b2);
            },
            decode: |bytes| wincode::deserialize(bytes).expect("mods"),
            view: |bytes| wincode::deserialize::<Vec<ModView<'_>>>(bytes).expect("mods"),
        ),
        codec!(
            "borsh", borsh::to_vec(mods).expect("it fits"),
            encode: move |mods| {
                b3.clear();
                borsh::to_writer(&mut b3, mods).expect("it fits");
                black_box(&b3);
            },
            decode: |bytes| borsh::from_slice(bytes).expect("mods"),
        ),
        codec!(
            "bincode 2, fixed", bincode::encode_to_vec(mods, FIXED).expect("it fits"),
            encode: move |mods| {
                bincode::encode_into_slice(mods, &mut b6, FIXED).expect("it fits");
                black_box(&b6);
            },
            decode: |bytes| bincode::decode_from_slice(bytes, FIXED).expect("mods").0,
            view: |bytes| {
                bincode::borrow_decode_from_slice::<Vec<ModView<'_>>, _>(bytes, FIXED)
                    .expect("mods").0
            },
        ),
        codec!(
            "postcard", postcard::to_allocvec(mods).expect("it fits"),
            encode: move |mods| {
                black_box(postcard::to_slice(mods, &mut b7).expect("it fits"));
            },
            decode: |bytes| postcard::from_bytes(bytes).expect("mods"),
            view: |bytes| postcard::from_bytes::<Vec<ModView<'_>>>(bytes).expect("mods"),
        ),
        codec!(
            "bitcode", bitcode::encode(mods),
            encode: move |mods| {
                black_box(kept.encode(mods));
            },
            decode: |bytes| bitcode::decode(bytes).expect("mods"),
            view: |bytes| bitcode::decode::<Vec<ModView<'_>>>(bytes).expect("mods"),
        ),
        codec!(
            "rkyv", rkyv::to_bytes::<Error>(mods).expect("it fits").to_vec(),
            encode: move |mods| {
                let mut buffer = aligned.take().unwrap_or_default();
                buffer.clear();
                aligned = Some(rkyv::api::high::to_bytes_in::<_, Error>(mods, buffer).expect("it fits"));
                black_box(&aligned);
            },
            decode: |bytes| rkyv::from_bytes::<Vec<Mod>, Error>(bytes).expect("mods"),
            view: |bytes| {
                rkyv::access::<rkyv::Archived<Vec<Mod>>, Error>(bytes).expect("mods")
            },
        ),
    ]
}
