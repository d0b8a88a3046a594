use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
struct Page<#[ipc(name = "Item")] T> {
    items: Vec<T>,
}

fn main() {}
