//! The client alone, what a game's DLL bears. Run beside `server`.

#[path = "../two.rs"]
mod two;

use std::process::ExitCode;

use ipc_runtime::Connection;
use two::TwoClient;

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut connection = Connection::open(two::NAME).ok()?;
    let mut two = TwoClient::new(&mut connection);
    Some(two.add(2, 40).ok()? == 42 && two.hello("world").ok()? == "hello world")
}
