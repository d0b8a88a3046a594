//! A service with every kind of method that a plain call is not, and what it calls on its callers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ipc_runtime::{
    CallError, Decode, Encode, Peer, PeerHandle, PeerInfo, Pending, Reply, Slow, Subscribers,
    service,
};

/// [`Slow`], as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub enum Rule {
    DropOldest(u32),
    Newest,
    Disconnect(u32),
}

#[service]
pub trait Exchange {
    /// Answered with its double when [`Exchange::release`] is called.
    #[ipc(deferred)]
    fn hold(&mut self, what: u32, reply: Reply<u32>);
    /// What is held, and whether its caller has given up.
    fn held(&mut self) -> Vec<(u32, bool)>;
    /// Has a thread answer all that is held, the newest first.
    fn release(&mut self);
    /// Answered with so many bytes by a thread, after a while.
    #[ipc(deferred)]
    fn blob_later(&mut self, len: u32, milliseconds: u32, reply: Reply<Vec<u8>>);
    #[ipc(deferred)]
    fn never(&mut self, reply: Reply<u32>);
    /// How often this has run.
    fn count(&mut self) -> u32;
    /// Says so on the output, then takes its time; may be repeated.
    #[ipc(idempotent)]
    fn double(&mut self, of: u32, milliseconds: u32) -> u32;
    /// Asks its caller, and answers what that said.
    #[ipc(deferred)]
    fn ask(
        &mut self,
        what: u32,
        #[ipc(peer)] peer: &mut Peer<'_>,
        reply: Reply<Result<u32, String>>,
    );
    /// The same, and waits for it within the handler.
    fn ask_and_wait(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<u32, String>;
    /// Has two threads tell the caller so many values each, of the first from 0, of the second from
    /// 1000.
    fn tell_from_threads(&mut self, times: u32, #[ipc(peer)] peer: PeerHandle);
    /// Forgets who subscribed before, and tells this caller from now on: the value now, and all
    /// that it becomes.
    fn subscribe(
        &mut self,
        rule: Rule,
        #[ipc(peer)] handle: PeerHandle,
        #[ipc(peer)] peer: &mut Peer<'_>,
    );
    /// Tells who subscribed, with so many bytes beside it. How many they were.
    fn set(&mut self, value: u32, len: u32) -> u32;
    #[ipc(oneway)]
    fn note(&mut self, note: u32, payload: &[u8]);
    fn notes(&mut self) -> Vec<u32>;
}

/// What the exchange calls on its callers.
#[service]
pub trait Line {
    #[ipc(oneway)]
    fn told(&mut self, value: u32, payload: &[u8]);
    fn choose(&mut self, what: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> u32;
}

/// Made for each client.
#[service]
pub trait Own {
    /// How often this client has called it.
    fn next(&mut self) -> u32;
    /// How many clients have gone.
    fn gone(&mut self) -> u32;
    /// Whether the client came over TCP.
    fn is_tcp(&mut self) -> bool;
}

/// The handler.
pub struct Operator {
    held: Vec<(u32, Reply<u32>)>,
    count: u32,
    value: u32,
    subscribers: Subscribers,
    notes: Vec<u32>,
}

impl Operator {
    pub fn new() -> Operator {
        let subscribers = Subscribers::new(Slow::Newest);
        Operator { held: Vec::new(), count: 0, value: 0, subscribers, notes: Vec::new() }
    }
}

impl Exchange for Operator {
    fn hold(&mut self, what: u32, reply: Reply<u32>) {
        self.held.push((what, reply));
    }

    fn held(&mut self) -> Vec<(u32, bool)> {
        self.held.iter().map(|(what, reply)| (*what, reply.is_cancelled())).collect()
    }

    fn release(&mut self) {
        let held = std::mem::take(&mut self.held);
        thread::spawn(move || {
            for (what, reply) in held.into_iter().rev() {
                reply.send(&(what * 2));
            }
        });
    }

    fn blob_later(&mut self, len: u32, milliseconds: u32, reply: Reply<Vec<u8>>) {
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(milliseconds.into()));
            reply.send(&vec![7; len as usize]);
        });
    }

    fn never(&mut self, _: Reply<u32>) {}

    fn count(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn double(&mut self, of: u32, milliseconds: u32) -> u32 {
        println!("waiting");
        thread::sleep(Duration::from_millis(milliseconds.into()));
        2 * of
    }

    fn ask(&mut self, what: u32, peer: &mut Peer<'_>, reply: Reply<Result<u32, String>>) {
        let pending: Result<Pending<u32>, _> = LineCalls::new(peer).choose(what);
        match pending {
            Ok(pending) => pending.then(peer, move |answer| {
                reply.send(&answer.map_err(|error| error.to_string()));
            }),
            Err(error) => reply.send(&Err(error.to_string())),
        }
    }

    fn ask_and_wait(&mut self, what: u32, peer: &mut Peer<'_>) -> Result<u32, String> {
        LineClient::new(peer).choose(what).map_err(|error: CallError| error.to_string())
    }

    fn tell_from_threads(&mut self, times: u32, peer: PeerHandle) {
        for first in [0, 1_000] {
            let mut handle = peer.clone();
            thread::spawn(move || {
                for value in first..first + times {
                    LineClient::new(&mut handle).told(value, b"").expect("it is there");
                }
            });
        }
    }

    fn subscribe(&mut self, rule: Rule, handle: PeerHandle, peer: &mut Peer<'_>) {
        self.value = 0;
        self.subscribers = Subscribers::new(match rule {
            Rule::DropOldest(behind) => Slow::DropOldest(behind as usize),
            Rule::Newest => Slow::Newest,
            Rule::Disconnect(behind) => Slow::Disconnect(behind as usize),
        });
        self.subscribers.add(&handle);
        LineClient::new(peer).told(self.value, b"").expect("it is put among the unsent");
    }

    fn set(&mut self, value: u32, len: u32) -> u32 {
        self.value = value;
        let payload = vec![7; len as usize];
        LineClient::new(&mut self.subscribers).told(value, &payload).expect("it is posted");
        u32::try_from(self.subscribers.len()).expect("they are few")
    }

    fn note(&mut self, note: u32, _: &[u8]) {
        self.notes.push(note);
    }

    fn notes(&mut self) -> Vec<u32> {
        self.notes.clone()
    }
}

/// One client's.
pub struct Mine {
    times: u32,
    is_tcp: bool,
    gone: Arc<AtomicU32>,
}

impl Mine {
    pub fn new(client: &PeerInfo, gone: &Arc<AtomicU32>) -> Mine {
        Mine { times: 0, is_tcp: client.address().is_some(), gone: gone.clone() }
    }
}

impl Own for Mine {
    fn next(&mut self) -> u32 {
        self.times += 1;
        self.times
    }

    fn gone(&mut self) -> u32 {
        self.gone.load(Ordering::SeqCst)
    }

    fn is_tcp(&mut self) -> bool {
        self.is_tcp
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// Keeps what it is told, and asks until there is nothing left to ask.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Vec<u32>>>);

impl Ear {
    /// What it has been told since this was asked.
    pub fn taken(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with it"))
    }

    pub fn last(&self) -> Option<u32> {
        self.0.lock().expect("nobody panics with it").last().copied()
    }

    pub fn len(&self) -> usize {
        self.0.lock().expect("nobody panics with it").len()
    }
}

impl Line for Ear {
    fn told(&mut self, value: u32, _: &[u8]) {
        self.0.lock().expect("nobody panics with it").push(value);
    }

    fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
        what * 10
    }
}
