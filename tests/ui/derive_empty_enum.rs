use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
enum Never {}

fn main() {}
