//! The rows of the catalogue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::report::Report;

mod browser;
mod bytes;
mod churn;
mod crowd;
mod descriptors;
mod handshake;
mod noise;
mod ports;
mod proofs;
mod reader;
mod slow;
mod squatter;
mod start;
mod strangers;

pub use crowd::come_and_go;
pub use ports::{no_port, oneself};
pub use squatter::main as open;
pub use strangers::STRANGERS;

type Row = fn(&mut Report);

const ROWS: [(&str, &str, Row); 18] = [
    ("R11", "10,000 silent connections", crowd::row),
    ("R12", "a byte a second", slow::row),
    ("R13", "lengths that cannot be", bytes::lengths),
    ("R14", "nesting, on a small stack", bytes::nesting),
    ("R15", "allocation bombs", bytes::bombs),
    ("R16", "values that are none", bytes::values),
    ("R17", "random frames after the handshake", noise::row),
    ("R18", "other protocols", strangers::row),
    ("R18b", "a browser", browser::row),
    ("R19", "handshakes without the key", handshake::row),
    ("R19b", "what a handshake's bits are worth", proofs::row),
    ("R20", "a squatter on a dead server's port", squatter::row),
    ("R22", "a client that never reads", reader::row),
    ("R25", "slots used again and again", churn::row),
    ("R28", "no descriptors left", descriptors::row),
    ("R29", "no port to be had", ports::taken),
    ("R30", "connections to oneself", ports::own),
    ("R35", "clients that come before the server", start::row),
];

/// Runs those that are wanted, or all.
pub fn main(wanted: &[&str]) -> ExitCode {
    for name in wanted {
        assert!(ROWS.iter().any(|(row, ..)| row == name), "no such row: {name}");
    }
    let mut report = Report::default();
    for (name, what, row) in ROWS {
        if wanted.is_empty() || wanted.contains(&name) {
            report.row(name, what);
            let outcome = catch_unwind(AssertUnwindSafe(|| row(&mut report)));
            if outcome.is_err() {
                report.check(false, "the row came to its end");
            }
        }
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
