//! The other side of a connection, as a handler sees it.

use alloc::boxed::Box;

use crate::codec::Writer;
use crate::error::{Problem, Reason};
use crate::keeper::{Then, Ticket};
use crate::later::would_block;
use crate::method::Method;
use crate::pending::Pipeline;
use crate::service::{Caller, Calls, Keeping, Line};
use crate::session::{Answer, Session};

/// The other side of the connection that a call came from. A generated client made on it calls
/// there.
///
/// Where the connection has a thread of its own, calls wait for their answers, and what the other
/// side calls meanwhile is served. On a server's loop nothing may wait: one-way methods can be
/// called, and others be [started](crate::pending::Pending) with what is to be done
/// [then](crate::pending::Pending::then).
///
/// One-way calls are heard before the answer: at once where the connection has a thread of its own,
/// and from a loop when the handler has returned. To tell of progress from there, a method is
/// deferred, and a thread tells it by a [`PeerHandle`](crate::later::PeerHandle) until it answers.
pub struct Peer<'a> {
    session: &'a mut Session,
    line: Option<&'a mut dyn Line>,
    /// What had been received when the handler was called.
    received: &'a [u8],
}

impl<'a> Peer<'a> {
    pub(crate) fn new(
        session: &'a mut Session,
        line: Option<&'a mut dyn Line>,
        received: &'a [u8],
    ) -> Peer<'a> {
        Peer { session, line, received }
    }

    /// Drops the call that was begun, and says why.
    #[inline(never)]
    fn refused(&mut self, reason: Reason) -> Problem {
        Problem::not_run(self.session.abandon_call().method, reason)
    }

    fn deadline(&self) -> u32 {
        self.line.as_ref().map_or(0, |line| line.deadline())
    }
}

/// Frames of the largest size that a handler may call its peer with and that are not sent yet.
const UNSENT: usize = 8;

impl Caller for Peer<'_> {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        let deadline = self.deadline();
        self.session.begin_call(method, deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        match calls(&mut self.line) {
            Calls::Waited(line) => line.finish(self.session, self.received),
            _ => Err(self.refused(Reason::WouldBlock)),
        }
    }

    fn post(&mut self) -> Result<(), Problem> {
        // On a loop nobody sends any of it before the handler has returned.
        if self.session.unsent_len() > UNSENT.saturating_mul(self.session.limits().frame) {
            return Err(self.refused(Reason::WouldBlock));
        }
        let ended = self.session.end_call().map(drop);
        if let Calls::Waited(line) = calls(&mut self.line) {
            line.flush(self.session);
        }
        ended
    }
}

impl Pipeline for Peer<'_> {
    fn start(&mut self) -> Result<Ticket, Problem> {
        let deadline = self.deadline();
        match calls(&mut self.line) {
            Calls::None => Err(self.refused(Reason::WouldBlock)),
            Calls::Waited(line) => line.start(self.session, self.received),
            Calls::Kept(Keeping { keeper, most, .. }) if keeper.open() >= most => {
                Err(self.refused(Reason::Busy))
            }
            Calls::Kept(Keeping { keeper, .. }) => {
                Ok(keeper.keep(self.session.end_call()?, deadline))
            }
        }
    }

    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        let mut ticket = ticket;
        match calls(&mut self.line) {
            Calls::Waited(line) => line.wait(self.session, self.received, ticket),
            Calls::Kept(Keeping { keeper, .. }) if keeper.is_answered(&ticket) => {
                keeper.take(&mut ticket, self.session)
            }
            _ => Err(would_block(ticket.method())),
        }
    }

    fn then(&mut self, ticket: Ticket, then: Then) {
        let mut ticket = ticket;
        match calls(&mut self.line) {
            Calls::None => then(Err(would_block(ticket.method()))),
            Calls::Waited(line) => line.then(self.session, ticket, then),
            Calls::Kept(Keeping { keeper, run, .. }) => {
                let then = Box::new(move |answer: Result<Answer<'_>, Problem>| run(then, answer));
                keeper.then(&mut ticket, then, self.session);
            }
        }
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.line.as_ref().is_none_or(|line| line.is_answered(ticket))
    }
}

/// How calls are made that are answered.
fn calls<'l>(line: &'l mut Option<&mut dyn Line>) -> Calls<'l> {
    line.as_mut().map_or(Calls::None, |line| line.calls())
}
