//! The blocking side of one connection, but for its session: the socket, and what the other side
//! may call.

use std::ops::Range;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Call, Frame, Head};
use ipc_core::later::Address;
use ipc_core::pending::{Then, Ticket, gave_up};
use ipc_core::service::Line;
use ipc_core::session::{Answer, Session, Started};

use crate::aside::{self, Aside};
use crate::offer::Offered;
use crate::sys::socket;
use crate::transport::{Receipt, Stream, is_late, receive, transmit};

/// Milliseconds that a call waits for its answer, unless the user says otherwise.
const DEADLINE: u32 = 10_000;

/// Milliseconds that a write or a read may block while the other way is stuck too: both sides
/// writing and neither reading would be a deadlock.
const STALL: u32 = 10;

/// Bytes that may wait to be sent before one-way calls fail that are not to wait.
const FULL: usize = 64 * 1024;

/// Calls within calls within calls: each goes deeper into the stack.
const DEPTH: u32 = 16;

pub(crate) struct Wire {
    pub(crate) stream: Box<dyn Stream>,
    /// What the other side may call.
    pub(crate) offered: Option<Box<dyn Offered>>,
    /// Calls that are under way, and what is sent later.
    pub(crate) aside: Option<Box<dyn Aside>>,
    /// Milliseconds that a call may take.
    pub(crate) deadline: u32,
    /// Milliseconds of read timeout that are set on the socket.
    read_timeout: u32,
    /// Calls of the other side that are being served, one within the other.
    depth: u32,
    /// When the calls that are there came.
    read_at: u32,
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Wire {
        stream.set_timeouts(DEADLINE, STALL);
        let (offered, aside) = (None, None);
        Wire {
            stream,
            offered,
            aside,
            deadline: DEADLINE,
            read_timeout: DEADLINE,
            depth: 0,
            read_at: 0,
        }
    }

    /// Blocks until `call` is sent and, if it is to be, answered; serves the calls that come the
    /// other way.
    pub(crate) fn wait(
        &mut self,
        session: &mut Session,
        call: Started,
    ) -> Result<Option<Frame>, Reason> {
        let start = socket::now();
        loop {
            let answer = self.step(session, call.id)?;
            if answer.is_some() {
                return Ok(answer);
            }
            let left = self.deadline.saturating_sub(socket::now().wrapping_sub(start));
            if left == 0 {
                session.cancel(call.id);
                return Err(Reason::Deadline);
            }
            if self.exchange(session, left, call.id == 0)? {
                return Ok(None);
            }
        }
    }

    /// As [`Connection::poll`](crate::Connection::poll).
    pub(crate) fn poll(&mut self, session: &mut Session, timeout: u32) -> Result<(), Reason> {
        self.step(session, aside::NOBODY)?;
        // Handlers, which may wait for answers, are run in between.
        self.exchange_once(session, timeout, false)?;
        self.step(session, aside::NOBODY)?;
        // What they answered does not wait for the next time.
        self.exchange_once(session, 0, true)
    }

    /// As [`Wire::exchange`]; 0 does not block.
    fn exchange_once(
        &mut self,
        session: &mut Session,
        timeout: u32,
        all: bool,
    ) -> Result<(), Reason> {
        let blocks = timeout > 0;
        if !blocks {
            self.stream.set_blocking(false);
        }
        let went = self.exchange(session, timeout.max(1), all);
        if !blocks {
            self.stream.set_blocking(true);
        }
        went.map(drop)
    }

    /// Sends what is to be sent, then blocks for up to `timeout` milliseconds until there is
    /// something to read; `true`: all is sent, and that was `all` there was to do. Sends nothing
    /// without reading too: the other side may be stuck until this one reads.
    pub(crate) fn exchange(
        &mut self,
        session: &mut Session,
        timeout: u32,
        all: bool,
    ) -> Result<bool, Reason> {
        let most = timeout;
        let mut timeout;
        loop {
            timeout = most;
            if let Some(aside) = &mut self.aside {
                match aside.before(session) {
                    Ok(next) => timeout = timeout.min(next),
                    Err(reason) => return Err(self.close(session, reason)),
                }
            }
            if !transmit(&mut *self.stream, session) {
                return Err(self.close(session, Reason::Disconnected));
            }
            if timeout > 0 || !session.unsent().is_empty() {
                break;
            }
        }
        if session.unsent().is_empty() {
            if all {
                return Ok(true);
            }
        } else {
            timeout = timeout.clamp(1, STALL);
        }
        // A system call that is worth making only when it changes something that matters.
        if timeout > self.read_timeout || self.read_timeout - timeout > STALL / 2 {
            self.read_timeout = timeout;
            self.stream.set_timeouts(timeout, STALL);
        }
        match receive(&mut *self.stream, session) {
            Receipt::Bytes { .. } => {
                self.read_at = socket::now();
                Ok(false)
            }
            Receipt::Nothing => Ok(false),
            Receipt::End | Receipt::Failed => Err(self.close(session, Reason::Disconnected)),
        }
    }

