//! Every type of WIRE.md §3 and a choice of derived ones, each with a strategy for its values.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::env;
use std::fmt::{self, Debug, Formatter};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ipc_runtime::{Decode, Encode};
use proptest::collection::{btree_map, btree_set, hash_map, hash_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tests::loader::{LoadError, Mod, Node, Pair, Tagged};

/// A type that holds all it is made of.
pub trait Value: Encode + for<'de> Decode<'de> + Debug {}

impl<T: Encode + for<'de> Decode<'de> + Debug> Value for T {}

/// What holds for every value of every type.
pub trait Property {
    /// Says what is wrong if it does not hold for `value`. `noise` is for whatever use.
    fn check<T: Value>(value: &T, noise: &Noise) -> Result<(), String>;
}

/// Bytes from nowhere, and what may happen to good ones; all of it follows from a number.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Many are small: those pass for counts and tags.
    pub bytes: Vec<u8>,
    /// A bound, of whatever.
    pub bound: usize,
    rest: Numbers,
}

impl Noise {
    fn new(seed: u64) -> Noise {
        let mut numbers = Numbers(seed);
        let len = numbers.below(48);
        let bytes = (0..len).map(|_| numbers.byte()).collect();
        Noise { bytes, bound: numbers.below(4096), rest: numbers }
    }

    /// `bytes`, spoilt in one to three places.
    pub fn spoil(&self, bytes: &[u8]) -> Vec<u8> {
        let (mut bytes, mut numbers) = (bytes.to_vec(), self.rest.clone());
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(bytes.len() + 1);
            match numbers.below(5) {
                0 => bytes.insert(at, numbers.byte()),
                1 => bytes.truncate(at),
                _ if at == bytes.len() => {}
                2 => bytes[at] = numbers.byte(),
                3 => bytes[at] ^= 1 << numbers.below(8),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    }
}

/// Numbers without a pattern: SplitMix64.
#[derive(Clone, Debug)]
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// A small one as often as not.
    fn byte(&mut self) -> u8 {
        match self.below(5) {
            0 => 0xff,
            1 => self.below(256) as u8,
            _ => self.below(4) as u8,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Unit;

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Generic<T, const N: usize> {
    pub one: T,
    pub many: Vec<T>,
    pub some: [Option<T>; N],
}

/// Tags of each length that a varint has.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Tags {
    Zero,
    #[ipc(tag = 127)]
    One(String),
    Two,
    #[ipc(tag = 16384)]
    Three {
        x: u8,
        y: Option<Box<Tags>>,
    },
    #[ipc(tag = 4294967295)]
    Five(bool, char),
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Expr {
    Number(i64),
    Neg(Box<Expr>),
    Sum(Vec<Expr>),
    Let { name: String, value: Box<Expr>, within: Option<Box<Expr>> },
}

/// Checks `P` for values of every type.
pub fn each_type<P: Property + 'static>() {
    numbers::<P>();
    containers::<P>();
    collections::<P>();
    derived::<P>();
}

/// Calls `run` with each type, its text and a strategy for its values.
macro_rules! types {
    ($($ty:ty = $strategy:expr;)*) => {
        $(run::<P, $ty>(stringify!($ty), $strategy);)*
    };
}

/// The same for types that know a strategy of their own.
macro_rules! any_of {
    ($($ty:ty;)*) => { types! { $($ty = any::<$ty>();)* } };
}

fn numbers<P: Property + 'static>() {
    any_of! {
        u8; u16; u32; u64; u128; i8; i16; i32; i64; i128; usize; isize; bool; char;
        NonZero<u8>; NonZero<u16>; NonZero<u32>; NonZero<u64>; NonZero<u128>; NonZero<usize>;
        NonZero<i8>; NonZero<i16>; NonZero<i32>; NonZero<i64>; NonZero<i128>; NonZero<isize>;
        Wrapping<u32>; Duration;
        Ipv4Addr; Ipv6Addr; IpAddr; SocketAddrV4; SocketAddrV6; SocketAddr;
    }
    types! {
        f32 = prop::num::f32::ANY;
        f64 = prop::num::f64::ANY;
        Saturating<i8> = any::<i8>().prop_map(Saturating);
    }
}

fn containers<P: Property + 'static>() {
    any_of! {
        String; Option<u16>; Option<Option<bool>>; Result<u8, String>;
        Box<u32>; Rc<u32>; Arc<String>; Box<[u16]>; Box<str>;
        Range<u8>; RangeInclusive<i32>; RangeFrom<u64>; RangeTo<u8>; RangeToInclusive<u8>;
        PhantomData<u8>; [u8; 0]; [u16; 3]; [bool; 2]; [String; 2]; ();
        (u8,); (u8, u16); (u8, String, bool); (u8, u8, u8, u8);
        (u8, u8, u8, u8, u8); (u8, u8, u8, u8, u8, u8); (u8, u8, u8, u8, u8, u8, u8);
        (u8, u8, u8, u8, u8, u8, u8, u8); (u8, u8, u8, u8, u8, u8, u8, u8, u8);
        (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8);
    }
    types! {
        RangeFull = Just(..);
        (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8) = any::<[u8; 11]>()
            .prop_map(|[a, b, c, d, e, f, g, h, i, j, k]| (a, b, c, d, e, f, g, h, i, j, k));
        (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8) = any::<[u8; 12]>()
            .prop_map(|[a, b, c, d, e, f, g, h, i, j, k, l]| (a, b, c, d, e, f, g, h, i, j, k, l));
        Rc<str> = any::<String>().prop_map(Rc::from);
        Arc<str> = any::<String>().prop_map(Arc::from);
        Rc<[u16]> = few::<u16>().prop_map(Rc::from);
        Arc<[String]> = few::<String>().prop_map(Arc::from);
        Vec<Rc<[u8]>> = vec(few::<u8>().prop_map(Rc::from), 0..6);
        Vec<Rc<str>> = vec(any::<String>().prop_map(Rc::from), 0..6);
    }
}

