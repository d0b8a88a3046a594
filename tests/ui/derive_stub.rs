// The stub that follows a mistake takes the place of the impl: only the mistake is told.
use ipc_runtime::{Decode, Encode};

#[derive(Encode, Decode)]
#[ipc(rename = "Old")]
struct Page<'a, T> {
    title: &'a str,
    items: Vec<T>,
}

#[derive(Encode, Decode)]
struct Uses<'a> {
    page: Page<'a, u8>,
}

fn decoded<'a, T: Encode + Decode<'a>>() {}

fn main() {
    decoded::<Page<'_, u8>>();
    decoded::<Uses<'_>>();
}
