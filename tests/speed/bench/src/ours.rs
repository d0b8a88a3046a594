//! The library, as its users have it: generated stubs, and a key that both sides prove.

use std::time::Duration;

use driver::Side;
use ipc_runtime::{Connection, Limits, Server, ServerLimits, service};

/// Echoes are of a MiB, and a frame has a head too.
const FRAME: usize = 2 * 1024 * 1024;
/// Under which it is published where it listens on a Unix-domain socket too.
const NAME: &str = "speed";

#[service]
pub trait Bench {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn echo(&mut self, payload: &[u8]) -> Vec<u8>;
    fn len(&mut self, text: &str) -> u32;
}

pub struct Here;

impl Bench for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn echo(&mut self, payload: &[u8]) -> Vec<u8> {
        payload.to_vec()
    }

    fn len(&mut self, text: &str) -> u32 {
        u32::try_from(text.len()).unwrap_or(u32::MAX)
    }
}

pub fn serve(system: &str) {
    let mut server = if is_local(system) { Server::publish(NAME) } else { Server::unpublished() }
        .expect("a free port");
    if is_local(system) {
        server.listen_local().expect("a socket");
    }
    server.set_limits(limits());
    server.add(BenchService(Here)).expect("a name that is free");
    println!(
        "{}",
        if is_local(system) { NAME.to_owned() } else { server.endpoint().expect("it has a key") }
    );
    if sleeps(system) {
        server.set_spin(Duration::ZERO);
    }
    server.run().expect("the system can wait");
}

/// The defaults, but for what the suite asks for more of.
pub fn limits() -> ServerLimits {
    let connection = Limits { frame: FRAME, ..Limits::DEFAULT };
    ServerLimits { connection, clients: 20_000, ..ServerLimits::DEFAULT }
}

fn sleeps(system: &str) -> bool {
    system == "ours_sleep"
}

fn is_local(system: &str) -> bool {
    system == "ours_unix"
}

pub fn connect(system: &str, address: &str) -> Box<dyn Side> {
    let mut connection = if is_local(system) {
        Connection::open_local(address, Duration::from_secs(5))
    } else {
        Connection::open_endpoint(address)
    }
    .expect("the server is there");
    connection.set_limits(limits().connection);
    if sleeps(system) {
        connection.set_spin(Duration::ZERO);
    }
    Box::new(Ours { connection, most: 0 })
}

struct Ours {
    connection: Connection,
    /// Calls that may be in flight; 0 until there are any.
    most: usize,
}

impl Side for Ours {
    fn add(&mut self) {
        let sum = BenchClient::new(&mut self.connection).add(2, 40);
        assert_eq!(sum.expect("an answer"), 42);
    }

    fn echo(&mut self, payload: &[u8]) {
        let echo = BenchClient::new(&mut self.connection).echo(payload);
        assert_eq!(echo.expect("an answer").len(), payload.len());
    }

    fn batch(&mut self, calls: usize) {
        if self.most != calls {
            self.most = calls;
            self.connection.set_in_flight(calls);
        }
        let mut started = Vec::with_capacity(calls);
        let mut bench = BenchCalls::new(&mut self.connection);
        for _ in 0..calls {
            started.push(bench.add(2, 40).expect("it is sent"));
        }
        for call in started {
            assert_eq!(call.wait(&mut self.connection).expect("an answer"), 42);
        }
    }
}
