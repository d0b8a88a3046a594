//! One accepted connection.

use std::io;

use ipc_core::frame::{Frame, Head};
use ipc_core::service::{self, Host, Service};
use ipc_core::session::{Buffers, Session};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::ServerLimits;
use super::gate::Greeting;
use crate::offer::{Services, run};
use crate::sys::socket;
use crate::transport::{Receipt, receive, transmit};

pub(super) struct Client {
    stream: TcpStream,
    session: Session,
    /// The handshake, until it is done.
    greeting: Option<Box<dyn Greeting>>,
    /// The client will send no more.
    ended: bool,
    /// There is more to do for it, but others came first.
    pub(super) more: bool,
    /// When something last moved, answers if there are any; until the handshake is done, when it
    /// began.
    pub(super) since: u32,
}

/// The connection is over.
pub(super) struct Gone;

/// What the clients of a server share.
pub(super) struct Shared {
    pub(super) services: Services<dyn Service>,
    pub(super) spare: Buffers,
    pub(super) limits: ServerLimits,
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
        Ok(Box::new(Client { stream, session, greeting, ended: false, more: false, since: now }))
    }

    /// Whether it has yet to prove itself.
    pub(super) fn is_pending(&self) -> bool {
        self.greeting.is_some()
    }

    /// Whether something is to happen within a time: the rest of a handshake, of a frame, or of
    /// what is being sent.
    pub(super) fn is_timed(&self) -> bool {
        self.is_pending() || !self.session.is_idle()
    }

    /// Does what can be done without waiting. `true`: there is more to do, but others come first.
    pub(super) fn serve(&mut self, shared: &mut Shared, ending: bool) -> Result<bool, Gone> {
        if let Some(greeting) = &mut self.greeting {
            if !greeting.go_on(&mut self.stream)? {
                return Ok(false);
            }
            self.greeting = None;
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
        if !more && !self.ended {
            match receive(&mut self.stream, &mut self.session) {
                // A short read has emptied the socket, but for the end, of which the system does
                // not tell again; Windows wants to be told by a fruitless one.
                Receipt::Bytes { full } => more = full || ending || cfg!(windows),
                Receipt::Nothing => {}
                Receipt::End => self.ended = true,
                Receipt::Failed => return Err(Gone),
            }
            more |= self.answer(shared)?;
        }
        if !sent || !transmit(&mut self.stream, &mut self.session) {
            return Err(Gone);
        }
        self.session.swap_buffers(&mut shared.spare);
        // While something is unsent, the operating system says when there is room for it.
        if !self.session.unsent().is_empty() {
            return Ok(false);
        }
        if self.ended && !more { Err(Gone) } else { Ok(more) }
    }

    /// Serves the whole frames that have come in. `true`: some are left, because the write queue
    /// is full.
    #[inline(never)]
    fn answer(&mut self, shared: &mut Shared) -> Result<bool, Gone> {
        while self.session.unsent().len() <= shared.limits.write_queue {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    let offer = &mut shared.services;
                    let mut host = Host { offer, run, outbox: None, connection: 0 };
                    service::serve(&mut self.session, &mut host, &head, payload);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(_) => return Err(Gone),
            }
        }
        Ok(true)
    }
}
