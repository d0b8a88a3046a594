//! What the macros say of a mistake: one file of `ui` for each family.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes what is said now.

#[test]
#[cfg_attr(
    not(all(unix, target_pointer_width = "64")),
    ignore = "on 64 bits and Unix alone, as the compiler is the same"
)]
fn mistakes_are_told_where_they_are_made() {
    #[cfg(all(unix, target_pointer_width = "64"))]
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
