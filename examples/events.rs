//! A server tells everybody who wants to know: `cargo run --example events`.

use std::error::Error;
use std::time::Duration;

use ipc_runtime::{Connection, Peer, PeerHandle, Server, Slow, Subscribers, service};

/// What the server offers.
#[service]
pub trait Volume {
    /// Tells the caller the volume, now and whenever it changes.
    fn watch(&mut self, #[ipc(peer)] handle: PeerHandle, #[ipc(peer)] peer: &mut Peer<'_>);
    /// Sets it.
    fn set(&mut self, percent: u32);
}

/// What those who watch offer to the server.
#[service]
pub trait Watcher {
    /// The volume is this now.
    #[ipc(oneway)]
    fn volume(&mut self, percent: u32);
}

struct Mixer {
    percent: u32,
    watchers: Subscribers,
}

impl Volume for Mixer {
    fn watch(&mut self, handle: PeerHandle, peer: &mut Peer<'_>) {
        self.watchers.add(&handle);
        // What is sent here arrives before what the watchers are told from now on.
        let _ = WatcherClient::new(peer).volume(self.percent);
    }

    fn set(&mut self, percent: u32) {
        self.percent = percent;
        // Encoded once, and never blocks: who is slow gets the newest.
        let _ = WatcherClient::new(&mut self.watchers).volume(percent);
    }
}

struct Display(&'static str);

impl Watcher for Display {
    fn volume(&mut self, percent: u32) {
        println!("{} shows {percent} %", self.0);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // A name of its own, so that two of these can run at once.
    let name = format!("events-{}", std::process::id());
    let published = name.clone();
    let server = std::thread::spawn(move || -> Result<(), ipc_runtime::Error> {
        let mut server = Server::publish(&published)?;
        let watchers = Subscribers::new(Slow::Newest);
        server.add(VolumeService(Mixer { percent: 30, watchers }))?;
        server.run_until_alone(Duration::from_secs(1))
    });

    let mut displays = [Connection::open(&name)?, Connection::open(&name)?];
    for (connection, name) in displays.iter_mut().zip(["the panel", "the phone"]) {
        connection.add(WatcherService(Display(name)))?;
        VolumeClient::new(connection).watch()?;
    }

    let mut knob = Connection::open(&name)?;
    for percent in [40, 50, 60] {
        println!("the knob is turned to {percent} %");
        VolumeClient::new(&mut knob).set(percent)?;
        for connection in &mut displays {
            // A program that has nothing else to do calls `run`.
            connection.poll(Duration::from_millis(100))?;
        }
    }

    drop((displays, knob));
    Ok(server.join().map_err(|_| "the server panicked")??)
}
