//! One accepted connection.

use std::io;

use ipc_core::error::Reason;
use ipc_core::frame::{Frame, Head};
use ipc_core::service::{self, Host};
use ipc_core::session::{Buffers, Session};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::ServerLimits;
use super::gate::Greeting;
use super::party::{Party, Post};
use crate::mail::{self, Parcel};
use crate::offer::{Services, run};
use crate::sys::socket;
use crate::transport::{Receipt, is_late, receive, transmit};

pub(super) struct Client {
    stream: TcpStream,
    session: Session,
    /// The handshake, until it is done.
    greeting: Option<Box<dyn Greeting>>,
    /// What it has when services send later, or are made for it.
    pub(super) party: Option<Box<dyn Party>>,
    /// It has as many calls under way as it may have.
    held: bool,
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
    read_at: u32,
}

/// The connection is over.
pub(super) struct Gone;

/// What the clients of a server share.
pub(super) struct Shared {
    pub(super) services: Services,
    pub(super) spare: Buffers,
    pub(super) limits: ServerLimits,
    /// Whether the time for calls is up, if they have a time.
    pub(super) pause: Option<Box<dyn Fn() -> bool>>,
    /// Makes parties, if there are any.
    pub(super) post: Option<Box<dyn Post>>,
}

impl Client {
    pub(super) fn new(
        mut stream: TcpStream,
        greeting: Option<Box<dyn Greeting>>,
        limits: &ServerLimits,
        registry: &Registry,
        token: Token,
        now: u32,
    ) -> io::Result<Box<Client>> {
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let session = Session::new(limits.connection);
        Ok(Box::new(Client {
            stream,
            session,
            greeting,
            party: None,
            held: false,
            ended: false,
            gone: false,
            more: false,
            since: now,
            read_at: now,
        }))
    }

    /// Whether it has yet to prove itself.
    pub(super) fn is_pending(&self) -> bool {
        self.greeting.is_some()
    }

    /// Whether something is to happen within a time: the rest of a handshake, of a frame, or of
    /// what is being sent.
    pub(super) fn is_timed(&self) -> bool {
        // What it has sent behind the calls that hold it up waits by no fault of its own.
        self.is_pending() || !self.session.is_idle() && !self.held
    }

    /// Does what can be done without waiting. `true`: there is more to do, but others come first.
    pub(super) fn serve(
        &mut self,
        shared: &mut Shared,
        slot: usize,
        ending: bool,
    ) -> Result<bool, Gone> {
        if let Some(greeting) = &mut self.greeting {
            if !greeting.go_on(&mut self.stream)? {
                return Ok(false);
            }
            self.greeting = None;
        }
        if let Some(post) = &mut shared.post
            && self.party.is_none()
        {
            self.party = Some(post.party(slot, &self.stream, &shared.limits));
        }
        let waiting = self.session.unsent().len();
        let sent = transmit(&mut self.stream, &mut self.session);
        // Who does not read its answers gains no time by sending.
        if waiting == 0 || self.session.unsent().len() < waiting {
            self.since = socket::now();
        }
        self.session.swap_buffers(&mut shared.spare);
        // Calls that were left when the write queue was full come before new ones.
        let mut more = self.answer(shared)?;
        if !more && !self.ended && !self.held {
            match receive(&mut self.stream, &mut self.session) {
                // A short read has emptied the socket, but for the end, of which the system does
                // not tell again; Windows wants to be told by a fruitless one.
                Receipt::Bytes { full } => {
                    self.read_at = socket::now();
                    more = full || ending || cfg!(windows);
                }
                Receipt::Nothing => {}
                // It may still wait for answers. If it is gone, the system says so when this comes
                // back; otherwise it is ignored (WIRE.md §4).
                Receipt::End => {
                    self.ended = true;
                    if self.is_open() {
                        self.session.cancel(0);
                    }
                }
                Receipt::Failed => return Err(Gone),
            }
            more |= self.answer(shared)?;
        }
        if !sent || !self.send() {
            return Err(Gone);
        }
        self.session.swap_buffers(&mut shared.spare);
        self.left(more)
    }

