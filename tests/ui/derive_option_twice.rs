use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(name = "Old", name = "Older")]
struct Mod {
    #[ipc(recursive)]
    #[ipc(recursive, name = "a")]
    id: Vec<u8>,
}

fn main() {}
