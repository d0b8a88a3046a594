use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(name, bound = T, crate = "ipc_runtime")]
struct Mod {
    #[ipc(name = 5)]
    id: String,
    #[ipc(recursive = true)]
    list: Vec<u8>,
    #[ipc(recursive(yes))]
    other: Vec<u8>,
}

#[derive(Encode, Decode)]
enum Order {
    #[ipc(tag = "1")]
    A,
    #[ipc(tag = -1)]
    B,
    #[ipc(tag = 4294967296)]
    C,
    #[ipc(tag)]
    D,
    #[ipc(tag = 1 + 1)]
    E,
    #[ipc(tag 7)]
    F,
}

fn main() {}
