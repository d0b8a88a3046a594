//! zeromq, the pure Rust one: a REQ and a REP socket over TCP on a current-thread runtime.

#[path = "../../methods.rs"]
mod methods;

use std::process::ExitCode;

use zeromq::{RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    if runtime.block_on(run()) == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run() -> Option<bool> {
    let mut server = RepSocket::new();
    let address = server.bind("tcp://127.0.0.1:0").await.ok()?.to_string();
    tokio::spawn(async move {
        while let Ok(call) = server.recv().await {
            let answer = call.get(0).and_then(|call| methods::answer(call)).unwrap_or_default();
            if server.send(ZmqMessage::from(answer)).await.is_err() {
                return;
            }
        }
    });
    let mut client = ReqSocket::new();
    client.connect(&address).await.ok()?;
    let mut answers = Vec::new();
    for call in methods::calls() {
        client.send(ZmqMessage::from(call)).await.ok()?;
        answers.push(client.recv().await.ok()?.get(0)?.to_vec());
    }
    Some(answers == methods::answers())
}
