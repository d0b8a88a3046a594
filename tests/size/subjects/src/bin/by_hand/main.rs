//! What a careful author writes instead of using a library: an RPC of two methods,
//! `add(u32, u32) -> u32` and `hello(&str) -> String`, a mio server thread and a blocking client.
//! It checks what a server must check and does nothing else; the aim of `bare` is to be no larger.

mod client;
mod server;
mod wire;

use std::process::ExitCode;

use client::{Client, Error};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run() -> Result<bool, Error> {
    let mut client = Client::connect(server::spawn()?)?;
    Ok(client.add(2, 40)? == 42 && client.hello("world")? == "hello world")
}
