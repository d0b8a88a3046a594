//! One accepted connection.

use std::any::Any;
use std::io;
use std::time::{Duration, Instant};

use ipc_core::frame::{Frame, Head};
use ipc_core::service::{self, Host};
use ipc_core::session::{Buffers, Session};
use mio::net::TcpStream;
use mio::{Registry, Token};

use super::ServerLimits;
use super::gate::GoOn;
use super::later::Hooks;
use crate::offer::{Services, run};
use crate::sys::socket;
use crate::sys::watch::Watch;
use crate::transport::{Receipt, receive, transmit};

pub(super) struct Client {
    pub(super) stream: TcpStream,
    /// How the loop is told of it.
    watch: Watch,
    pub(super) session: Session,
    /// Its place in the slots.
    pub(super) slot: usize,
    /// What is to be done before anything else, until it is done.
    pub(super) greeting: Option<GoOn>,
    /// What that needs; after it, what a client has where there are [`Hooks`].
    pub(super) beside: Option<Box<dyn Any>>,
    /// How its bytes are moved.
    pub(super) moves: &'static Moves,
    /// It has as many calls under way as it may have.
    pub(super) held: bool,
    /// Calls are to be answered, on either side.
    pub(super) open: bool,
    /// There are events that wait for all that is unsent to be sent.
    pub(super) behind: bool,
    /// The client will send no more.
    ended: bool,
    /// Nor will it receive any more.
    pub(super) gone: bool,
    /// There is more to do for it, but others came first.
    pub(super) more: bool,
    /// When something last moved, answers if there are any; until the handshake is done, when it
    /// began.
    pub(super) since: u32,
    /// When the calls that are there came.
    pub(super) read_at: u32,
}

/// What moves a client's bytes: `receive` and `transmit` of the runtime, with whoever looks on.
/// Functions and not a `dyn`, which would have to be dropped.
pub(super) struct Moves {
    pub(super) receive: fn(&mut Client) -> Receipt,
    pub(super) transmit: fn(&mut Client) -> bool,
}

static MOVES: Moves = Moves {
    receive: |client| receive(&mut client.stream, &mut client.session, false),
    transmit: |client| transmit(&mut client.stream, &mut client.session, false),
};

/// The connection is over.
pub(super) struct Gone;

/// What the clients of a server share.
pub(super) struct Shared {
    pub(super) services: Services,
    pub(super) spare: Buffers,
    pub(super) limits: ServerLimits,
    /// Whether the time for calls is up, if they have a time.
    pub(super) pause: Option<Pause>,
    /// What tells it: a function, so that who has no times has no clock for it.
    pub(super) pauses: Option<fn(&mut Pause) -> bool>,
    /// What is done more, where services send later or are made for each client.
    pub(super) hooks: Option<&'static Hooks>,
    /// What the hooks need.
    pub(super) post: Option<Box<dyn Any>>,
}

/// The time for calls that a host's own loop has.
pub(super) struct Pause {
    pub(super) start: Instant,
    pub(super) budget: Duration,
    /// One call is served in any case.
    pub(super) begun: bool,
}

impl Pause {
    pub(super) fn is_up(&mut self) -> bool {
        std::mem::replace(&mut self.begun, true) && self.start.elapsed() >= self.budget
    }
}

impl Shared {
    /// Whether the time for calls is up.
    pub(super) fn is_paused(&mut self) -> bool {
        match (self.pauses, &mut self.pause) {
            (Some(is_up), Some(pause)) => is_up(pause),
            _ => false,
        }
    }
}

impl Client {
    /// On the heap from the start, so that whatever turns it away drops it in the same way.
    pub(super) fn new(stream: TcpStream, limits: &ServerLimits, now: u32) -> Box<Client> {
        Box::new(Client {
            stream,
            watch: Watch::new(),
            session: Session::new(limits.connection),
            slot: 0,
            greeting: None,
            beside: None,
            moves: &MOVES,
            held: false,
            open: false,
            behind: false,
            ended: false,
            gone: false,
            more: false,
            since: now,
            read_at: now,
        })
    }

    /// Gives it its place in the slots, by which events name it.
    pub(super) fn register(&mut self, registry: &Registry, slot: usize) -> io::Result<()> {
        self.slot = slot;
        self.watch.register(&mut self.stream, registry, Token(slot))
    }

    /// Whether it has yet to prove itself.
    pub(super) fn is_pending(&self) -> bool {
        self.greeting.is_some()
    }

