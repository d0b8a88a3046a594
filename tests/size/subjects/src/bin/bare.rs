//! The two methods of `by_hand` through the library: a server on its own thread and a client, with
//! no key between them. The goal is to be no larger than `by_hand`.

#[path = "../apart.rs"]
mod apart;

use std::process::ExitCode;

use ipc_runtime::service;

#[service]
trait Two {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn hello(&mut self, name: &str) -> String;
}

struct Here;

impl Two for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn hello(&mut self, name: &str) -> String {
        let mut greeting = String::from("hello ");
        greeting.push_str(name);
        greeting
    }
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut connection = apart::connect(|server| server.add(TwoService(Here)))?;
    let mut two = TwoClient::new(&mut connection);
    Some(two.add(2, 40).ok()? == 42 && two.hello("world").ok()? == "hello world")
}
