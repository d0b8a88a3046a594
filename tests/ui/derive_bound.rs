use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(bound = "T: Clone)")]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Encode, Decode)]
#[ipc(bound = "T: Unknown")]
struct Other<T> {
    items: Vec<T>,
}

fn main() {}