    /// Whether something is to happen within a time: the rest of a handshake, of a frame, or of
    /// what is being sent. Once and not where it is asked: 50 bytes less.
    #[inline(never)]
    pub(super) fn is_timed(&self) -> bool {
        // What it has sent behind the calls that hold it up waits by no fault of its own; what it
        // does not read does not.
        self.is_pending() || self.session.unsent_len() > 0 || !self.held && !self.session.is_idle()
    }

    /// Does what can be done without waiting. `true`: there is more to do, but others come first.
    pub(super) fn serve(&mut self, shared: &mut Shared, ending: bool) -> Result<bool, Gone> {
        if let Some(go_on) = self.greeting {
            if !go_on(self)? {
                self.ask(false);
                return Ok(false);
            }
            self.greeting = None;
            self.beside = None;
        }
        let mut turns = Watch::TURNS;
        loop {
            let (more, received) = self.turn(shared, ending)?;
            turns -= 1;
            if turns == 0 || !received || more || self.session.unsent_len() > 0 {
                return self.left(more);
            }
        }
    }

    /// Sends, reads once, and answers. Whether something is left of what was there, and whether
    /// something came.
    fn turn(&mut self, shared: &mut Shared, ending: bool) -> Result<(bool, bool), Gone> {
        let waiting = self.session.unsent_len();
        let sent = (self.moves.transmit)(self);
        // Who does not read its answers gains no time by sending.
        if waiting == 0 || self.session.unsent_len() < waiting {
            self.since = socket::lately();
        }
        self.session.swap_buffers(&mut shared.spare);
        // Calls that were left when the write queue was full come before new ones.
        let mut more = self.answer(shared)?;
        let mut received = false;
        if !more && !self.ended && !self.held {
            match (self.moves.receive)(self) {
                // A short read has emptied the socket, but for the end, of which most systems do
                // not tell again.
                Receipt::Bytes { full } => {
                    received = true;
                    self.read_at = socket::lately();
                    more = (full || ending) && !Watch::AGAIN;
                }
                Receipt::Nothing => {}
                // It may still wait for answers. If it is gone, the system says so when this comes
                // back; otherwise it is ignored (WIRE.md §4).
                Receipt::End => {
                    self.ended = true;
                    if self.open {
                        self.session.cancel(0);
                    }
                }
                Receipt::Failed => return Err(Gone),
            }
            more |= self.answer(shared)?;
        }
        if !sent || !(self.moves.transmit)(self) {
            return Err(Gone);
        }
        self.session.swap_buffers(&mut shared.spare);
        Ok((more, received))
    }

    /// What is left to do when what the socket takes is sent. `true`: something, but others come
    /// first.
    pub(super) fn left(&mut self, more: bool) -> Result<bool, Gone> {
        self.ask(more);
        // While something is unsent, the operating system says when there is room for it.
        if self.session.unsent_len() > 0 && !self.gone {
            return Ok(false);
        }
        let unanswerable = self.gone && (self.ended || self.held);
        let more = more || self.behind;
        if unanswerable || self.ended && !more && !self.open { Err(Gone) } else { Ok(more) }
    }

    /// Says what the loop is to be told of next, where that is to be said.
    fn ask(&mut self, more: bool) {
        if Watch::AGAIN {
            let reads = !more && !self.ended && !self.held;
            self.watch.set(&mut self.stream, reads, self.session.unsent_len() > 0);
        }
    }

    /// Sends what was appended by others than its own calls. `true`: they can go on now.
    pub(super) fn send(&mut self) -> Result<bool, Gone> {
        if !(self.moves.transmit)(self) {
            return Err(Gone);
        }
        self.left(self.held)
    }

    /// Whether anything of it is still to be answered or sent.
    pub(super) fn is_busy(&self) -> bool {
        self.open || !self.session.is_idle()
    }

    /// Says that nothing more will be served.
    pub(super) fn say_goodbye(&mut self) {
        self.session.say_goodbye();
        (self.moves.transmit)(self);
    }

    /// Serves the whole frames that have come in. `true`: some are left, because the write queue
    /// is full or time is up.
    #[inline(never)]
    fn answer(&mut self, shared: &mut Shared) -> Result<bool, Gone> {
        if let Some(hooks) = shared.hooks {
            return (hooks.answer)(self, shared);
        }
        while self.session.unsent_len() <= shared.limits.write_queue {
            match self.session.next() {
                Ok(Some(frame @ Frame { head: Head::Call(_), .. })) if shared.is_paused() => {
                    self.session.put_back(frame);
                    return Ok(true);
                }
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    let service = shared.services.find(head.service, head.deadline, self.read_at);
                    let host = Host { service, run, line: None };
                    service::serve(&mut self.session, host, &head, payload);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(_) => return Err(Gone),
            }
        }
        Ok(true)
    }
}
