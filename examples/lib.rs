//! A small mod loader, which the examples serve and call.

pub mod folder;
pub mod loader;
