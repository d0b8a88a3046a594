//! The two methods of `by_hand` through the library: a server on its own thread and a client, with
//! no key between them. The goal is to be no larger than `by_hand`.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::{self, Builder};

use ipc_runtime::{Connection, Server, service};

const STACK: usize = 64 * 1024;
/// Where the server listens, once it does.
static PORT: AtomicU16 = AtomicU16::new(0);

#[service]
trait Two {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn hello(&mut self, name: &str) -> String;
}

struct Here;

impl Two for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn hello(&mut self, name: &str) -> String {
        let mut greeting = String::from("hello ");
        greeting.push_str(name);
        greeting
    }
}

fn main() -> ExitCode {
    match run() {
        Some(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run() -> Option<bool> {
    Builder::new().stack_size(STACK).spawn(serve).ok()?;
    let port = loop {
        match PORT.load(Ordering::Acquire) {
            0 => thread::yield_now(),
            port => break port,
        }
    };
    let mut connection =
        Connection::connect_trusting_all(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).ok()?;
    let mut two = TwoClient::new(&mut connection);
    Some(two.add(2, 40).ok()? == 42 && two.hello("world").ok()? == "hello world")
}

fn serve() -> Option<()> {
    let mut server =
        Server::bind_trusting_all(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).ok()?;
    server.add(TwoService(Here)).ok()?;
    PORT.store(server.address().ok()?.port(), Ordering::Release);
    server.run().ok()
}
