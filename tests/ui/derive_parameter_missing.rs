use ipc_runtime::{Decode, Encode};

struct Inner;

#[derive(Encode, Decode)]
struct Page<T> {
    items: Vec<T>,
}

fn encodable<T: Encode>() {}

fn decodable<T: for<'a> Decode<'a>>() {}

fn uses() {
    encodable::<Page<u8>>();
    decodable::<Page<u8>>();
    encodable::<Page<Inner>>();
    decodable::<Page<Inner>>();
}

fn main() {}
