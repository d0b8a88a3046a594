//! `bare` by the default path: the server is published by name, the client finds it and makes it
//! prove that it is the one; keys, deadlines and limits are in force.

#[path = "../two.rs"]
mod two;

use std::process::ExitCode;
use std::thread::Builder;

use ipc_runtime::{Connection, Error, Server};
use two::{Here, TwoClient, TwoService};

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    Builder::new().stack_size(two::STACK).spawn(serve).ok()?;
    let mut connection = Connection::open(two::NAME).ok()?;
    let mut two = TwoClient::new(&mut connection);
    Some(two.add(2, 40).ok()? == 42 && two.hello("world").ok()? == "hello world")
}

fn serve() -> Result<(), Error> {
    let mut server = Server::publish(two::NAME)?;
    server.add(TwoService(Here))?;
    server.run()
}
