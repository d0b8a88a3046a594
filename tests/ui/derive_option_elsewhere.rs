use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(tag = 1)]
struct Mod {
    #[ipc(crate = ipc_runtime)]
    id: String,
    #[ipc(oneway)]
    order: u8,
}

#[derive(Encode, Decode)]
enum Order {
    #[ipc(recursive)]
    Before,
    After(#[ipc(bound = "T: Clone")] u8, #[ipc(peer)] u8),
}

fn main() {}