    /// What is left to do, when what the socket takes is sent.
    fn left(&self, more: bool) -> Result<bool, Gone> {
        // While something is unsent, the operating system says when there is room for it.
        if !self.session.unsent().is_empty() && !self.gone {
            return Ok(false);
        }
        let unanswerable = self.gone && (self.ended || self.held);
        if unanswerable || self.ended && !more && !self.is_open() { Err(Gone) } else { Ok(more) }
    }

    /// Whether calls are to be answered, on either side.
    fn is_open(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.is_open())
    }

    /// Sends what there is, or as much of it as the socket takes. `false`: the connection is gone.
    fn send(&mut self) -> bool {
        while transmit(&mut self.stream, &mut self.session) {
            // What is behind goes on until the socket takes no more: nothing else would send it.
            if !self.party.as_mut().is_some_and(|party| party.refill(&mut self.session)) {
                return true;
            }
        }
        false
    }

    /// Does what others have posted for it, but for the sending.
    pub(super) fn put(&mut self, parcel: Parcel) -> Result<(), mail::Gone> {
        let Some(party) = &mut self.party else { return Ok(()) };
        if self.session.unsent().is_empty() {
            self.since = socket::now();
        }
        party.put(&mut self.session, parcel)
    }

    /// Sends what others have posted. `true`: it can go on with the calls that were held up.
    pub(super) fn send_posted(&mut self) -> Result<bool, Gone> {
        if !self.send() {
            return Err(Gone);
        }
        self.left(self.held)
    }

    /// Gives up on calls to it that were not answered in time. `true`: there are others.
    pub(super) fn give_up(&mut self, now: u32) -> bool {
        let Some(party) = &mut self.party else { return false };
        let waits = party.give_up(&mut self.session, now);
        self.more |= !self.session.unsent().is_empty();
        waits
    }

    /// Whether it has calls from this side to answer.
    pub(super) fn is_asked(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.is_asked())
    }

    /// Whether anything of it is still to be answered or sent.
    pub(super) fn is_busy(&self) -> bool {
        self.is_open() || !self.session.is_idle()
    }

    /// Says that nothing more will be served.
    pub(super) fn say_goodbye(&mut self) {
        if let Some(party) = &mut self.party {
            party.drop_open(&mut self.session);
        }
        self.session.say_goodbye();
        self.send();
    }

    /// Whether the next call is not to be served now.
    fn waits(&mut self, shared: &Shared) -> bool {
        self.held = self.party.as_ref().is_some_and(|party| party.is_full());
        self.held || shared.pause.as_ref().is_some_and(|is_up| is_up())
    }

    /// Serves the whole frames that have come in. `true`: some are left, because the write queue
    /// is full or time is up.
    #[inline(never)]
    fn answer(&mut self, shared: &mut Shared) -> Result<bool, Gone> {
        self.held = false;
        while self.session.unsent().len() <= shared.limits.write_queue {
            match self.session.next() {
                // What is no call is taken in all the same: a cancel, or the answer that a
                // handler waits for before it gives its own.
                Ok(Some(frame @ Frame { head: Head::Call(_), .. })) if self.waits(shared) => {
                    self.session.put_back(frame);
                    return Ok(!self.held);
                }
                Ok(Some(Frame { head: Head::Call(head), .. })) if is_late(&head, self.read_at) => {
                    self.session.refuse(&head, Reason::Late);
                }
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    let (own, line) = match &mut self.party {
                        Some(party) => party.host(head.service),
                        None => (None, None),
                    };
                    let own = own.filter(|_| !shared.services.is_shut());
                    let service = own.map_or_else(|| shared.services.find(head.service), Ok);
                    let host = Host { service, run, line };
                    service::serve(&mut self.session, host, &head, payload);
                }
                Ok(Some(frame)) => {
                    if let Some(party) = &mut self.party {
                        party.frame(&mut self.session, frame);
                    }
                }
                Ok(None) => return Ok(false),
                Err(_) => return Err(Gone),
            }
        }
        Ok(true)
    }
}
