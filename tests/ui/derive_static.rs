use std::borrow::Cow;
use std::marker::PhantomData;

use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
struct Mod {
    id: &'static str,
    tags: Vec<(u8, Option<&'static [u8]>)>,
    kind: PhantomData<&'static str>,
}

#[derive(Encode, Decode)]
enum Change {
    Renamed { to: Cow<'static, str> },
    Removed,
}

// What is only sent lives as long as it likes.
#[derive(Encode)]
struct Sent {
    id: &'static str,
}

fn main() {}
