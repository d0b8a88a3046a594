//! essrpc: a trait of two methods over TCP with bincode, sync.

#[path = "../../methods.rs"]
mod methods;

use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use essrpc::transports::BincodeTransport;
use essrpc::{RPCClient, RPCError, RPCServer, essrpc};

#[essrpc]
pub trait Two {
    fn add(&self, a: u32, b: u32) -> Result<u32, RPCError>;
    fn hello(&self, name: String) -> Result<String, RPCError>;
}

struct Server;

impl Two for Server {
    fn add(&self, a: u32, b: u32) -> Result<u32, RPCError> {
        Ok(a.wrapping_add(b))
    }

    fn hello(&self, name: String) -> Result<String, RPCError> {
        let mut greeting = String::from("hello ");
        greeting.push_str(&name);
        Ok(greeting)
    }
}

fn main() -> ExitCode {
    if run() == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Option<bool> {
    let listener = TcpListener::bind(methods::LOCAL).ok()?;
    let address = listener.local_addr().ok()?;
    methods::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let _ = stream.set_nodelay(true);
            let _ = TwoRPCServer::new(Server, BincodeTransport::new(stream)).serve();
        }
    })
    .ok()?;
    let stream = TcpStream::connect(address).ok()?;
    stream.set_nodelay(true).ok()?;
    let client = TwoRPCClient::new(BincodeTransport::new(stream));
    Some(
        client.add(2, 40).ok()? == 42 && client.hello(String::from("world")).ok()? == "hello world",
    )
}
