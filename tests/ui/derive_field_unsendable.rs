use ipc_runtime::{Decode, Encode};

use std::rc::Weak;

#[derive(Encode, Decode)]
struct Mod {
    callback: fn(u8) -> u8,
    parent: Weak<u8>,
    handler: Box<dyn Fn()>,
}

fn main() {}
