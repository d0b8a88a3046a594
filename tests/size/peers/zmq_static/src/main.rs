//! zmq, its C++ library built in: a REQ and a REP socket over TCP.

#[path = "../../methods.rs"]
mod methods;

use std::process::ExitCode;

use zmq::{Context, REP, REQ};

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let context = Context::new();
    let server = context.socket(REP).ok()?;
    server.bind("tcp://127.0.0.1:*").ok()?;
    let address = server.get_last_endpoint().ok()?.ok()?;
    methods::spawn(move || {
        while let Ok(call) = server.recv_bytes(0) {
            if server.send(methods::answer(&call).unwrap_or_default(), 0).is_err() {
                return;
            }
        }
    })
    .ok()?;
    let client = context.socket(REQ).ok()?;
    client.set_rcvtimeo(5000).ok()?;
    client.connect(&address).ok()?;
    let right = methods::right(|call| {
        client.send(call, 0).ok()?;
        client.recv_bytes(0).ok()
    });
    // Dropping the context would wait for the server's socket.
    std::process::exit(if right { 0 } else { 1 })
}
