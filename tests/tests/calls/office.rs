//! A service with every kind of method, and what it calls on its callers.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ipc_runtime::{Peer, PeerHandle, Pending, Reply, Slow, Subscribers, service};

#[service]
pub trait Office {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn half(&mut self, of: u32) -> Result<u32, String>;
    fn sleep(&mut self, milliseconds: u32) -> u32;
    #[ipc(oneway)]
    fn note(&mut self, note: u32, payload: &[u8]);
    fn notes(&mut self) -> Vec<u32>;
    /// Answered when the test does.
    #[ipc(deferred)]
    fn later(&mut self, what: u32, reply: Reply<u32>);
    /// Answered before it returns.
    #[ipc(deferred)]
    fn at_once(&mut self, what: u32, reply: Reply<u32>);
    #[ipc(deferred)]
    fn panic_later(&mut self, reply: Reply<u32>);
    /// The value, of which changes are told from now on.
    fn watch(&mut self, #[ipc(peer)] handle: PeerHandle, #[ipc(peer)] peer: &mut Peer<'_>);
    fn unwatch(&mut self, #[ipc(peer)] peer: PeerHandle);
    /// Sets the value and tells those who watch, with so many bytes beside it. How many they were.
    fn set(&mut self, value: u32, len: u32) -> u32;
    /// Gives the test the caller's handle.
    fn stay(&mut self, #[ipc(peer)] peer: PeerHandle);
    /// Tells the caller as much as it can at once; how often it could.
    fn flood(&mut self, len: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<u32, String>;
    /// Asks its caller, and answers what that said.
    #[ipc(deferred)]
    fn ask(
        &mut self,
        what: u32,
        #[ipc(peer)] peer: &mut Peer<'_>,
        reply: Reply<Result<u32, String>>,
    );
    /// Asks its caller, and is answered when the test does.
    #[ipc(deferred)]
    fn ask_later(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>, reply: Reply<u32>);
    /// Asks its caller, and waits for it within the handler.
    fn ask_and_wait(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<u32, String>;
    /// Asks its caller, and panics when that has answered.
    fn ask_and_panic(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>);
}

/// What an office calls on its callers.
#[service]
pub trait Caller {
    #[ipc(oneway)]
    fn changed(&mut self, value: u32, payload: &[u8]);
    fn choose(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> u32;
}

/// Nobody offers it.
#[service]
pub trait Absent {
    fn call(&mut self) -> u32;
}

/// What the test has in its hands of an office.
pub struct Desk {
    pub replies: Receiver<(u32, Reply<u32>)>,
    pub handles: Receiver<PeerHandle>,
}

/// The handler.
pub struct Clerk {
    notes: Vec<u32>,
    value: u32,
    watching: Subscribers,
    replies: Sender<(u32, Reply<u32>)>,
    handles: Sender<PeerHandle>,
}

/// An office, and what the test has of it.
pub fn office(slow: Slow) -> (OfficeService<Clerk>, Desk) {
    let (replies, given) = mpsc::channel();
    let (handles, handed) = mpsc::channel();
    let watching = Subscribers::new(slow);
    let clerk = Clerk { notes: Vec::new(), value: 0, watching, replies, handles };
    (OfficeService(clerk), Desk { replies: given, handles: handed })
}

impl Office for Clerk {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a + b
    }

    fn half(&mut self, of: u32) -> Result<u32, String> {
        if of.is_multiple_of(2) { Ok(of / 2) } else { Err(format!("{of} is odd")) }
    }

    fn sleep(&mut self, milliseconds: u32) -> u32 {
        thread::sleep(Duration::from_millis(milliseconds.into()));
        milliseconds
    }

    fn note(&mut self, note: u32, _: &[u8]) {
        self.notes.push(note);
    }

    fn notes(&mut self) -> Vec<u32> {
        self.notes.clone()
    }

    fn later(&mut self, what: u32, reply: Reply<u32>) {
        // A test that does not care has dropped the other end.
        let _ = self.replies.send((what, reply));
    }

    fn at_once(&mut self, what: u32, reply: Reply<u32>) {
        reply.send(&what);
    }

    fn panic_later(&mut self, _: Reply<u32>) {
        panic!("with a reply in hand");
    }

    fn watch(&mut self, handle: PeerHandle, peer: &mut Peer<'_>) {
        self.watching.add(&handle);
        CallerClient::new(peer).changed(self.value, &[]).expect("it is put among the unsent");
    }

    fn unwatch(&mut self, peer: PeerHandle) {
        self.watching.remove(&peer);
    }

    fn set(&mut self, value: u32, len: u32) -> u32 {
        self.value = value;
        let payload = vec![7; len as usize];
        CallerClient::new(&mut self.watching).changed(value, &payload).expect("it is posted");
        u32::try_from(self.watching.len()).expect("they are few")
    }

    fn stay(&mut self, peer: PeerHandle) {
        let _ = self.handles.send(peer);
    }

    fn flood(&mut self, len: u32, peer: &mut Peer<'_>) -> Result<u32, String> {
        let payload = vec![7; len as usize];
        for told in 0..1_000 {
            if let Err(error) = CallerClient::new(peer).changed(told, &payload) {
                return Err(format!("{told}: {error}"));
            }
        }
        Ok(1_000)
    }

    fn ask(&mut self, what: u32, peer: &mut Peer<'_>, reply: Reply<Result<u32, String>>) {
        match choose(peer, what) {
            Ok(pending) => pending.then(peer, move |answer| {
                reply.send(&answer.map_err(|error| error.to_string()));
            }),
            Err(error) => reply.send(&Err(error)),
        }
    }

    fn ask_later(&mut self, what: u32, peer: &mut Peer<'_>, reply: Reply<u32>) {
        choose(peer, what).expect("it is started").then(peer, |_| {});
        let _ = self.replies.send((what, reply));
    }

    fn ask_and_wait(&mut self, what: u32, peer: &mut Peer<'_>) -> Result<u32, String> {
        CallerClient::new(peer).choose(what).map_err(|error| error.to_string())
    }

    fn ask_and_panic(&mut self, what: u32, peer: &mut Peer<'_>) {
        choose(peer, what).expect("it is started").then(peer, |_| panic!("so it answered"));
    }
}

fn choose(peer: &mut Peer<'_>, what: u32) -> Result<Pending<u32>, String> {
    CallerCalls::new(peer).choose(what).map_err(|error| error.to_string())
}

/// Keeps what it is told.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Vec<(u32, usize)>>>);

impl Ear {
    /// The values that it has been told so far.
    pub fn heard(&self) -> Vec<u32> {
        self.0.lock().expect("no test panics with it").iter().map(|(value, _)| *value).collect()
    }
}

impl Caller for Ear {
    fn changed(&mut self, value: u32, payload: &[u8]) {
        self.0.lock().expect("no test panics with it").push((value, payload.len()));
    }

    fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
        what * 10
    }
}