    /// Goes through the frames that have been received, up to the answer to the call of id
    /// `awaited`; calls are served.
    pub(crate) fn step(
        &mut self,
        session: &mut Session,
        awaited: u32,
    ) -> Result<Option<Frame>, Reason> {
        loop {
            match session.next() {
                Ok(Some(Frame { head: Head::Call(head), .. })) if is_late(&head, self.read_at) => {
                    session.refuse(&head, Reason::Late);
                }
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    self.serve(session, (&head, payload), awaited);
                }
                // The other side is about to close the connection, and says so.
                Ok(Some(Frame { head: Head::Fault(0), .. })) => {
                    session.close(Reason::ShuttingDown);
                }
                Ok(Some(frame @ Frame { head: Head::Reply(id) | Head::Fault(id), .. }))
                    if id == awaited && id != 0 =>
                {
                    return Ok(Some(frame));
                }
                Ok(Some(frame)) => {
                    let offered = &mut self.offered;
                    if offered.as_mut().is_some_and(|offered| offered.put_off(session, &frame)) {
                        continue;
                    }
                    // Without it, an answer that nobody waits for any more.
                    if let Some(aside) = &mut self.aside {
                        aside.frame(session, frame);
                    }
                }
                Ok(None) => return Ok(None),
                Err(_) => return Err(self.close(session, Reason::Protocol)),
            }
        }
    }

    fn serve(&mut self, session: &mut Session, call: (&Call, Range<usize>), awaited: u32) {
        match self.offered.take() {
            None => session.refuse(call.0, Reason::UnknownService),
            Some(offered) if self.depth == DEPTH => {
                self.offered = Some(offered);
                session.refuse(call.0, Reason::Busy);
            }
            Some(offered) => {
                self.depth += 1;
                offered.serve(self, session, call, awaited);
                self.depth -= 1;
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn close(&mut self, session: &mut Session, reason: Reason) -> Reason {
        session.close(reason);
        let reason = session.closed().unwrap_or(reason);
        if let Some(aside) = &mut self.aside {
            aside.close(reason);
        }
        self.stream.shut_down();
        reason
    }

    /// Blocks until the one-way call that was begun is sent.
    pub(crate) fn post(&mut self, session: &mut Session) -> Result<(), Problem> {
        let call = session.end_call()?;
        self.wait(session, call).map(drop).map_err(|reason| gave_up(call, reason))
    }

    /// Sends the one-way call that was begun without blocking, or not at all.
    pub(crate) fn post_or_fail(&mut self, session: &mut Session) -> Result<(), Problem> {
        self.transmit_now(session);
        let before = session.unsent().len();
        let Started { method, .. } = session.end_call()?;
        if before > FULL || session.unsent().len() > session.limits().frame {
            session.take_back(before);
            let reason = Reason::WouldBlock;
            return Err(Problem { method, reason, detail: None, may_have_run: false });
        }
        self.transmit_now(session);
        Ok(())
    }

    /// Sends what the socket takes at once.
    fn transmit_now(&mut self, session: &mut Session) {
        if !session.unsent().is_empty() {
            self.stream.set_blocking(false);
            if !transmit(&mut *self.stream, session) {
                self.close(session, Reason::Disconnected);
            }
            self.stream.set_blocking(true);
        }
    }

    /// As [`Line::finish`].
    #[inline(never)]
    pub(crate) fn finish<'s>(&mut self, session: &'s mut Session) -> Result<Answer<'s>, Problem> {
        let call = session.end_call()?;
        match self.wait(session, call) {
            Ok(Some(frame)) => session.answer(call, frame),
            Ok(None) => Err(gave_up(call, Reason::Dropped)),
            Err(reason) => Err(gave_up(call, reason)),
        }
    }
}

impl Line for Wire {
    fn address(&self) -> Option<Address> {
        self.aside.as_ref()?.address()
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn finish<'s>(&mut self, session: &'s mut Session) -> Result<Answer<'s>, Problem> {
        Wire::finish(self, session)
    }

    fn start(&mut self, session: &mut Session) -> Result<Ticket, Problem> {
        aside::start(self, session)
    }

    fn wait(&mut self, session: &mut Session, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        aside::wait(self, session, &ticket)
    }

    fn then(&mut self, session: &mut Session, ticket: Ticket, then: Then) {
        aside::of(self).then(&ticket, then, session);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.aside.as_ref().is_none_or(|aside| aside.is_answered(ticket))
    }
}
