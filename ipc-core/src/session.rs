//! The state of one connection, for both sides of it, without the connection: bytes in, calls and
//! answers out, bytes out (WIRE.md §4).
//!
//! How to drive it:
//!
//! 1. Read into [`Session::space`] and say how much with [`Session::filled`].
//! 2. Take frames with [`Session::next`] until there is none; give calls to
//!    [`serve`](crate::service::serve), and answers to [`Session::answer`].
//! 3. Write [`Session::unsent`] and say how much with [`Session::sent`].
//!
//! A call of this side begins with [`Session::begin_call`], is among the unsent bytes from
//! [`Session::end_call`] on, and ends when its answer comes or nobody waits for it any more.

use alloc::vec::Vec;
use core::ops::Range;

use crate::codec::{Budget, Reader, Writer};
use crate::deframe::Deframer;
use crate::error::{DecodeError, Detail, Problem, ProtocolError, Reason};
use crate::frame::{self, Frame, Head};
use crate::method::Method;

/// What a connection may take. Every field is a default that a user may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one frame, its length field included; both for what is sent and what comes in.
    pub frame: usize,
    /// What one frame may cost to decode.
    pub budget: Budget,
}

impl Limits {
    /// 1 MiB and [`Budget::DEFAULT`].
    pub const DEFAULT: Limits = Limits { frame: 1024 * 1024, budget: Budget::DEFAULT };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// One side of one connection.
pub struct Session {
    budget: Budget,
    input: Deframer,
    output: Writer,
    /// How much of `output` has been sent: at most its length.
    sent: usize,
    /// The id of this side's latest call. 0 is that of no call.
    last_id: u32,
    /// The call whose arguments are being written.
    begun: Started,
    closed: Option<Reason>,
}

/// A call of this side that has been started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The method that was called.
    pub method: &'static Method,
    /// The call's name on the wire; 0 for a one-way call.
    pub id: u32,
}

/// An answer to a call of this side: the value that was returned, to be decoded.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The method that was called.
    pub method: &'static Method,
    /// The value.
    pub value: Reader<'a>,
}

/// Buffers that connections take turns with.
#[derive(Debug, Default)]
pub struct Buffers {
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Session {
    /// A connection on which nothing has been said.
    #[inline(never)]
    pub const fn new(limits: Limits) -> Session {
        Session {
            budget: limits.budget,
            input: Deframer::new(),
            output: Writer::new(limits.frame),
            sent: 0,
            last_id: 0,
            begun: Started { method: &Method::NONE, id: 0 },
            closed: None,
        }
    }

    // Bytes in.

    /// Room for the next read: never empty.
    pub fn space(&mut self) -> &mut [u8] {
        self.input.space()
    }

    /// Says that the first `n` bytes of [`Session::space`] have been read into.
    pub fn filled(&mut self, n: usize) {
        self.input.filled(n);
    }

    /// Takes over bytes that were read elsewhere.
    pub fn receive(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = self.space();
            let n = rest.len().min(space.len());
            let (now, later) = rest.split_at(n);
            if let Some(slot) = space.get_mut(..n) {
                slot.copy_from_slice(now);
            }
            self.filled(n);
            rest = later;
        }
    }

    /// Whether nothing is half received and nothing unsent.
    pub fn is_idle(&self) -> bool {
        self.input.is_empty() && self.unsent_len() == 0
    }

    /// Takes the next whole frame; its payload stays where it is until the next read.
    ///
    /// # Errors
    ///
    /// When the peer broke the protocol. The connection is to be closed.
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot fail once and for all")]
    #[inline(never)]
    pub fn next(&mut self) -> Result<Option<Frame>, ProtocolError> {
        let Some((start, frame)) = self.input.next(self.output.limit())? else { return Ok(None) };
        let (head, payload) = Head::read(frame)?;
        let end = start + frame.len();
        Ok(Some(Frame { head, payload: end - payload.len()..end }))
    }

    /// Puts back the call that [`Session::next`] took last: it is the next again.
    pub fn put_back(&mut self, call: Frame) {
        self.input.put_back(frame::CALL_HEAD + call.payload.len());
    }

