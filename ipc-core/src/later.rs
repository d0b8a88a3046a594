//! What is sent after the handler has returned, from any thread: replies and events.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::codec::{Encode, Writer};
use crate::error::{Problem, Reason};
use crate::frame;
use crate::list::push;
use crate::method::Method;
use crate::service::{Caller, Line};
use crate::session::Answer;

/// Where answers and events go that are sent later: the loop that drives their connections. None
/// of its functions blocks.
pub trait Outbox: Send + Sync {
    /// Notes that a call is to be answered later. A connection whose calls have the same id at the
    /// same time breaks the protocol, and is closed.
    fn open(&self, line: u64, id: u32);

    /// Whether a call is still to be answered: its caller has neither given up nor gone.
    fn is_open(&self, line: u64, id: u32) -> bool;

    /// Has a letter sent: the answer to the call of this id, if it is to be answered, or with 0 an
    /// event. `false`: it is not, or the connection is gone.
    fn post(&self, line: u64, id: u32, letter: &Letter) -> bool;
}

/// A frame on its way to a peer: an answer, or an event.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The whole frame, shared by all whom it goes to.
    pub frame: Arc<Vec<u8>>,
    /// Events of one topic keep their order, and wait in one queue.
    pub topic: u32,
    /// For an event: what happens when the peer does not keep up. An answer does not wait.
    pub slow: Option<Slow>,
}

/// What happens to events for a peer that takes them more slowly than they come.
///
/// Events of the same [`Subscribers`] keep their order. Those that wait here are overtaken by
/// answers: what a caller has to hear before its answer is sent by its [`PeerHandle`], or is in the
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// So many wait; then the oldest gives way to the newest.
    DropOldest(usize),
    /// Only the newest waits: for the state of something, of which only the last matters.
    Newest,
    /// So many wait; then the connection is closed.
    Disconnect(usize),
}

/// A connection as those see it who send on it later.
#[derive(Clone)]
pub struct Address {
    /// Where to.
    pub outbox: Arc<dyn Outbox>,
    /// What the connection is called there; never another's, not even later.
    pub line: u64,
}

impl Address {
    /// That of a connection which is gone.
    pub fn nowhere() -> Address {
        Address { outbox: Arc::new(Nowhere), line: 0 }
    }
}

/// Whether both are of one connection. Numbers are one outbox's own.
fn is_same(one: &Option<Address>, other: &Option<Address>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.line == other.line && Arc::ptr_eq(&one.outbox, &other.outbox)
        }
        _ => false,
    }
}

struct Nowhere;

impl Outbox for Nowhere {
    fn open(&self, _: u64, _: u32) {}

    fn is_open(&self, _: u64, _: u32) -> bool {
        false
    }

    fn post(&self, _: u64, _: u32, _: &Letter) -> bool {
        false
    }
}

/// By itself an address lets handlers send later, and makes no calls that are answered.
impl Line for Address {
    fn address(&self) -> Option<Address> {
        Some(self.clone())
    }
}

pub(crate) fn would_block(method: &'static Method) -> Problem {
    Problem::not_run(method, Reason::WouldBlock)
}

/// What it takes to answer one call, once. Dropped without that, it says so.
pub(crate) struct Ticket {
    /// `None`: nobody waits for an answer, or the connection has no way to be answered later.
    pub(crate) address: Option<Address>,
    pub(crate) id: u32,
    /// The most bytes of a frame.
    pub(crate) limit: usize,
}

/// The answer to one call, still to be given. It may be sent to any thread. When it is dropped
/// without having been given, the caller gets [`Reason::Dropped`].
pub struct Reply<T> {
    ticket: Ticket,
    value: PhantomData<fn(T)>,
}

impl<T: Encode> Reply<T> {
    /// Answers the call. Does not block: the loop sends it.
    pub fn send(self, value: &T) {
        let mut reply = self;
        reply.ticket.answer(Some(&mut |w| value.encode_apart(w)), Reason::ReplyTooLarge);
        // It is answered, and holds nothing any more.
        core::mem::forget(reply);
    }
}

impl<T> Reply<T> {
    pub(crate) fn new(ticket: Ticket) -> Reply<T> {
        Reply { ticket, value: PhantomData }
    }

    /// Whether nobody waits for the answer any more: the caller has given up, or is gone.
    pub fn is_cancelled(&self) -> bool {
        let Ticket { address, id, .. } = &self.ticket;
        !address.as_ref().is_some_and(|to| to.outbox.is_open(to.line, *id))
    }
}

impl Ticket {
    /// Answers with what `value` encodes; where that is too large, or there is none, with a fault.
    #[inline(never)]
    fn answer(&mut self, value: Option<&mut dyn FnMut(&mut Writer)>, otherwise: Reason) {
        let Some(to) = self.address.take() else { return };
        let mut w = Writer::new(self.limit);
        let reply = value.and_then(|encode| {
            w.begin(frame::REPLY, self.id);
            encode(&mut w);
            ended(&mut w)
        });
        let frame = reply.or_else(|| {
            w.begin(frame::FAULT, self.id);
            w.put_bytes(&[otherwise as u8]);
            ended(&mut w)
        });
        if let Some(frame) = frame {
            to.outbox.post(to.line, self.id, &Letter { frame, topic: 0, slow: None });
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.answer(None, Reason::Dropped);
    }
}

/// The frame that was written, to be shared; `None`: it is larger than it may be. The writer is
/// empty then.
#[inline(never)]
fn ended(w: &mut Writer) -> Option<Arc<Vec<u8>>> {
    let ended = w.end();
    let frame = w.take();
    ended.then(|| Arc::new(frame))
}

/// Encodes one one-way call at a time, for whom it is to go to later.
struct Composer {
    method: &'static Method,
    w: Writer,
}

impl Composer {
    fn new(limit: usize) -> Composer {
        Composer { method: &Method::NONE, w: Writer::new(limit) }
    }

    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.method = method;
        // Whoever waited for an answer would wait for ever: such calls are refused when they end.
        frame::begin_call(&mut self.w, method, 0, 0);
        &mut self.w
    }

