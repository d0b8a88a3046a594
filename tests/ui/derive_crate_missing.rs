use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(crate = renamed)]
struct Mod {
    id: String,
}

fn main() {}
