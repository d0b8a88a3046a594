//! The blocking side of one connection, but for its session: the socket, and what the other side
//! may call.

use std::any::Any;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::gave_up;
use ipc_core::session::{Answer, Session, Started};

use crate::spin::Spin;
use crate::sys::socket;
use crate::transport::{NO_SOCKET, Receipt, Stream, receive, transmit};

/// Milliseconds that a call waits for its answer, unless the user says otherwise.
const DEADLINE: u32 = 10_000;

/// Milliseconds that a write or a read may block while the other way is stuck too: both sides
/// writing and neither reading would be a deadlock.
const STALL: u32 = 10;

/// Microseconds after which a connection is quiet: in less than that the other side has hardly come
/// to its end.
const QUIET: u32 = 1_000;

/// Bytes that may wait to be sent before one-way calls fail that are not to wait.
const FULL: usize = 64 * 1024;

/// The id of no call that is answered.
pub(crate) const NOBODY: u32 = 0;

pub(crate) struct Wire {
    pub(crate) stream: Box<dyn Stream>,
    /// What is done with a frame that is not the answer that is waited for.
    pub(crate) other: Other,
    /// The services that calls of the other side find.
    pub(crate) offered: Option<Box<dyn Any + Send>>,
    /// What is done with a frame that is no call either.
    pub(crate) late: Option<fn(&mut Wire, &mut Session, Frame)>,
    /// What is done before the socket is waited for. Milliseconds until it is to be done again.
    pub(crate) before: Option<Before>,
    /// What the last two need.
    pub(crate) aside: Option<Box<dyn Any + Send>>,
    /// Milliseconds that a call may take.
    pub(crate) deadline: u32,
    /// Milliseconds of read timeout that are set on the socket.
    read_timeout: u32,
    pub(crate) spin: Spin,
}

/// What is done before the socket is waited for.
pub(crate) type Before = fn(&mut Wire, &mut Session) -> Result<u32, Reason>;

/// What is done with a frame, while the call of an id waits.
pub(crate) type Other = fn(&mut Wire, &mut Session, Frame, u32);

/// By a program that only calls, and waits for each answer.
pub(crate) fn refuse(_: &mut Wire, session: &mut Session, frame: Frame, _: u32) {
    if let Head::Call(call) = frame.head {
        session.refuse(&call, Reason::UnknownService);
    }
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Wire {
        stream.set_timeouts(DEADLINE, STALL);
        Wire {
            stream,
            other: refuse,
            offered: None,
            late: None,
            before: None,
            aside: None,
            deadline: DEADLINE,
            read_timeout: DEADLINE,
            spin: Spin::new(),
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
        self.step(session, NOBODY)?;
        // Handlers, which may wait for answers, are run in between.
        self.exchange(session, timeout, false)?;
        self.step(session, NOBODY)?;
        // What they answered does not wait for the next time.
        self.exchange(session, 0, true).map(drop)
    }

    /// Sends what is to be sent, then blocks for up to `timeout` milliseconds, or with 0 not at
    /// all, until there is something to read; `true`: all is sent, and that was `all` there was to
    /// do. Sends nothing without reading too: the other side may be stuck until this one reads.
    pub(crate) fn exchange(
        &mut self,
        session: &mut Session,
        timeout: u32,
        all: bool,
    ) -> Result<bool, Reason> {
        let waits = timeout > 0;
        let mut timeout = timeout;
        if let Some(before) = self.before {
            timeout = timeout.min(before(self, session)?);
        }
        if !transmit(&mut *self.stream, session, waits) {
            return Err(self.close(session, Reason::Disconnected));
        }
        if session.unsent_len() == 0 {
            if all {
                return Ok(true);
            }
        } else {
            timeout = timeout.min(STALL);
        }
        loop {
            let sleeps = waits && !self.spin.is_warm();
            // A system call that is worth making only when it changes something that matters.
            if sleeps && (timeout > self.read_timeout || self.read_timeout - timeout > STALL / 2) {
                self.read_timeout = timeout.max(1);
                self.stream.set_timeouts(self.read_timeout, STALL);
            }
            let receipt = receive(&mut *self.stream, session, sleeps);
            self.spin.looked(receipt != Receipt::Nothing);
            match receipt {
                Receipt::Bytes { .. } => return Ok(false),
                Receipt::Nothing if waits && !sleeps => {}
                Receipt::Nothing => return Ok(false),
                Receipt::End | Receipt::Failed => {
                    return Err(self.close(session, Reason::Disconnected));
                }
            }
        }
    }

    /// Takes in what has come before a call is begun on a connection that was quiet: a goodbye, or
    /// the end. The call then does not run; what is sent meets the reset, which takes both along.
    #[inline(never)]
    pub(crate) fn look(&mut self, session: &mut Session) {
        // What is no socket forgets nothing.
        if self.spin.passed() < QUIET || self.stream.raw() == NO_SOCKET {
            return;
        }
        // As if something had come: whoever calls and calls looks but once in a while.
        self.spin.looked(true);
        match receive(&mut *self.stream, session, false) {
            Receipt::Bytes { .. } => {
                let _ = self.step(session, NOBODY);
            }
            Receipt::Nothing => {}
            Receipt::End | Receipt::Failed => {
                self.close(session, Reason::Disconnected);
            }
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
            let frame = match session.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(None),
                Err(_) => return Err(self.close(session, Reason::Protocol)),
            };
            match frame.head {
                // The other side is about to close the connection, and says so.
                Head::Fault(0) => session.close(Reason::ShuttingDown),
                Head::Reply(id) | Head::Fault(id) if id == awaited && id != NOBODY => {
                    return Ok(Some(frame));
                }
                _ => (self.other)(self, session, frame, awaited),
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn close(&mut self, session: &mut Session, reason: Reason) -> Reason {
        session.close(reason);
        let reason = session.closed().unwrap_or(reason);
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
        let before = session.unsent_len();
        let Started { method, .. } = session.end_call()?;
        if before > FULL || session.unsent_len() > session.limits().frame {
            session.take_back(before);
            return Err(Problem::not_run(method, Reason::WouldBlock));
        }
        self.transmit_now(session);
        Ok(())
    }

    /// Sends what the socket takes at once.
    fn transmit_now(&mut self, session: &mut Session) {
        if !transmit(&mut *self.stream, session, false) {
            self.close(session, Reason::Disconnected);
        }
    }

    /// Sends the call that was begun, and blocks until it is answered or its deadline has passed.
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