    /// A reply or fault that [`Session::next`] took, as it came.
    pub fn answer_frame(&self, answer: &Frame) -> &[u8] {
        let Range { start, end } = answer.payload;
        self.input.bytes(start.saturating_sub(frame::HEAD)..end)
    }

    /// Has whole frames come next, before those that have been received and not been taken.
    pub fn unread(&mut self, frames: &[u8]) {
        self.input.prepend(frames);
    }

    /// The payload of a frame that was taken, until the next read.
    pub(crate) fn payload(&self, of: Range<usize>) -> &[u8] {
        self.input.bytes(of)
    }

    /// Takes the receive buffer out, so that frames in it stay where they are while a call is
    /// served.
    pub(crate) fn detach_input(&mut self) -> Vec<u8> {
        self.input.detach()
    }

    /// Goes on receiving while a call is served and its buffer is out: what is in it behind the
    /// frames that have been taken is copied.
    pub fn resume_input(&mut self, detached: &[u8]) {
        self.input.resume(detached);
    }

    /// Puts the receive buffer back, unless there is another by now.
    pub(crate) fn attach_input(&mut self, detached: Vec<u8>) {
        self.input.attach(detached);
    }

    // Bytes out.

    /// What is to be written next; empty when all has been.
    pub fn unsent(&self) -> &[u8] {
        self.output.frames().get(self.sent..).unwrap_or_default()
    }

    /// How many bytes that is.
    pub fn unsent_len(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Says that the first `n` bytes of [`Session::unsent`] have been written.
    #[inline(never)]
    pub fn sent(&mut self, n: usize) {
        self.sent += n;
        // Moving the rest to the front is put off until it is no more than what was sent: no more
        // bytes are moved than sent, and what was sent takes no more room than what was not.
        if self.sent >= self.output.frames().len() / 2 {
            self.output.discard(self.sent);
            self.sent = 0;
        }
    }

    /// Exchanges empty buffers with spare ones, so that idle connections hold none.
    #[inline(never)]
    pub fn swap_buffers(&mut self, spare: &mut Buffers) {
        self.input.swap(&mut spare.input);
        self.output.swap(&mut spare.output);
    }

    // Calls of this side.

    /// Begins a call: what is appended to the writer are its arguments. One that was begun and
    /// not ended is dropped. `deadline` is in milliseconds, 0 for none.
    pub fn begin_call(&mut self, method: &'static Method, deadline: u32) -> &mut Writer {
        // Nobody waits for a one-way call, so it is never late.
        let (id, deadline) = if method.oneway { (0, 0) } else { (self.take_id(), deadline) };
        self.begun = Started { method, id };
        frame::begin_call(&mut self.output, method, id, deadline);
        &mut self.output
    }

    /// Ends the call that was begun: it is now among [`Session::unsent`].
    ///
    /// # Errors
    ///
    /// When the call cannot be sent: it certainly does not run.
    #[inline(never)]
    pub fn end_call(&mut self) -> Result<Started, Problem> {
        let call = self.begun;
        let reason = match self.closed {
            Some(reason) => reason,
            None if self.output.end() => return Ok(call),
            None => Reason::RequestTooLarge,
        };
        self.output.abandon();
        Err(Problem::not_run(call.method, reason))
    }

    /// Takes back the frames that were added when so many bytes were unsent, and have not been sent.
    pub fn take_back(&mut self, unsent: usize) -> Vec<u8> {
        self.output.take_back(self.sent + unsent)
    }

    /// Drops the call that was begun.
    pub fn abandon_call(&mut self) -> Started {
        self.output.abandon();
        self.begun
    }

    /// Reads the answer to `call` out of its frame.
    ///
    /// # Errors
    ///
    /// The fault that the peer answered with.
    #[inline(never)]
    pub fn answer(&self, call: Started, frame: Frame) -> Result<Answer<'_>, Problem> {
        let is_fault = matches!(frame.head, Head::Fault(_));
        self.read(call, self.input.bytes(frame.payload), is_fault)
    }

