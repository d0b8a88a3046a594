//! rust_tcp_ipc: one `TcpIpc` on each side, each with the reading thread that it starts.

#[path = "../../methods.rs"]
mod methods;
mod protocol;

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use protocol::Bytes;
use rust_tcp_ipc::{TcpIpc, TcpIpcConfig};

const CONFIG: TcpIpcConfig = TcpIpcConfig {
    after_connect_wait_time: None,
    read_iteration_wait_time: Some(Duration::from_micros(100)),
    shutdown_wait_time: None,
    check_count: 1,
};

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    // Its server takes an address and tells no port: a free one is found for it.
    let address = TcpListener::bind(methods::LOCAL).ok()?.local_addr().ok()?;
    methods::spawn(move || {
        serve(address);
    })
    .ok()?;
    let mut client = (0..100).find_map(|_| {
        thread::sleep(Duration::from_millis(10));
        TcpIpc::<Bytes>::client(address, CONFIG, None).ok()
    })?;
    Some(methods::right(|call| {
        client.write_message(protocol::Command::Call, call).ok()?;
        Some(message(&mut client)?.1)
    }))
}

/// Serves one client: all that it can.
fn serve(address: SocketAddr) -> Option<()> {
    let mut server = TcpIpc::<Bytes>::server(address, CONFIG).ok()?;
    loop {
        let (command, call) = message(&mut server)?;
        server.write_message(command, &methods::answer(&call)?).ok()?;
    }
}

fn message(ipc: &mut TcpIpc<Bytes>) -> Option<(protocol::Command, Vec<u8>)> {
    ipc.await_message(Duration::from_secs(5), Some(Duration::from_micros(100))).ok()?
}
