//! What the test suites share.

pub mod heap;
pub mod loader;
