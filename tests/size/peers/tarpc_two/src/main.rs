//! tarpc: a service of two methods over TCP with bincode, on a current-thread runtime.

#[path = "../../methods.rs"]
mod methods;

use std::process::ExitCode;

use futures::StreamExt;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};

#[tarpc::service]
trait Two {
    async fn add(a: u32, b: u32) -> u32;
    async fn hello(name: String) -> String;
}

#[derive(Clone)]
struct Server;

impl Two for Server {
    async fn add(self, _: context::Context, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn hello(self, _: context::Context, name: String) -> String {
        let mut greeting = String::from("hello ");
        greeting.push_str(&name);
        greeting
    }
}

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    if runtime.block_on(run()) == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run() -> Option<bool> {
    let mut listener = serde_transport::tcp::listen(methods::LOCAL, Bincode::default).await.ok()?;
    let address = listener.local_addr();
    tokio::spawn(async move {
        while let Some(Ok(transport)) = listener.next().await {
            let calls = BaseChannel::with_defaults(transport).execute(Server.serve());
            tokio::spawn(calls.for_each(|call| async {
                tokio::spawn(call);
            }));
        }
    });
    let transport = serde_transport::tcp::connect(address, Bincode::default).await.ok()?;
    let client = TwoClient::new(client::Config::default(), transport).spawn();
    let sum = client.add(context::current(), 2, 40).await.ok()?;
    let greeting = client.hello(context::current(), String::from("world")).await.ok()?;
    Some(sum == 42 && greeting == "hello world")
}
