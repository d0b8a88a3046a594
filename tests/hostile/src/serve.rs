//! The server that is attacked: `hostile serve OPTION...`, until its input ends. Says its endpoint,
//! and when it is asked, what it has taken of the heap.

use std::io;
use std::thread;

use ipc_runtime::{Server, ServerLimits};

use crate::alloc;
use crate::keys::{Secret, secret};
use crate::process::Process;
use crate::target::{Counter, TargetService};

/// Options: `name=NAME` to publish itself, `stack=BYTES` of its thread, `handshakes=COUNT` at once,
/// `time=MILLISECONDS` for each of them.
pub fn main(options: &[&str]) {
    let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
    let name = option("name=").map(str::to_owned);
    let stack = option("stack=").map_or(256 * 1024, |bytes| bytes.parse().expect("a number"));
    let mut limits = ServerLimits::DEFAULT;
    if let Some(count) = option("handshakes=") {
        limits.handshakes = count.parse().expect("a number");
    }
    if let Some(time) = option("time=") {
        limits.handshake_time = time.parse().expect("a number");
    }
    let work = move || {
        let server = match &name {
            Some(name) => Server::publish(name),
            None => Server::unpublished(),
        };
        let mut server = match server {
            Ok(server) => server,
            Err(error) => return println!("error: {error}"),
        };
        server.set_limits(limits);
        server.add(TargetService(Counter::default())).expect("it is the only one");
        println!("{}", server.endpoint().expect("it has a key"));
        let handle = server.handle().expect("a waker");
        thread::spawn(move || {
            for line in io::stdin().lines().map_while(Result::ok) {
                assert_eq!(line, "heap");
                let held = alloc::held();
                let (peak, largest) = alloc::lap();
                println!("{held} {peak} {largest}");
            }
            handle.stop();
        });
        server.run().expect("the loop goes on");
    };
    let thread = thread::Builder::new().stack_size(stack).spawn(work).expect("a thread");
    thread.join().expect("nothing that a client does ends it");
}

/// A server process.
pub struct Served {
    pub process: Process,
    pub endpoint: String,
}

/// What a server has taken of the heap since it was asked last.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    pub held: usize,
    pub peak: usize,
    pub largest: usize,
}

impl Served {
    pub fn start(options: &[&str]) -> Served {
        Served::of(Process::start(&[&["serve"], options].concat()))
    }

    pub fn of(mut process: Process) -> Served {
        let endpoint = process.line();
        assert!(endpoint.len() == 96, "no server: {endpoint}");
        Served { process, endpoint }
    }

    pub fn secret(&self) -> Secret {
        secret(&self.endpoint)
    }

    pub fn port(&self) -> u16 {
        self.secret().port
    }

    pub fn heap(&mut self) -> Heap {
        let said = self.process.ask("heap");
        let mut numbers = said.split(' ').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("three numbers");
        Heap { held: next(), peak: next(), largest: next() }
    }
}
