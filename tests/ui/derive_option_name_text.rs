use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(name = "")]
struct Mod {
    #[ipc(name = "a\tb")]
    id: String,
    #[ipc(name = b"bytes")]
    other: String,
}

fn main() {}
