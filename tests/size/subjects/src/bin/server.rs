//! The server alone, what a daemon bears: serves until it has greeted somebody. Run beside `client`.

#[path = "../two.rs"]
mod two;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use ipc_runtime::{Error, Server};
use two::{Here, Two, TwoService};

static GREETED: AtomicBool = AtomicBool::new(false);

struct Greeter;

impl Two for Greeter {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        Here.add(a, b)
    }

    fn hello(&mut self, name: &str) -> String {
        GREETED.store(true, Ordering::Relaxed);
        Here.hello(name)
    }
}

fn main() -> ExitCode {
    if run().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Result<(), Error> {
    let mut server = Server::publish(two::NAME)?;
    server.add(TwoService(Greeter))?;
    while !GREETED.load(Ordering::Relaxed) {
        server.poll(None)?;
    }
    Ok(())
}
