//! What a message may make of itself in memory: no more than its budget.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use ipc_core::codec::{Budget, Decode, Encode, Reader, from_bytes, to_bytes};
use ipc_core::error::DecodeError;
use ipc_runtime::Decode as DeriveDecode;
use tests::heap::measure;
use tests::loader::{Mod, Node};

use crate::types::{Noise, Property, Value, each_type};

/// A frame of the default limit, less its head.
const FRAME: usize = 1024 * 1024 - 25;

#[test]
fn no_value_takes_more_heap_than_its_budget() {
    struct Bounded;
    impl Property for Bounded {
        fn check<T: Value>(value: &T, noise: &Noise) -> Result<(), String> {
            let good = to_bytes(value);
            let budget = Budget { heap: noise.bound, ..Budget::DEFAULT };
            for bytes in [&good, &noise.spoil(&good), &noise.bytes] {
                within::<T>(bytes, budget)?;
            }
            // As tight as it gets: the least budget that accepts the value.
            let accepts = |heap: &usize| {
                let budget = Budget { heap: *heap, ..budget };
                T::decode(&mut Reader::new(&good, budget)).is_ok()
            };
            let heaps: Vec<usize> = (0..=65_536).collect();
            let least = heaps.partition_point(|heap| !accepts(heap));
            within::<T>(&good, Budget { heap: least, ..budget })
        }
    }
    each_type::<Bounded>();
}

/// Checks that a list of nothing but the smallest of `T` stays within the default budget.
macro_rules! smallest {
    ($($test:ident: $element:ty, bytes $bytes:expr;)*) => {$(
        #[test]
        fn $test() {
            let element: &[u8] = $bytes;
            for count in [1_000, 30_000, 100_000, 500_000, 1_000_000] {
                let mut bytes = to_bytes(&vec![(); count]);
                bytes.extend(element.repeat(count));
                bytes.truncate(FRAME);
                let outcome = within::<Vec<$element>>(&bytes, Budget::DEFAULT);
                assert_eq!(outcome, Ok(()), "{count} of {}", stringify!($element));
            }
        }
    )*};
}

smallest! {
    a_list_of_empty_lists_is_bounded: Vec<u64>, bytes &[0];
    a_list_of_empty_texts_is_bounded: String, bytes &[0];
    a_list_of_nones_of_a_large_type_is_bounded: Option<[u64; 32]>, bytes &[0];
    a_list_of_boxed_nothings_is_bounded: Box<()>, bytes &[];
    a_list_of_boxed_bytes_is_bounded: Box<u8>, bytes &[7];
    a_list_of_shared_nothings_is_bounded: Rc<()>, bytes &[];
    a_list_of_shared_bytes_is_bounded: Arc<u8>, bytes &[7];
    a_list_of_shared_empty_lists_is_bounded: Rc<[u64]>, bytes &[0];
    a_list_of_shared_empty_texts_is_bounded: Arc<str>, bytes &[0];
    a_list_of_small_sets_is_bounded: BTreeSet<u8>, bytes &[1, 7];
    a_list_of_small_maps_is_bounded: BTreeMap<u8, u64>, bytes &[1, 7, 0, 0, 0, 0, 0, 0, 0, 0];
    a_list_of_small_hash_sets_is_bounded: HashSet<u8>, bytes &[1, 7];
    a_list_of_hash_sets_of_nothing_is_bounded: HashSet<()>, bytes &[1];
    a_list_of_small_hash_maps_is_bounded: HashMap<u8, u8>, bytes &[1, 7, 7];
    a_list_of_nodes_is_bounded: Node, bytes &[0, 0];
    a_list_of_arrays_of_texts_is_bounded: [String; 4], bytes &[0, 0, 0, 0];
}

/// Checks that what claims a great many is refused before anything is set aside for it.
macro_rules! claims {
    ($($test:ident: $ty:ty, $error:ident;)*) => {$(
        #[test]
        fn $test() {
            for count in [1_u32 << 24, 1 << 30, 1 << 31, u32::MAX] {
                let mut bytes = varint(count);
                bytes.extend([0; 64]);
                let (refused, taken) = measure(|| from_bytes::<$ty>(&bytes).map(drop));
                assert_eq!(refused, Err(DecodeError::$error), "{count} claimed");
                assert_eq!(taken.peak, 0, "bytes of heap, when {count} are claimed");
            }
        }
    )*};
}

