use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc]
struct Mod {
    #[ipc = "recursive"]
    id: String,
    #[ipc()]
    other: u8,
    #[ipc[recursive]]
    third: u8,
}

fn main() {}
