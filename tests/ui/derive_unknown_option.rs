use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(nmae = "Old", rename_all = "camelCase")]
struct Mod {
    #[ipc(recursve)]
    id: String,
    #[ipc(skip)]
    cache: u8,
}

#[derive(Encode, Decode)]
enum Order {
    #[ipc(Tag = 1)]
    Before,
    #[ipc(index = 2)]
    After,
}

fn main() {}