claims! {
    a_claim_of_many_numbers_is_refused: Vec<u64>, TooLong;
    a_claim_of_many_bytes_is_refused: Vec<u8>, TooLong;
    a_claim_of_many_nothings_is_refused: Vec<()>, TooMuchMemory;
    a_claim_of_much_text_is_refused: String, TooLong;
    a_claim_of_much_shared_text_is_refused: Rc<str>, TooLong;
    a_claim_of_many_lists_is_refused: Vec<Vec<Vec<()>>>, TooLong;
    a_claim_of_many_queued_is_refused: VecDeque<u16>, TooLong;
    a_claim_of_a_large_map_is_refused: BTreeMap<u8, u8>, TooLong;
    a_claim_of_a_large_set_is_refused: BTreeSet<String>, TooLong;
    a_claim_of_a_large_hash_map_is_refused: HashMap<String, ()>, TooLong;
    a_claim_of_a_large_hash_set_is_refused: HashSet<u8>, TooLong;
    a_claim_of_many_options_is_refused: Vec<Option<[u64; 32]>>, TooLong;
    a_claim_of_many_boxed_nothings_is_refused: Vec<Box<()>>, TooMuchMemory;
    a_claim_of_many_structs_is_refused: Vec<Mod>, TooLong;
    a_claim_of_a_set_of_nothings_is_refused: BTreeSet<()>, TooMuchMemory;
}

#[derive(Debug, PartialEq, DeriveDecode)]
struct Nothings {
    lists: Vec<Vec<()>>,
}

/// A list of nothings costs no memory, but time: that is bounded as if it cost a byte each.
#[test]
fn nothings_in_many_lists_share_one_budget() {
    let half = varint(5 * 1024 * 1024);
    let bytes = [vec![2], half.clone(), half].concat();
    assert_eq!(from_bytes::<Nothings>(&bytes), Err(DecodeError::TooMuchMemory));
    assert_eq!(
        from_bytes::<Vec<[(); 1_000_000]>>(&[200, 1]).map(|list| list.len()),
        Err(DecodeError::TooMuchMemory)
    );
}

#[test]
fn what_a_full_frame_holds_for_good_is_accepted() {
    assert_eq!(accepted(&vec![7_u8; FRAME - 3]), Ok(()), "bytes");
    assert_eq!(accepted(&"x".repeat(FRAME - 3)), Ok(()), "text");
    assert_eq!(accepted(&vec![7_u64; FRAME / 8 - 1]), Ok(()), "numbers");
    assert_eq!(accepted(&vec!["sixteen bytes or so".to_owned(); FRAME / 20 - 1]), Ok(()), "texts");
    let mods = vec![Mod { id: "sonic.hd".into(), enabled: true }; FRAME / 10 - 1];
    assert_eq!(accepted(&mods), Ok(()), "structs");
    let map: BTreeMap<u32, u64> = (0..80_000).map(|key| (key, 0)).collect();
    assert_eq!(accepted(&map), Ok(()), "map");
    let map: HashMap<u32, u64> = (0..80_000).map(|key| (key, 0)).collect();
    assert_eq!(accepted(&map), Ok(()), "hash map");
}

fn accepted<T: Encode + for<'de> Decode<'de>>(value: &T) -> Result<(), DecodeError> {
    let bytes = to_bytes(value);
    assert!(bytes.len() <= FRAME, "the value does not fit a frame");
    from_bytes::<T>(&bytes).map(drop)
}

fn varint(number: u32) -> Vec<u8> {
    let mut w = ipc_core::codec::Writer::new(usize::MAX);
    w.tag(number);
    w.into_bytes()
}

/// Checks that to decode a `T` holds no more than the budget at any time, whatever comes of it.
fn within<T: for<'de> Decode<'de>>(bytes: &[u8], budget: Budget) -> Result<(), String> {
    let (outcome, taken) = measure(|| T::decode(&mut Reader::new(bytes, budget)).map(drop));
    if taken.peak <= budget.heap {
        return Ok(());
    }
    let some = &bytes[..bytes.len().min(40)];
    let (peak, heap) = (taken.peak, budget.heap);
    Err(format!(
        "{peak} bytes of heap, of {heap} allowed: {some:?} of {}: {outcome:?}",
        bytes.len()
    ))
}