fn collections<P: Property + 'static>() {
    types! {
        Vec<u8> = vec(any::<u8>(), 0..200);
        Vec<u16> = few::<u16>();
        Vec<u64> = few::<u64>();
        Vec<f64> = vec(prop::num::f64::ANY, 0..6);
        Vec<bool> = few::<bool>();
        Vec<()> = few::<()>();
        Vec<String> = few::<String>();
        Vec<Vec<()>> = vec(few::<()>(), 0..6);
        Vec<Vec<Vec<u8>>> = vec(vec(few::<u8>(), 0..4), 0..4);
        Vec<Option<[u64; 32]>> = vec(prop::option::of(any::<[u64; 32]>()), 0..4);
        Vec<Box<()>> = few::<Box<()>>();
        Vec<Box<u8>> = few::<Box<u8>>();
        Vec<Rc<()>> = few::<Rc<()>>();
        Vec<Arc<u8>> = few::<Arc<u8>>();
        Vec<[bool; 3]> = few::<[bool; 3]>();
        Vec<[(); 3]> = few::<[(); 3]>();
        Vec<NonZero<u16>> = few::<NonZero<u16>>();
        VecDeque<u16> = vec(any::<u16>(), 0..9).prop_map(rotated);
        BTreeSet<u8> = btree_set(any::<u8>(), 0..40);
        BTreeSet<String> = btree_set(any::<String>(), 0..6);
        BTreeSet<()> = btree_set(any::<()>(), 0..2);
        BTreeSet<u128> = btree_set(any::<u128>(), 0..80);
        BTreeMap<u8, bool> = btree_map(any::<u8>(), any::<bool>(), 0..40);
        BTreeMap<String, Vec<u8>> = btree_map(any::<String>(), few::<u8>(), 0..6);
        HashSet<u8> = hash_set(any::<u8>(), 0..40);
        HashSet<()> = hash_set(any::<()>(), 0..2);
        HashSet<String> = hash_set(any::<String>(), 0..6);
        HashMap<u8, bool> = hash_map(any::<u8>(), any::<bool>(), 0..40);
        HashMap<String, u64> = hash_map(any::<String>(), any::<u64>(), 0..9);
        Vec<HashSet<u8>> = vec(hash_set(any::<u8>(), 0..3), 0..6);
        Vec<HashMap<u8, u8>> = vec(hash_map(any::<u8>(), any::<u8>(), 0..3), 0..6);
        Vec<BTreeMap<u8, u8>> = vec(btree_map(any::<u8>(), any::<u8>(), 0..3), 0..6);
        Vec<BTreeSet<()>> = vec(btree_set(any::<()>(), 0..2), 0..6);
    }
}

