//! What holds for the codec whatever the value and whatever the bytes.

mod types;

mod canonical;
mod depth;
mod heap;
mod lent;
mod schema;
mod writer;

#[global_allocator]
static HEAP: tests::heap::Heap = tests::heap::Heap;
