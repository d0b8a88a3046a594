use std::marker::PhantomData;

use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
struct Page<'a, T, U = u8, const N: usize = 4>
where
    T: Clone,
{
    title: &'a str,
    items: [T; N],
    of: PhantomData<U>,
}

/// The name for the received bytes is taken.
#[derive(Encode, Decode)]
struct Text<'de>(&'de str);

#[derive(Encode, Decode)]
#[ipc(bound = "K::Value: Encode + for<'a> Decode<'a>")]
struct Of<K: Kind>(K::Value);
