//! nanomsg, its C library built in: a Req and a Rep socket over TCP.

#[path = "../../methods.rs"]
mod methods;

use std::io::{Read, Write};
use std::process::ExitCode;

use nanomsg::{Protocol, Socket};

/// It is told an address and tells none, so the port is a fixed one.
const ADDRESS: &str = "tcp://127.0.0.1:47113";

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let mut server = Socket::new(Protocol::Rep).ok()?;
    let _bound = server.bind(ADDRESS).ok()?;
    methods::spawn(move || {
        loop {
            let mut call = Vec::new();
            if server.read_to_end(&mut call).is_err() {
                return;
            }
            if let Some(answer) = methods::answer(&call) {
                let _ = server.write_all(&answer);
            }
        }
    })
    .ok()?;
    let mut client = Socket::new(Protocol::Req).ok()?;
    client.set_receive_timeout(5000).ok()?;
    let _connected = client.connect(ADDRESS).ok()?;
    Some(methods::right(|call| {
        client.write_all(call).ok()?;
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).ok()?;
        Some(reply)
    }))
}
