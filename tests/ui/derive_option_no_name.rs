use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc("Old")]
struct Mod {
    #[ipc(= 1, name = "a")]
    id: String,
}

fn main() {}
