//! The systems that are measured without a rival's crate.

pub mod floor;
pub mod ours;
