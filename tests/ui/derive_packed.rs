use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[repr(C, packed(2))]
struct Header {
    kind: u8,
    len: u32,
}

fn main() {}
