use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
struct Mod {
    id: String,
    #[ipc(name = "id")]
    other: String,
}

#[derive(Encode, Decode)]
enum Order {
    #[ipc(name = "After")]
    Before,
    After,
    Named {
        #[ipc(name = "b")]
        a: u8,
        b: u8,
    },
}

fn main() {}
