//! What the test suites share.

pub mod desk;
pub mod heap;
pub mod loader;
