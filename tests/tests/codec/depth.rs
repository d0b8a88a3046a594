//! Nesting is bounded, by whatever way a type leads back to itself, before the stack is at its end.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;
use std::thread;

use ipc_core::codec::{Budget, Reader, from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_runtime::{Decode, Encode};
use tests::loader::Node;

/// What a thread of the smallest kind that a user may choose has.
const STACK: usize = 256 * 1024;

/// Levels that the default budget allows.
const DEPTH: usize = Budget::DEFAULT.depth as usize;

/// Declares a test for each type: `open` are the bytes that lead from one value into another, so
/// many `levels` further down, `end` those of a value that holds no other.
macro_rules! recursive {
    ($($test:ident: $ty:ty, levels $levels:literal, open $open:expr, end $end:expr;)*) => {$(
        #[test]
        fn $test() {
            bounded::<$ty>($levels, $open, $end);
        }
    )*};
}

recursive! {
    nesting_by_vec_is_bounded: ByVec, levels 1, open &[1], end &[0];
    nesting_by_deque_is_bounded: ByDeque, levels 1, open &[1], end &[0];
    nesting_by_option_and_box_is_bounded: ByOption, levels 1, open &[1], end &[0];
    nesting_by_box_in_an_enum_is_bounded: ByEnum, levels 1, open &[1], end &[0];
    nesting_by_named_variant_is_bounded: ByVariant, levels 1, open &[1, 0], end &[0];
    nesting_by_rc_is_bounded: ByRc, levels 1, open &[1], end &[0];
    nesting_by_result_is_bounded: ByResult, levels 1, open &[1], end &[0, 7];
    nesting_by_newtype_is_bounded: ByNewtype, levels 2, open &[1], end &[0];
    nesting_by_tuple_is_bounded: ByTuple, levels 1, open &[7, 1], end &[7, 0];
    nesting_by_array_is_bounded: ByArray, levels 1, open &[1], end &[0];
    nesting_by_map_value_is_bounded: ByMap, levels 1, open &[1, 7], end &[0];
    nesting_by_hash_map_value_is_bounded: ByHashMap, levels 1, open &[1, 7], end &[0];
    nesting_by_set_is_bounded: BySet, levels 1, open &[1], end &[0];
    nesting_by_struct_is_bounded: Node, levels 1, open &[7, 1], end &[7, 0];
    nesting_by_generic_is_bounded: ByGeneric<u8>, levels 1, open &[7, 1], end &[7, 0];
    nesting_by_wide_struct_is_bounded: Wide, levels 1, open &WIDE_OPEN, end &WIDE_END;
}

#[derive(Debug, Encode, Decode)]
struct ByVec(Vec<ByVec>);

#[derive(Debug, Encode, Decode)]
struct ByDeque(VecDeque<ByDeque>);

#[derive(Debug, Encode, Decode)]
struct ByOption(Option<Box<ByOption>>);

#[derive(Debug, Encode, Decode)]
enum ByEnum {
    End,
    More(Box<ByEnum>),
}

#[derive(Debug, Encode, Decode)]
enum ByVariant {
    End,
    More { flag: bool, next: Box<ByVariant> },
}

#[derive(Debug, Encode, Decode)]
struct ByRc(Option<Rc<ByRc>>);

#[derive(Debug, Encode, Decode)]
struct ByResult(Result<u8, Box<ByResult>>);

#[derive(Debug, Encode, Decode)]
struct ByNewtype(#[ipc(recursive)] Option<Box<Newtype>>);

#[derive(Debug, Encode, Decode)]
struct Newtype(ByNewtype);

#[derive(Debug, Encode, Decode)]
struct ByTuple((u8, Vec<ByTuple>));

#[derive(Debug, Encode, Decode)]
struct ByArray(Vec<[ByArray; 1]>);

#[derive(Debug, Encode, Decode)]
struct ByMap(BTreeMap<u8, ByMap>);

#[derive(Debug, Encode, Decode)]
struct ByHashMap(HashMap<u8, ByHashMap>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
struct BySet(BTreeSet<BySet>);

#[derive(Debug, Encode, Decode)]
struct ByGeneric<T> {
    value: T,
    children: Vec<ByGeneric<T>>,
}

/// A quarter of a kilobyte at each level.
#[derive(Debug, Encode, Decode)]
struct Wide {
    numbers: [u64; 32],
    next: Option<Box<Wide>>,
}

const WIDE_END: [u8; 257] = [0; 257];
const WIDE_OPEN: [u8; 257] = {
    let mut bytes = WIDE_END;
    bytes[256] = 1;
    bytes
};

#[test]
fn depth_is_given_back_where_a_value_ends() {
    let leaf = |value| Node { value, children: Vec::new() };
    let twig = |value| Node { value, children: vec![leaf(value), leaf(value)] };
    let tree = Node { value: 0, children: (0..200).map(twig).collect() };
    assert_eq!(from_bytes(&to_bytes(&tree)), Ok(tree));
}

#[test]
fn depth_is_as_the_budget_says() {
    for depth in 1..=6_u8 {
        let nested = |levels: usize| [vec![1; levels - 1], vec![0]].concat();
        let budget = Budget { depth, ..Budget::DEFAULT };
        let decode =
            |levels| <ByVec as Decode>::decode(&mut Reader::new(&nested(levels), budget)).map(drop);
        assert_eq!(decode(usize::from(depth)), Ok(()), "{depth} levels");
        assert_eq!(
            decode(usize::from(depth) + 1),
            Err(DecodeError::TooDeep),
            "over {depth} levels"
        );
    }
}

/// Checks that `T` can be nested as deep as the budget allows and no deeper, on a small stack.
fn bounded<T>(levels: usize, open: &'static [u8], end: &'static [u8])
where
    T: Encode + for<'de> Decode<'de> + Debug,
{
    let check = move || {
        let deepest = (DEPTH - 1) / levels;
        let bytes = [open.repeat(deepest), end.to_vec()].concat();
        match from_bytes::<T>(&bytes) {
            Ok(value) => assert_eq!(to_bytes(&value), bytes, "{deepest} deep"),
            Err(error) => panic!("{deepest} deep: {error:?}"),
        }
        for deep in [deepest + 1, deepest + 2, 100_000] {
            let bytes = [open.repeat(deep), end.to_vec()].concat();
            let refused = from_bytes::<T>(&bytes).map(|_| "accepted");
            assert_eq!(refused, Err(DecodeError::TooDeep), "{deep} deep");
        }
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(check);
    let joined = thread.map(thread::JoinHandle::join);
    assert!(matches!(joined, Ok(Ok(()))), "the thread did not come to its end");
}
