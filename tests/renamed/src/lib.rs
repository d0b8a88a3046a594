//! A hostile place for generated code: the library has another name here, there is no prelude and
//! no std, common names mean something else, and every lint that might find fault is an error.
#![no_std]
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, future_incompatible, nonstandard_style, rust_2018_idioms, unused)]
#![deny(missing_debug_implementations, unreachable_pub, unused_qualifications, unused_lifetimes)]
#![deny(single_use_lifetimes, trivial_casts, trivial_numeric_casts, unused_results)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, let_underscore_drop)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::cargo)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::unreachable)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::missing_inline_in_public_items
)]
#![allow(clippy::cargo_common_metadata, reason = "this package is not published")]
#![allow(
    clippy::use_self,
    reason = "a nursery lint: takes field types, which an impl repeats, for ours"
)]

extern crate alloc;

/// Names that generated code might mean, and must not.
pub mod misleading;
/// Services, public and not.
pub mod services;
/// Structs and enums of every shape.
pub mod types;
