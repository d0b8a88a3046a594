//! The two methods of `by_hand` through the library: a server on its own thread and a client, with
//! no key between them. The goal is to be no larger than `by_hand`.

#[path = "../apart.rs"]
mod apart;
#[path = "../two.rs"]
mod two;

use std::process::ExitCode;

use two::{Here, TwoClient, TwoService};

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut connection = apart::connect(|server| server.add(TwoService(Here)))?;
    let mut two = TwoClient::new(&mut connection);
    Some(two.add(2, 40).ok()? == 42 && two.hello("world").ok()? == "hello world")
}
