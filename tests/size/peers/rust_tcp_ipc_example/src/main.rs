//! rust_tcp_ipc as its own example uses it: addresses as text, busy states, messages and results
//! printed with `{:?}`, `expect`, a shutdown. The example of the package is commented out, so this
//! follows its steps with today's names; the two methods are the calls.

#[path = "../../methods.rs"]
mod methods;
#[path = "../../rust_tcp_ipc_minimal/src/protocol.rs"]
mod protocol;

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use protocol::{Bytes, Command, Idle};
use rust_tcp_ipc::{BusyStateUpdateResult, TcpIpc, TcpIpcConfig};

/// As text and of a fixed port, like the example's.
const ADDRESS: &str = "127.0.0.1:47114";

fn config() -> TcpIpcConfig {
    TcpIpcConfig {
        after_connect_wait_time: Some(Duration::from_millis(5)),
        read_iteration_wait_time: Some(Duration::from_micros(1)),
        shutdown_wait_time: Some(Duration::from_millis(10)),
        check_count: 1,
    }
}

fn main() -> ExitCode {
    let server_receiver = start_server();
    thread::sleep(Duration::from_millis(100));
    let mut client = TcpIpc::<Bytes>::client(ADDRESS, config(), Some(Duration::from_secs(5)))
        .expect("connecting failed");
    assert_eq!(client.update_busy_state(Idle), BusyStateUpdateResult::Success);
    let right = methods::right(|call| {
        client.write_message(Command::Call, call).expect("writing failed");
        let message = client
            .await_message(Duration::from_secs(5), Some(Duration::from_micros(1)))
            .expect("reading failed");
        println!("{message:?}");
        Some(message?.1)
    });
    client.shutdown().expect("Shutdown failed.");
    loop {
        use mpsc::RecvTimeoutError::{Disconnected, Timeout};
        match server_receiver.recv_timeout(Duration::from_millis(500)) {
            Ok(()) => break,
            Err(Timeout) => println!("waiting"),
            Err(Disconnected) => panic!("disconnected"),
        }
    }
    println!("finished");
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn start_server() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut server = TcpIpc::<Bytes>::server(ADDRESS, config()).expect("binding failed");
        println!("server connected");
        for _ in 0..2 {
            let message = server
                .await_message(Duration::from_secs(5), Some(Duration::from_micros(1)))
                .expect("reading failed");
            println!("{message:?}");
            let (command, call) = message.expect("no message");
            let answer = methods::answer(&call).expect("no such call");
            server.write_message(command, &answer).expect("writing failed");
        }
        println!("Server closed");
        sender.send(()).expect("Server finished send failed.");
    });
    receiver
}
