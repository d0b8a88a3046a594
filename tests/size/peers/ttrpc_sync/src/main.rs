//! ttrpc, sync: a service of two methods over TCP.

#[allow(warnings, reason = "generated")]
mod two {
    include!(concat!(env!("OUT_DIR"), "/two.rs"));
}
#[allow(warnings, reason = "generated")]
mod two_ttrpc {
    include!(concat!(env!("OUT_DIR"), "/two_ttrpc.rs"));
}

use std::process::ExitCode;
use std::sync::Arc;

use ttrpc::context;
use ttrpc::sync::{Client, Server, TtrpcContext};
use two::{AddCall, Greeting, HelloCall, Sum};
use two_ttrpc::{Two, TwoClient, create_two};

/// It is told an address and tells none, so the port is a fixed one.
const ADDRESS: &str = "tcp://127.0.0.1:47115";

struct Here;

impl Two for Here {
    fn add(&self, _: &TtrpcContext, call: AddCall) -> ttrpc::Result<Sum> {
        Ok(Sum { sum: call.a.wrapping_add(call.b), ..Default::default() })
    }

    fn hello(&self, _: &TtrpcContext, call: HelloCall) -> ttrpc::Result<Greeting> {
        let mut greeting = String::from("hello ");
        greeting.push_str(&call.name);
        Ok(Greeting { greeting, ..Default::default() })
    }
}

fn main() -> ExitCode {
    let right = run() == Some(true);
    // The server's threads are not waited for: dropping it blocks until its clients are gone.
    std::process::exit(if right { 0 } else { 1 })
}

fn run() -> Option<bool> {
    let mut server = Server::new().bind(ADDRESS).ok()?.register_service(create_two(Arc::new(Here)));
    server.start().ok()?;
    let client = TwoClient::new(Client::connect(ADDRESS).ok()?);
    let sum = client
        .add(context::Context::default(), &AddCall { a: 2, b: 40, ..Default::default() })
        .ok()?;
    let call = HelloCall { name: String::from("world"), ..Default::default() };
    let greeting = client.hello(context::Context::default(), &call).ok()?;
    std::mem::forget(server);
    Some(sum.sum == 42 && greeting.greeting == "hello world")
}
