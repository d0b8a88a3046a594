//! A service with a method for everything that a socket can go through.

use std::collections::BTreeMap;
use std::thread::{self, ThreadId};
use std::time::Duration;

use ipc_runtime::{Connection, Decode, Encode, Error, Peer, Reply, Server, service};

use crate::loader::{LoadError, Loader, LoaderService, Mod, Node};

/// What the handler refuses.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Odd(pub u32);

#[service]
pub trait Desk {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn half(&mut self, of: u32) -> Result<u32, Odd>;
    fn echo(&mut self, bytes: &[u8]) -> Vec<u8>;
    /// `len` bytes, each the lowest of `seed`.
    fn blob(&mut self, seed: u32, len: u32) -> Vec<u8>;
    fn depth(&mut self, node: Node) -> u32;
    fn panic(&mut self, why: &str) -> u32;
    /// Says so on the output, then takes its time.
    fn wait(&mut self, milliseconds: u32) -> u32;
    #[ipc(oneway)]
    fn note(&mut self, note: u32);
    #[ipc(oneway)]
    fn panic_unheard(&mut self);
    fn notes(&mut self) -> Vec<u32>;
    /// Whether this and every call before it ran on one thread.
    fn is_one_thread(&mut self) -> bool;
    /// Calls the caller's [`Bell`] so many times before it returns.
    fn ring(&mut self, times: u32, payload: &[u8], #[ipc(peer)] peer: &mut Peer<'_>) -> u32;
    /// The same, unanswered.
    #[ipc(oneway)]
    fn ring_back(&mut self, times: u32, payload: &[u8], #[ipc(peer)] peer: &mut Peer<'_>);
}

/// What the desk calls on its callers.
#[service]
pub trait Bell {
    #[ipc(oneway)]
    fn rang(&mut self, time: u32, payload: &[u8]);
}

/// What no server here offers.
#[service]
pub trait Absent {
    fn call(&mut self) -> u32;
}

/// The desk as somebody else has it.
pub mod newer {
    use ipc_runtime::service;

    #[service]
    pub trait Desk {
        fn add(&mut self, a: u32, b: u64) -> u32;
        fn half(&mut self, of: u32) -> Option<u32>;
        fn subtract(&mut self, a: u32, b: u32) -> u32;
    }
}

/// The handler.
pub struct Clerk {
    notes: Vec<u32>,
    threads: Vec<ThreadId>,
}

impl Clerk {
    pub fn new() -> Clerk {
        Clerk { notes: Vec::new(), threads: Vec::new() }
    }

    fn is_here(&mut self) {
        let here = thread::current().id();
        if !self.threads.contains(&here) {
            self.threads.push(here);
        }
    }
}

impl Default for Clerk {
    fn default() -> Clerk {
        Clerk::new()
    }
}

impl Desk for Clerk {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        self.is_here();
        a.wrapping_add(b)
    }

    fn half(&mut self, of: u32) -> Result<u32, Odd> {
        if of.is_multiple_of(2) { Ok(of / 2) } else { Err(Odd(of)) }
    }

    fn echo(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn blob(&mut self, seed: u32, len: u32) -> Vec<u8> {
        vec![seed.to_le_bytes()[0]; len as usize]
    }

    fn depth(&mut self, node: Node) -> u32 {
        1 + node.children.into_iter().map(|child| self.depth(child)).max().unwrap_or(0)
    }

    fn panic(&mut self, why: &str) -> u32 {
        panic!("{why}")
    }

    fn wait(&mut self, milliseconds: u32) -> u32 {
        println!("waiting");
        thread::sleep(Duration::from_millis(milliseconds.into()));
        milliseconds
    }

    fn note(&mut self, note: u32) {
        self.notes.push(note);
    }

    fn panic_unheard(&mut self) {
        panic!("nobody is told")
    }

    fn notes(&mut self) -> Vec<u32> {
        self.notes.clone()
    }

    fn is_one_thread(&mut self) -> bool {
        self.is_here();
        self.threads.len() == 1
    }

    fn ring(&mut self, times: u32, payload: &[u8], peer: &mut Peer<'_>) -> u32 {
        self.ring_back(times, payload, peer);
        times
    }

    fn ring_back(&mut self, times: u32, payload: &[u8], peer: &mut Peer<'_>) {
        let mut bell = BellClient::new(peer);
        for time in 0..times {
            bell.rang(time, payload).expect("an event is only put among the unsent bytes");
        }
    }
}

/// A loader without a folder.
#[derive(Default)]
pub struct Shelf {
    enabled: BTreeMap<String, bool>,
}

impl Loader for Shelf {
    fn mods(&mut self) -> Vec<Mod> {
        let mods = self.enabled.iter();
        mods.map(|(id, enabled)| Mod { id: id.clone(), enabled: *enabled }).collect()
    }

    fn enable(&mut self, id: &str) -> Result<Mod, LoadError> {
        if id.is_empty() {
            return Err(LoadError::NotFound);
        }
        self.enabled.insert(id.to_owned(), true);
        Ok(Mod { id: id.to_owned(), enabled: true })
    }

    fn disable(&mut self, id: &str) {
        self.enabled.insert(id.to_owned(), false);
    }

    fn log(&mut self, _: &str) {}

    fn scan(&mut self, _: &str, reply: Reply<Vec<Mod>>) {
        reply.send(&self.mods());
    }
}

/// A server on a free port that offers a [`Desk`] and a [`Loader`].
pub fn server() -> Result<Server, Error> {
    let mut server = Server::bind_trusting_all(0)?;
    server.add(DeskService(Clerk::new()))?;
    server.add(LoaderService(Shelf::default()))?;
    Ok(server)
}

/// A connection to it.
pub fn connect(port: u16) -> Result<Connection, Error> {
    Connection::connect_trusting_all(port)
}
