use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
enum Order {
    First,
    Second,
    #[ipc(tag = 0)]
    Third,
    Fourth,
    #[ipc(tag = 7)]
    Fifth,
    #[ipc(tag = 7)]
    Sixth,
}

fn main() {}
