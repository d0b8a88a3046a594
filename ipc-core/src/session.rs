//! The state of one connection, for both sides of it, without the connection: bytes in, calls and
//! answers out, bytes out (WIRE.md §4).
//!
//! How to drive it:
//!
//! 1. Read into [`Session::space`] and say how much with [`Session::filled`].
//! 2. Call [`Session::next`] until it says [`Incoming::Nothing`]; serve the calls that it gives.
//! 3. Write [`Session::unsent`] and say how much with [`Session::sent`].
//!
//! A call of this side begins with [`Session::begin_call`], is sent from [`Session::end_call`] on,
//! and ends with [`Session::collect`] or [`Session::abandon`].

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use crate::codec::{Budget, Decode, Encode, Reader, Writer};
use crate::deframe::Deframer;
use crate::error::{DecodeError, Detail, Problem, ProtocolError, Reason};
use crate::frame::{self, Head};
use crate::method::Method;

/// What a connection may take. Every field is a default that a user may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one frame, its length field included; both for what is sent and what comes in.
    pub frame: usize,
    /// What one frame may cost to decode.
    pub budget: Budget,
    /// Calls of this side that may await their answers at once.
    pub in_flight: u16,
}

impl Limits {
    /// 1 MiB, [`Budget::DEFAULT`], 32 calls.
    pub const DEFAULT: Limits =
        Limits { frame: 1024 * 1024, budget: Budget::DEFAULT, in_flight: 32 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// One side of one connection.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    input: Deframer,
    output: Writer,
    /// How much of `output` has been sent: at most its length.
    sent: usize,
    /// Calls of this side that have not been collected.
    slots: Vec<Slot>,
    /// The call whose arguments are being written.
    begun: Option<Started>,
    /// The frame of an answer that was kept, while it is being decoded.
    collected: Vec<u8>,
    closed: Option<Reason>,
}

/// A call of this side that has been started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The method that was called.
    pub method: &'static Method,
    /// Its name on the wire: the slot, counted from 1, below a count of the slot's calls. 0 for a
    /// one-way call.
    id: u32,
}

/// Where the answer to a call of this side is put.
#[derive(Debug)]
struct Slot {
    id: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Can be taken by the next call.
    Free,
    /// The answer is on its way.
    Waiting,
    /// The answer is on its way, and nobody wants it. The slot stays taken until it has come, so
    /// that a late answer never meets a younger call.
    Abandoned,
    /// The answer is here, at this range of the receive buffer until the next read.
    Received(Range<usize>),
    /// The answer came while another was waited for: a copy of its frame.
    Kept(Vec<u8>),
}