fn derived<P: Property + 'static>() {
    types! {
        Mod = a_mod();
        LoadError = load_error();
        Tagged = prop_oneof![Just(Tagged::Near), any::<u16>().prop_map(Tagged::Far)];
        Node = node();
        Pair = any::<(u8, u16)>().prop_map(|(a, b)| Pair(a, b));
        Unit = Just(Unit);
        Vec<Unit> = vec(Just(Unit), 0..6);
        Generic<u16, 2> = generic(any::<u16>());
        Generic<String, 2> = generic(any::<String>());
        Tags = tags();
        Expr = expr();
        Vec<Mod> = vec(a_mod(), 0..6);
        Result<Vec<Mod>, LoadError> = prop_oneof![
            vec(a_mod(), 0..6).prop_map(Ok),
            load_error().prop_map(Err),
        ];
    }
}

fn few<T: Arbitrary>() -> impl Strategy<Value = Vec<T>> {
    vec(any::<T>(), 0..6)
}

/// A queue whose elements lie in two pieces.
fn rotated(items: Vec<u16>) -> VecDeque<u16> {
    let (front, back) = items.split_at(items.len() / 2);
    let mut queue = VecDeque::from(back.to_vec());
    for item in front.iter().rev() {
        queue.push_front(*item);
    }
    queue
}

fn a_mod() -> impl Strategy<Value = Mod> {
    any::<(String, bool)>().prop_map(|(id, enabled)| Mod { id, enabled })
}

fn load_error() -> impl Strategy<Value = LoadError> {
    let incompatible = any::<String>().prop_map(|needs| LoadError::Incompatible { needs });
    prop_oneof![Just(LoadError::NotFound), incompatible]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = any::<u8>().prop_map(|value| Node { value, children: Vec::new() });
    leaf.prop_recursive(6, 30, 4, |inner| {
        (any::<u8>(), vec(inner, 0..4)).prop_map(|(value, children)| Node { value, children })
    })
}

fn generic<T: Clone + Debug>(
    element: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Generic<T, 2>> {
    let some = || prop::option::of(element.clone());
    (element.clone(), vec(element.clone(), 0..6), some(), some())
        .prop_map(|(one, many, a, b)| Generic { one, many, some: [a, b] })
}

fn tags() -> impl Strategy<Value = Tags> {
    let leaf = prop_oneof![
        Just(Tags::Zero),
        any::<String>().prop_map(Tags::One),
        Just(Tags::Two),
        any::<(bool, char)>().prop_map(|(a, b)| Tags::Five(a, b)),
    ];
    leaf.prop_recursive(4, 8, 1, |inner| {
        let next = prop::option::of(inner.prop_map(Box::new));
        (any::<u8>(), next).prop_map(|(x, y)| Tags::Three { x, y })
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    any::<i64>().prop_map(Expr::Number).prop_recursive(5, 20, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Expr::Neg),
            vec(inner, 0..3).prop_map(Expr::Sum),
            (any::<String>(), boxed.clone(), prop::option::of(boxed))
                .prop_map(|(name, value, within)| Expr::Let { name, value, within }),
        ]
    })
}

/// A value with what is to hold for it. The runner of proptest sees no more of either, and is there once and not for each
/// type and property.
trait Case: Debug {
    fn check(&self, noise: &Noise) -> Result<(), String>;
}

struct Of<P, T>(T, PhantomData<P>);

impl<P: Property, T: Value> Case for Of<P, T> {
    fn check(&self, noise: &Noise) -> Result<(), String> {
        P::check(&self.0, noise)
    }
}

impl<P, T: Debug> Debug for Of<P, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn run<P, T>(name: &str, values: impl Strategy<Value = T> + 'static)
where
    P: Property + 'static,
    T: Value + 'static,
{
    run_cases(
        name,
        values.prop_map(|value| -> Box<dyn Case> { Box::new(Of(value, PhantomData::<P>)) }).boxed(),
    );
}

fn run_cases(name: &str, values: BoxedStrategy<Box<dyn Case>>) {
    // Enough for each day; PROPTEST_CASES asks for more.
    let cases = if env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { 64 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(values, any::<u64>()), |(value, seed)| {
        value.check(&Noise::new(seed)).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{name}: {failure}");
    }
}