    /// As [`Session::answer`], of a payload that was kept.
    pub(crate) fn read<'a>(
        &self,
        Started { method, .. }: Started,
        payload: &'a [u8],
        is_fault: bool,
    ) -> Result<Answer<'a>, Problem> {
        match is_fault {
            true => Err(read_fault(payload, method)),
            false => Ok(Answer { method, value: Reader::new(payload, self.budget) }),
        }
    }

    /// Tells the peer that nobody waits for the answer to a call any more.
    #[inline(never)]
    pub fn cancel(&mut self, id: u32) {
        self.output.begin(frame::CANCEL, id);
        self.output.end();
    }

    // Answers of this side.

    /// Begins the answer to the peer's call of this id; what is appended is the value.
    pub(crate) fn begin_reply(&mut self, id: u32) -> &mut Writer {
        self.output.begin(frame::REPLY, id);
        &mut self.output
    }

    /// Appends a whole frame that was written elsewhere.
    #[inline(never)]
    pub fn append(&mut self, frame: &[u8]) {
        self.output.append(frame);
    }

    /// Ends the answer that was begun. `false`: it is larger than a frame may be, and gone.
    pub(crate) fn end_reply(&mut self) -> bool {
        self.output.end()
    }

    /// Answers a call of the peer with a fault, without having served it.
    pub fn refuse(&mut self, call: &frame::Call, reason: Reason) {
        if call.id != 0 {
            self.fault(call.id, reason, None);
        }
    }

    /// Answers the peer's call of this id with a fault, in place of a reply that was begun.
    #[cold]
    #[inline(never)]
    pub(crate) fn fault(&mut self, id: u32, reason: Reason, detail: Option<Detail>) {
        let output = &mut self.output;
        output.begin(frame::FAULT, id);
        output.put_bytes(&[reason as u8]);
        if let Some(Detail { error, at }) = detail {
            output.put_bytes(&[error as u8]);
            output.put_bytes(&at.to_le_bytes());
        }
        output.end();
    }

    // The end.

    /// Says of a call of the peer, which may have run, that it is not answered any more.
    pub fn drop_call(&mut self, id: u32) {
        self.fault(id, Reason::Dropped, None);
    }

    /// Tells the peer that this side serves nothing more, and is about to close the connection:
    /// calls that have not been answered before did not run.
    pub fn say_goodbye(&mut self) {
        self.fault(0, Reason::ShuttingDown, None);
    }

    /// Says that the connection is gone: what is called from now on does not run.
    pub fn close(&mut self, reason: Reason) {
        self.closed.get_or_insert(reason);
    }

    /// Why the connection is gone, if it is.
    pub fn closed(&self) -> Option<Reason> {
        self.closed
    }

    /// Sets the limits for what is sent and comes in from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.budget = limits.budget;
        self.output.set_limit(limits.frame);
    }

    /// The limits that are in force.
    pub fn limits(&self) -> Limits {
        Limits { frame: self.output.limit(), budget: self.budget }
    }

    fn take_id(&mut self) -> u32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }
}

#[cold]
#[inline(never)]
pub(crate) fn read_fault(payload: &[u8], method: &'static Method) -> Problem {
    let code = payload.first().map_or(0, |code| *code);
    let detail = match payload {
        [_, error, a, b, c, d, ..] => Some(Detail {
            error: DecodeError::from_code(*error),
            at: u32::from_le_bytes([*a, *b, *c, *d]),
        }),
        _ => None,
    };
    Problem {
        method,
        reason: Reason::from_code(code),
        detail,
        may_have_run: code == 0 || code >= Reason::MAY_HAVE_RUN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Here and not with the other tests, because 2³² calls are too many to wait for.
    #[test]
    fn ids_go_round_past_the_last_one_and_leave_out_0() {
        static METHOD: Method = Method::new("S", "m", "S.m", crate::schema::Schema::signature());
        let mut session = Session::new(Limits::DEFAULT);
        session.last_id = u32::MAX - 2;
        let ids = [(); 4].map(|()| {
            session.begin_call(&METHOD, 0);
            session.end_call().map(|call| call.id)
        });
        assert_eq!(ids, [Ok(u32::MAX - 1), Ok(u32::MAX), Ok(1), Ok(2)]);
    }
}