/// What [`Session::next`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// No whole frame is left.
    Nothing,
    /// The peer calls; the arguments are at this range of the receive buffer.
    Call(frame::Call, Range<usize>),
    /// The peer has given up on its call of this id.
    Cancel(u32),
    /// An answer, to a call of this side or to none any more.
    Answer,
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
    pub const fn new(limits: Limits) -> Session {
        Session {
            limits,
            input: Deframer::new(),
            output: Writer::new(limits.frame),
            sent: 0,
            slots: Vec::new(),
            begun: None,
            collected: Vec::new(),
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

    /// Takes the next whole frame. An answer is put where [`Session::collect`] finds it: copied,
    /// unless `awaited` is its call, which is to be collected before the next read.
    ///
    /// # Errors
    ///
    /// When the peer broke the protocol. The connection is to be closed.
    #[allow(clippy::should_implement_trait, reason = "an iterator takes no argument")]
    pub fn next(&mut self, awaited: Option<Started>) -> Result<Incoming, ProtocolError> {
        let Some(frame) = self.input.next(self.limits.frame)? else {
            return Ok(Incoming::Nothing);
        };
        let mut r = Reader::new(self.input.bytes(frame.clone()), self.limits.budget);
        Ok(match Head::read(&mut r)? {
            Head::Call(call) => Incoming::Call(call, frame.start + r.position()..frame.end),
            Head::Cancel(id) => Incoming::Cancel(id),
            Head::Reply(id) | Head::Fault(id) => {
                self.receive_answer(id, frame, awaited.is_some_and(|call| call.id == id));
                Incoming::Answer
            }
        })
    }

    /// Takes the receive buffer out, so that frames in it stay where they are while a call is
    /// served.
    pub(crate) fn detach_input(&mut self) -> Vec<u8> {
        self.input.detach()
    }

    /// Puts the receive buffer back.
    pub(crate) fn attach_input(&mut self, detached: Vec<u8>) {
        self.input.attach(detached);
    }

    // Bytes out.

    /// What is to be written next; empty when all has been.
    pub fn unsent(&self) -> &[u8] {
        self.output.as_bytes().get(self.sent..).unwrap_or_default()
    }

    /// Says that the first `n` bytes of [`Session::unsent`] have been written.
    pub fn sent(&mut self, n: usize) {
        self.sent += n;
        // Moving the rest to the front is put off until it is worth it.
        if self.sent == self.output.as_bytes().len() || self.sent >= self.limits.frame {
            self.output.discard(self.sent);
            self.sent = 0;
        }
    }

    /// Exchanges empty buffers with spare ones, so that idle connections hold none.
    pub fn swap_buffers(&mut self, spare: &mut Buffers) {
        self.input.swap(&mut spare.input);
        self.output.swap(&mut spare.output);
    }

    // Calls of this side.

    /// Begins a call: what is appended to the writer are its arguments. One that was begun and
    /// not ended is dropped. `deadline` is in milliseconds, 0 for none.
    pub fn begin_call(&mut self, method: &'static Method, deadline: u32) -> &mut Writer {
        self.output.abandon();
        let id = if method.oneway { 0 } else { self.take_slot() };
        self.begun = Some(Started { method, id });
        frame::begin_call(&mut self.output, method, id, deadline);
        &mut self.output
    }

    /// Ends the call that was begun: it is now among [`Session::unsent`].
    ///
    /// # Errors
    ///
    /// When the call cannot be sent: it certainly does not run.
    pub fn end_call(&mut self) -> Result<Started, Problem> {
        let call = self.begun.take().unwrap_or(Started { method: &Method::NONE, id: 0 });
        let reason = match self.closed {
            Some(reason) => reason,
            None if call.id == 0 && !call.method.oneway => Reason::TooManyCalls,
            None if self.output.end() => return Ok(call),
            None => Reason::RequestTooLarge,
        };
        self.output.abandon();
        self.free(call);
        Err(Problem { method: call.method, reason, detail: None, may_have_run: false })
    }

    /// Whether the answer to `call` is here.
    pub fn is_answered(&self, call: Started) -> bool {
        self.slot(call.id)
            .is_some_and(|slot| matches!(slot.state, State::Received(_) | State::Kept(_)))
    }

    /// Ends `call`: the value that its answer carries.
    ///
    /// # Errors
    ///
    /// The fault that the peer answered with; when there is no answer, that of
    /// [`Session::abandon`].
    pub fn collect(&mut self, call: Started) -> Result<Answer<'_>, Problem> {
        let frame = match self.free(call) {
            State::Received(frame) => self.input.bytes(frame),
            State::Kept(frame) => {
                self.collected = frame;
                &self.collected
            }
            _ => return Err(self.abandon(call, self.closed.unwrap_or(Reason::Dropped))),
        };
        read_answer(Reader::new(frame, self.limits.budget), call.method)
    }

    /// Gives up on `call` for `reason`; its answer, when it comes, is dropped.
    pub fn abandon(&mut self, call: Started, reason: Reason) -> Problem {
        if let Some(slot) = self.slot_mut(call.id) {
            slot.state = State::Abandoned;
        }
        Problem { method: call.method, reason, detail: None, may_have_run: true }
    }

    // Answers of this side.

    /// Begins the answer to the peer's call of this id; what is appended is the value.
    pub(crate) fn begin_reply(&mut self, id: u32) -> &mut Writer {
        frame::begin_answer(&mut self.output, frame::REPLY, id);
        &mut self.output
    }

    /// Ends the answer that was begun. `false`: it is larger than a frame may be, and gone.
    pub(crate) fn end_reply(&mut self) -> bool {
        self.output.end()
    }

    /// Answers the peer's call of this id with a fault, in place of a reply that was begun.
    pub(crate) fn fault(&mut self, id: u32, reason: Reason, detail: Option<Detail>) {
        self.output.abandon();
        frame::begin_answer(&mut self.output, frame::FAULT, id);
        self.output.put([reason as u8]);
        if let Some(Detail { error, at }) = detail {
            self.output.put([error as u8]);
            at.encode(&mut self.output);
        }
        self.output.end();
    }

    // The end.

    /// Says that the connection is gone: what is called from now on does not run.
    pub fn close(&mut self, reason: Reason) {
        self.closed.get_or_insert(reason);
    }

    /// Why the connection is gone, if it is.
    pub fn closed(&self) -> Option<Reason> {
        self.closed
    }

    /// The limits that the session was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    // Slots.

    /// Puts an answer into its call's slot; drops one that nobody waits for.
    fn receive_answer(&mut self, id: u32, frame: Range<usize>, awaited: bool) {
        let received = match awaited {
            true => State::Received(frame),
            false => State::Kept(self.input.bytes(frame).to_vec()),
        };
        if let Some(slot) = self.slot_mut(id) {
            match slot.state {
                State::Waiting => slot.state = received,
                State::Abandoned => slot.state = State::Free,
                _ => {}
            }
        }
    }

    /// Takes a free slot, and gives the id of its next call: 0 when as many calls as may be are in
    /// flight.
    fn take_slot(&mut self) -> u32 {
        let free = self.slots.iter().position(|slot| matches!(slot.state, State::Free));
        let index = free.unwrap_or(self.slots.len());
        if free.is_none() {
            match u32::try_from(index + 1) {
                Ok(id) if id <= u32::from(self.limits.in_flight) => {
                    self.slots.push(Slot { id, state: State::Free });
                }
                _ => return 0,
            }
        }
        self.slots.get_mut(index).map_or(0, |slot| {
            slot.state = State::Waiting;
            slot.id = slot.id.wrapping_add(1 << 16);
            slot.id
        })
    }

    /// Frees the slot of `call` and gives what was in it.
    fn free(&mut self, call: Started) -> State {
        self.slot_mut(call.id)
            .map_or(State::Free, |slot| mem::replace(&mut slot.state, State::Free))
    }

    fn slot(&self, id: u32) -> Option<&Slot> {
        self.slots.get(slot_index(id)).filter(|slot| slot.id == id)
    }

    fn slot_mut(&mut self, id: u32) -> Option<&mut Slot> {
        self.slots.get_mut(slot_index(id)).filter(|slot| slot.id == id)
    }
}

/// The lower half of an id, which counts from 1.
fn slot_index(id: u32) -> usize {
    (id as usize & 0xffff).wrapping_sub(1)
}

/// Reads the frame of an answer, which [`Session::next`] has seen the head of.
fn read_answer<'a>(
    mut r: Reader<'a>,
    method: &'static Method,
) -> Result<Answer<'a>, Problem> {
    match Head::read(&mut r) {
        Ok(Head::Reply(_)) => Ok(Answer { method, value: r }),
        _ => Err(read_fault(&mut r, method)),
    }
}

#[cold]
fn read_fault(r: &mut Reader<'_>, method: &'static Method) -> Problem {
    let code = r.take().map_or(0, |[code]| code);
    let detail = r.take().and_then(|[error]| {
        Ok(Detail { error: DecodeError::from_code(error), at: u32::decode(r)? })
    });
    Problem {
        method,
        reason: Reason::from_code(code),
        detail: detail.ok(),
        may_have_run: code == 0 || code >= Reason::MAY_HAVE_RUN,
    }
}
