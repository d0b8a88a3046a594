//! Two sessions and nothing between them but bytes.

mod ends;
mod store;

mod deferred;
mod faults;
mod limits;
mod lines;
mod peers;
mod replies;
mod splits;
mod texts;

#[global_allocator]
static HEAP: tests::heap::Heap = tests::heap::Heap;
