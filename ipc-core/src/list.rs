//! Lists that grow by code which is there once, and not for each type.

use alloc::vec::Vec;

/// As [`Vec::push`], whose code to grow the list is another for each type: 60 bytes less.
#[inline]
pub fn push<T>(list: &mut Vec<T>, item: T) {
    list.extend(Some(item));
}
