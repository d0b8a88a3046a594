//! The other side of a connection, as a handler sees it.

use alloc::boxed::Box;

use crate::codec::Writer;
use crate::error::{Problem, Reason};
use crate::keeper::{Then, Ticket};
use crate::later::would_block;
use crate::method::Method;
use crate::pending::Pipeline;
use crate::service::{Caller, Keeping, Line};
use crate::session::{Answer, Session};

/// The other side of the connection that a call came from. A generated client made on it calls
/// there.
///
/// Where the connection has a thread of its own, calls wait for their answers, and what the other
/// side calls meanwhile is served. On a server's loop nothing may wait: one-way methods can be
/// called, and others be [started](crate::pending::Pending) with what is to be done
/// [then](crate::pending::Pending::then).
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
}

/// Frames of the largest size that a handler may call its peer with before it returns.
const UNSENT: usize = 8;

impl Caller for Peer<'_> {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        let deadline = self.line.as_ref().map_or(0, |line| line.deadline());
        self.session.begin_call(method, deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let Some(line) = &mut self.line else {
            let call = self.session.abandon_call();
            return Err(would_block(call.method));
        };
        self.session.resume_input(self.received);
        line.finish(self.session)
    }

    fn post(&mut self) -> Result<(), Problem> {
        // Nobody sends any of it before the handler has returned.
        if self.session.unsent_len() > UNSENT.saturating_mul(self.session.limits().frame) {
            let call = self.session.abandon_call();
            return Err(would_block(call.method));
        }
        self.session.end_call().map(drop)
    }
}

impl Pipeline for Peer<'_> {
    fn start(&mut self) -> Result<Ticket, Problem> {
        let Some(line) = &mut self.line else {
            let call = self.session.abandon_call();
            return Err(would_block(call.method));
        };
        let deadline = line.deadline();
        let Some(Keeping { keeper, most, .. }) = line.keeping() else {
            // Where as many are under way as may be, it waits.
            self.session.resume_input(self.received);
            return line.start(self.session);
        };
        if keeper.open() >= most {
            return Err(Problem::not_run(self.session.abandon_call().method, Reason::Busy));
        }
        Ok(keeper.keep(self.session.end_call()?, deadline))
    }

    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        let mut ticket = ticket;
        let Some(line) = &mut self.line else { return Err(would_block(ticket.method())) };
        if line.keeping().is_none() {
            self.session.resume_input(self.received);
            return line.wait(self.session, ticket);
        }
        match line.keeping() {
            Some(Keeping { keeper, .. }) if keeper.is_answered(&ticket) => {
                keeper.take(&mut ticket, self.session)
            }
            _ => Err(would_block(ticket.method())),
        }
    }

    fn then(&mut self, ticket: Ticket, then: Then) {
        let mut ticket = ticket;
        let Some(line) = &mut self.line else { return then(Err(would_block(ticket.method()))) };
        if let Some(Keeping { keeper, run, .. }) = line.keeping() {
            let then = Box::new(move |answer: Result<Answer<'_>, Problem>| run(then, answer));
            return keeper.then(&mut ticket, then, self.session);
        }
        line.then(self.session, ticket, then);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.line.as_ref().is_none_or(|line| line.is_answered(ticket))
    }
}
