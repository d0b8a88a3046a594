use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
union Bits {
    float: f32,
    int: u32,
}

fn main() {}
