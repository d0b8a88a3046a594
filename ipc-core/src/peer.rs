//! The other side of a connection, as a handler sees it.

use crate::codec::Writer;
use crate::error::Problem;
use crate::keeper::{Then, Ticket};
use crate::later::would_block;
use crate::method::Method;
use crate::pending::Pipeline;
use crate::service::{Caller, Line};
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
        match &mut self.line {
            Some(line) => line.start(self.session),
            None => {
                let call = self.session.abandon_call();
                Err(would_block(call.method))
            }
        }
    }

    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        match &mut self.line {
            Some(line) => {
                self.session.resume_input(self.received);
                line.wait(self.session, ticket)
            }
            None => Err(would_block(ticket.method())),
        }
    }

    fn then(&mut self, ticket: Ticket, then: Then) {
        match &mut self.line {
            Some(line) => line.then(self.session, ticket, then),
            None => then(Err(would_block(ticket.method()))),
        }
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.line.as_ref().is_none_or(|line| line.is_answered(ticket))
    }
}
