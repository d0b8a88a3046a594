//! A handler that blocks delays its own client only: `cargo run --example thread_per_client`.
//!
//! The server gives each client a thread with a stack of 64 KiB, and asks its caller something in
//! the middle of a call, which a loop could not wait for.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, Peer, ThreadedServer, service};

/// Offered by the client.
#[service]
trait Prompt {
    fn confirm(&mut self, question: &str) -> bool;
}

#[service]
trait Installer {
    /// Asks whoever calls before it does anything.
    fn install(&mut self, id: &str, #[ipc(peer)] peer: &mut Peer<'_>) -> bool;
    /// How many this client has had installed.
    fn installed(&mut self) -> u32;
}

/// One client's: it is made on that client's thread, and need not be `Send`.
#[derive(Default)]
struct Mine {
    installed: u32,
}

impl Installer for Mine {
    fn install(&mut self, id: &str, peer: &mut Peer<'_>) -> bool {
        let agreed = PromptClient::new(peer).confirm(&format!("install {id}?")) == Ok(true);
        if agreed {
            // Something that takes its time.
            thread::sleep(Duration::from_millis(400));
            self.installed += 1;
        }
        agreed
    }

    fn installed(&mut self) -> u32 {
        self.installed
    }
}

/// The client's side.
struct Yes;

impl Prompt for Yes {
    fn confirm(&mut self, question: &str) -> bool {
        println!("  the server asks: {question} yes");
        true
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = format!("thread-per-client-{}", std::process::id());
    let mut server = ThreadedServer::publish(&name)?;
    server.set_stack_size(64 * 1024);
    server.add(|| InstallerService(Mine::default()));
    let stop = server.handle();
    let serving = thread::spawn(move || server.run());

    let mut patient = Connection::open(&name)?;
    patient.add(PromptService(Yes))?;
    let installing = thread::spawn(move || InstallerClient::new(&mut patient).install("sonic.hd"));

    // Meanwhile, another client.
    let mut other = Connection::open(&name)?;
    let mut installer = InstallerClient::new(&mut other);
    let start = Instant::now();
    let mut calls = 0;
    while !installing.is_finished() {
        assert_eq!(installer.installed()?, 0, "each client has a service of its own");
        calls += 1;
    }
    println!("  installed: {}", installing.join().map_err(|_| "a panic")??);
    println!("{calls} calls of another client in {} ms", start.elapsed().as_millis());

    stop.stop();
    serving.join().map_err(|_| "a panic")??;
    println!("stopped");
    Ok(())
}
