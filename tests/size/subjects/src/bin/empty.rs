//! Floor: what any Rust program weighs.

fn main() {}
