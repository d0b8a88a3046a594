//! Lists that grow by code which is there once, and not for each type.

use alloc::vec::Vec;

/// As [`Vec::push`], whose code to grow the list is another for each type: 60 bytes less.
#[inline]
pub fn push<T>(list: &mut Vec<T>, item: T) {
    list.extend(Some(item));
}

/// As [`Vec::extend_from_slice`], where that is not worth having it in place.
#[inline(never)]
pub(crate) fn append(list: &mut Vec<u8>, bytes: &[u8]) {
    list.extend_from_slice(bytes);
}
