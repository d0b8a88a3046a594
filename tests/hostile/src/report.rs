//! What was checked, and how it came out.

use std::fmt::Display;

#[derive(Default)]
pub struct Report {
    passed: u32,
    failed: Vec<String>,
    row: &'static str,
}

impl Report {
    /// What follows is about this row.
    pub fn row(&mut self, row: &'static str, what: &str) {
        self.row = row;
        println!("\n{row}  {what}");
    }

    /// Shows a figure.
    pub fn say(&self, what: impl Display) {
        println!("      {what}");
    }

    /// Checks, and shows what it is about, figures and all.
    pub fn check(&mut self, holds: bool, what: impl Display) {
        println!("  {} {what}", if holds { " ok " } else { "FAIL" });
        if holds {
            self.passed += 1;
        } else {
            self.failed.push(format!("{}: {what}", self.row));
        }
    }

    /// The end: whether all is well.
    pub fn is_good(&self) -> bool {
        println!();
        for what in &self.failed {
            println!("FAILED {what}");
        }
        println!("{} passed, {} failed", self.passed, self.failed.len());
        self.failed.is_empty()
    }
}
