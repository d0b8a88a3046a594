use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
enum Order {
    #[ipc(tag = 4294967295)]
    Last,
    Beyond,
}

fn main() {}
