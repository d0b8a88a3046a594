use ipc_runtime::{Decode, Encode};

#[derive(Encode)]
struct Sent;

#[derive(Encode, Decode)]
struct Both {
    sent: Sent,
}

fn main() {}
