//! Sets and maps: a count, then the entries, keys strictly ascending (WIRE.md §3.5).
//!
//! The order is that of the key's `Ord`. Hash maps are sorted when they are sent; what comes in
//! any other order, or twice, is refused. So here too one value has one encoding.

use alloc::collections::{BTreeMap, BTreeSet};

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

impl<K: Encode, V: Encode> Encode for BTreeMap<K, V> {
    const SCHEMA: Schema = Schema::of("map", &[K::SCHEMA, V::SCHEMA]);

    fn encode(&self, w: &mut Writer) {
        w.count(self.len());
        for (key, value) in self {
            key.encode(w);
            value.encode(w);
        }
    }
}

impl<K: Encode> Encode for BTreeSet<K> {
    const SCHEMA: Schema = Schema::of("set", &[K::SCHEMA]);

    fn encode(&self, w: &mut Writer) {
        w.count(self.len());
        for key in self {
            key.encode(w);
        }
    }
}

impl<'de, K: Decode<'de> + Ord, V: Decode<'de>> Decode<'de> for BTreeMap<K, V> {
    const MIN_LEN: usize = 1;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let count = r.count::<(K, V)>()?;
        charge_tree(r, count, size_of::<(K, V)>())?;
        let mut map = BTreeMap::new();
        for _ in 0..count {
            let key = K::decode(r)?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(DecodeError::NotAscending);
            }
            map.insert(key, V::decode(r)?);
        }
        Ok(map)
    }
}

impl<'de, K: Decode<'de> + Ord> Decode<'de> for BTreeSet<K> {
    const MIN_LEN: usize = 1;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let count = r.count::<K>()?;
        charge_tree(r, count, size_of::<K>())?;
        let mut set = BTreeSet::new();
        for _ in 0..count {
            let key = K::decode(r)?;
            if set.last().is_some_and(|last| *last >= key) {
                return Err(DecodeError::NotAscending);
            }
            set.insert(key);
        }
        Ok(set)
    }
}

/// A B-tree's nodes hold 11 entries and are at least 5 full, one in six of them with 12 links.
fn charge_tree(r: &mut Reader<'_>, count: usize, entry: usize) -> Result<(), DecodeError> {
    match count {
        0 => Ok(()),
        _ => r.charge((count / 5 + 1).saturating_mul(11 * entry + 6 * size_of::<usize>())),
    }
}

#[cfg(feature = "std")]
mod hashed {
    use std::collections::{HashMap, HashSet};
    use std::hash::{BuildHasher, Hash};
    use std::vec::Vec;

    use super::{BTreeMap, BTreeSet, Decode, DecodeError, Encode, Reader, Schema, Writer};

    impl<K: Encode + Ord, V: Encode, S> Encode for HashMap<K, V, S> {
        const SCHEMA: Schema = BTreeMap::<K, V>::SCHEMA;

        fn encode(&self, w: &mut Writer) {
            let mut entries: Vec<(&K, &V)> = self.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            w.count(entries.len());
            for (key, value) in entries {
                key.encode(w);
                value.encode(w);
            }
        }
    }

    impl<K: Encode + Ord, S> Encode for HashSet<K, S> {
        const SCHEMA: Schema = BTreeSet::<K>::SCHEMA;

        fn encode(&self, w: &mut Writer) {
            let mut keys: Vec<&K> = self.iter().collect();
            keys.sort_unstable();
            w.count(keys.len());
            for key in keys {
                key.encode(w);
            }
        }
    }

    impl<'de, K, V, S> Decode<'de> for HashMap<K, V, S>
    where
        K: Decode<'de> + Ord + Hash,
        V: Decode<'de>,
        S: BuildHasher + Default,
    {
        const MIN_LEN: usize = 1;

        fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
            Ok(ascending(r, |(key, _): &(K, V)| key)?.into_iter().collect())
        }
    }

    impl<'de, K, S> Decode<'de> for HashSet<K, S>
    where
        K: Decode<'de> + Ord + Hash,
        S: BuildHasher + Default,
    {
        const MIN_LEN: usize = 1;

        fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
            Ok(ascending(r, |key: &K| key)?.into_iter().collect())
        }
    }

    /// Reads entries into a list, where their order can be checked: the table forgets it.
    fn ascending<'de, T: Decode<'de>, K: Ord>(
        r: &mut Reader<'de>,
        key: fn(&T) -> &K,
    ) -> Result<Vec<T>, DecodeError> {
        let count = r.count::<T>()?;
        charge_table(r, count, size_of::<T>())?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let entry = T::decode(r)?;
            if entries.last().is_some_and(|last| key(last) >= key(&entry)) {
                return Err(DecodeError::NotAscending);
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// A hash table's slots are a power of two, at most 7/8 full, a byte of control for each and
    /// 16 more. Three times as many again make up for the least that a small table has.
    fn charge_table(r: &mut Reader<'_>, count: usize, entry: usize) -> Result<(), DecodeError> {
        match count {
            0 => Ok(()),
            _ => r.charge(
                (count.max(2) * 8 / 7 + 1).next_power_of_two().saturating_mul(entry + 1) + 48,
            ),
        }
    }
}
