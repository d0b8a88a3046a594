//! What the macros say of a mistake: one file of `ui` for each family.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes what is said now.

#[test]
fn mistakes_are_told_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
