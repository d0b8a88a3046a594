use ipc_runtime::{Decode, Encode};

struct Inner;

#[derive(Encode, Decode)]
struct Named {
    id: String,
    inner: Inner,
    list: Vec<Inner>,
}

#[derive(Encode, Decode)]
struct Tuple(u8, Inner);

#[derive(Encode, Decode)]
enum Either {
    Left(Inner),
    Right { inner: Option<Inner> },
}

fn main() {}