    fn end(&mut self) -> Result<Arc<Vec<u8>>, Problem> {
        ended(&mut self.w).ok_or_else(|| self.problem(Reason::RequestTooLarge))
    }

    fn limit(&self) -> usize {
        self.w.limit()
    }

    fn problem(&self, reason: Reason) -> Problem {
        Problem::not_run(self.method, reason)
    }
}

/// The other side of one connection, kept: a generated client made on it calls one-way methods
/// there, from any thread and at any time. Nothing blocks; what is sent when the connection is
/// gone fails with [`Reason::Disconnected`].
pub struct PeerHandle {
    /// `None`: the connection is gone, or nothing can be sent on it later.
    address: Option<Address>,
    composer: Composer,
}

/// Events that a peer may be behind with before it is disconnected, on a [`PeerHandle`].
const BEHIND: usize = 256;

impl PeerHandle {
    /// Sends frames of at most `limit` bytes there. Handlers are given handles by their server.
    #[doc(hidden)]
    pub fn new(address: Address, limit: usize) -> PeerHandle {
        PeerHandle::to(Some(address), limit)
    }

    pub(crate) fn to(address: Option<Address>, limit: usize) -> PeerHandle {
        PeerHandle { address, composer: Composer::new(limit) }
    }

    /// What the connection is called on its server: the same for as long as it lasts, and never
    /// another's.
    pub fn id(&self) -> u64 {
        self.address.as_ref().map_or(0, |to| to.line)
    }
}

impl Clone for PeerHandle {
    fn clone(&self) -> PeerHandle {
        PeerHandle::to(self.address.clone(), self.composer.limit())
    }
}

impl Caller for PeerHandle {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.composer.begin(method)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        Err(self.composer.problem(Reason::WouldBlock))
    }

    fn post(&mut self) -> Result<(), Problem> {
        let slow = Some(Slow::Disconnect(BEHIND));
        let letter = Letter { frame: self.composer.end()?, topic: 0, slow };
        match &self.address {
            Some(to) if to.outbox.post(to.line, 0, &letter) => Ok(()),
            _ => Err(self.composer.problem(Reason::Disconnected)),
        }
    }
}

/// Peers that are sent the same events. A generated client made on it calls one-way methods of
/// all of them; what it sends is encoded once. Nothing blocks, and it may be sent to any thread.
///
/// A peer that has gone is forgotten with the next event.
///
/// A service is owned by its server: where others send events than its handlers, a game's frame or
/// a thread at work, both hold this in an `Rc<RefCell<..>>`, or in an `Arc<Mutex<..>>`.
pub struct Subscribers {
    /// As [`PeerHandle`] has them.
    peers: Vec<Option<Address>>,
    composer: Composer,
    topic: u32,
    slow: Slow,
}

impl Subscribers {
    /// Nobody yet. `slow` is what happens to events for those that do not keep up.
    pub fn new(slow: Slow) -> Subscribers {
        use core::sync::atomic::{AtomicU32, Ordering};
        // 0 is the topic of what has none. Two topics of one number, after 2³² of them, would
        // share a queue.
        static TOPICS: AtomicU32 = AtomicU32::new(1);
        let topic = TOPICS.fetch_add(1, Ordering::Relaxed);
        let limit = crate::session::Limits::DEFAULT.frame;
        Subscribers { peers: Vec::new(), composer: Composer::new(limit), topic, slow }
    }

    /// Sends to this peer too from now on. What the handler tells it in the same call, through its
    /// [`Peer`](crate::peer::Peer) or through this handle, arrives before: that is how a
    /// subscriber gets the state that the events then change. Who subscribes twice is sent
    /// everything once.
    pub fn add(&mut self, peer: &PeerHandle) {
        if !self.peers.iter().any(|other| is_same(other, &peer.address)) {
            push(&mut self.peers, peer.address.clone());
        }
    }

    /// Sends nothing more to this peer.
    pub fn remove(&mut self, peer: &PeerHandle) {
        self.peers.retain(|other| !is_same(other, &peer.address));
    }

    /// How many there were when the last event was sent.
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Whether there were none when the last event was sent.
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }
}

impl Caller for Subscribers {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.composer.begin(method)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        Err(self.composer.problem(Reason::WouldBlock))
    }

    fn post(&mut self) -> Result<(), Problem> {
        let frame = self.composer.end()?;
        let letter = Letter { frame, topic: self.topic, slow: Some(self.slow) };
        let mut at = 0;
        while let Some(peer) = self.peers.get(at) {
            if peer.as_ref().is_some_and(|to| to.outbox.post(to.line, 0, &letter)) {
                at += 1;
            } else {
                self.peers.swap_remove(at);
            }
        }
        Ok(())
    }
}
