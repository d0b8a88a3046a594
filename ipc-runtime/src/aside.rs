//! What goes on on a blocking connection beside the call that is waited for: calls that were
//! started, replies that were deferred, and events.
//!
//! Programs which only wait for their calls have nothing of it in them: nothing but the functions
//! here puts it into a [`Wire`].

use std::any::Any;
use std::sync::Arc;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::{Then, Ticket};
use ipc_core::later::Address;
use ipc_core::service::{Calls, Line, Waiting};
use ipc_core::session::{Answer, Session, Started};

use crate::mail::Mailbox;
use crate::side::Side;
use crate::sys::socket;
use crate::transport::transmit;
use crate::wire::{NOBODY, Wire, refuse};

/// Milliseconds between two looks at the mailbox, while there is a call to be answered later or
/// somebody who has the peer's handle. A blocking socket cannot be woken for it.
pub(crate) const LOOK: u32 = 5;

/// Bytes of calls that are started and not sent, so that the other side has something to do
/// while more are.
const AT_ONCE: usize = 12 * 1024;

/// Calls that may be under way at once, unless the user says otherwise.
const MOST: usize = 32;

/// A blocking connection has a mailbox of its own, in which it is this.
const LINE: u64 = 0;

/// Whether as many calls are under way as may be.
fn is_full(wire: &mut Wire) -> bool {
    let side = of(wire);
    side.keeper.open() >= side.most
}

/// What a connection has that is more, made when it is needed first.
#[inline(never)]
fn of(wire: &mut Wire) -> &mut Side {
    if wire.aside.is_none() {
        wire.late = Some(late);
        if wire.offered.is_none() {
            wire.other = other;
        }
        wire.before = Some(before);
    }
    downcast(wire.aside.get_or_insert_with(|| Box::new(Side::new(MOST))))
}

#[expect(clippy::expect_used, reason = "nothing else is ever put there")]
fn downcast(side: &mut Box<dyn Any + Send>) -> &mut Side {
    side.downcast_mut().expect("a side")
}

/// That, if it has been needed.
fn there(wire: &Wire) -> Option<&Side> {
    wire.aside.as_ref()?.downcast_ref()
}

/// Before the socket is written and waited for. Milliseconds until the next time.
fn before(wire: &mut Wire, session: &mut Session) -> Result<u32, Reason> {
    Ok(of(wire).keeper.give_up(session, socket::now()).unwrap_or(u32::MAX))
}

/// As [`before`], where handlers may send when they have returned.
fn before_and_deliver(wire: &mut Wire, session: &mut Session) -> Result<u32, Reason> {
    let mut next = before(wire, session)?;
    let Side { mailbox, backlog, .. } = of(wire);
    let Some(mailbox) = mailbox else { return Ok(next) };
    // While nobody but this connection holds the mailbox, nobody can post.
    if Arc::strong_count(mailbox) > 1 {
        next = next.min(LOOK);
    }
    for parcel in &mailbox.take() {
        if backlog.put(session, parcel).is_err() {
            return Err(wire.close(session, Reason::Disconnected));
        }
    }
    while of(wire).backlog.refill(session) {
        if !transmit(&mut *wire.stream, session, false) {
            return Err(wire.close(session, Reason::Disconnected));
        }
        if session.unsent_len() > 0 {
            // The socket takes no more. There is a next time soon.
            break;
        }
    }
    Ok(next)
}

/// As [`refuse`], of a program that does not wait for each answer.
fn other(wire: &mut Wire, session: &mut Session, frame: Frame, awaited: u32) {
    match frame.head {
        Head::Call(_) => refuse(wire, session, frame, awaited),
        _ => late(wire, session, frame),
    }
}

/// A frame came that is no call, nor the answer that is waited for.
fn late(wire: &mut Wire, session: &mut Session, frame: Frame) {
    of(wire).frame(session, frame);
}

/// Lets handlers send when they have returned.
#[inline(never)]
pub(crate) fn allow_sending_later(wire: &mut Wire) {
    let side = of(wire);
    if side.mailbox.is_none() {
        side.send_later(Arc::new(Mailbox::new(None)), LINE);
    }
    wire.before = Some(before_and_deliver);
}

/// Calls of the other side that are to be answered later.
pub(crate) fn open_calls(wire: &mut Wire) -> usize {
    of(wire).open_calls()
}

/// The connection is gone, though it is still held: calls that were started get no answer, and
/// nothing is sent later.
pub(crate) fn fail(wire: &mut Wire, reason: Reason) {
    if wire.aside.is_some() {
        of(wire).fail(reason);
    }
}

/// Sets how many calls may be under way.
pub(crate) fn set_most(wire: &mut Wire, most: usize) {
    of(wire).most = most.max(1);
}

/// Starts the call that was begun; blocks while too many are under way.
#[inline(never)]
pub(crate) fn start(wire: &mut Wire, session: &mut Session) -> Result<Ticket, Problem> {
    let before = session.unsent_len();
    let call = session.end_call()?;
    let deadline = wire.deadline;
    if call.id != 0 && is_full(wire) {
        wait_for_room(wire, session, before)
            .map_err(|reason| Problem::not_run(call.method, reason))?;
    }
    let ticket = of(wire).keeper.keep(call, deadline);
    if session.unsent_len() >= AT_ONCE && !transmit(&mut *wire.stream, session, false) {
        // Whoever collects it is told.
        wire.close(session, Reason::Disconnected);
    }
    if session.unsent_len() > session.limits().frame {
        // As a one-way call is waited for. If it was in vain, no further one is begun.
        let _ = wire.wait(session, Started { id: NOBODY, ..call });
    }
    Ok(ticket)
}

/// Blocks until one call more may be under way: the last, whose frame was added when so many
/// bytes were unsent.
#[inline(never)]
fn wait_for_room(wire: &mut Wire, session: &mut Session, before: usize) -> Result<(), Reason> {
    // It must not be among what is sent meanwhile.
    let frame = session.take_back(before);
    while is_full(wire) {
        go_on(wire, session)?;
    }
    session.append(&frame);
    Ok(())
}

/// Blocks until a call that was started is answered, or cannot be any more.
#[inline(never)]
pub(crate) fn wait<'w>(
    wire: &'w mut Wire,
    session: &'w mut Session,
    ticket: Ticket,
) -> Result<Answer<'w>, Problem> {
    let mut ticket = ticket;
    let call = ticket.call();
    loop {
        if let Ok(Some(frame)) = take_in(wire, session, call.id) {
            let keeper = &mut of(wire).keeper;
            // What came behind it is taken in the next time.
            if keeper.settle(&mut ticket) {
                return session.answer(call, frame);
            }
            // It is for another call, and so is the ticket.
            keeper.answered(session, call.id, frame);
        } else if of(wire).keeper.is_answered(&ticket) {
            return of(wire).keeper.take(&mut ticket, session);
        } else {
            // When that fails, so has the call.
            let _ = wait_for_more(wire, session);
        }
    }
}

/// As [`Pipeline::then`](ipc_core::pending::Pipeline::then).
pub(crate) fn then(wire: &mut Wire, session: &Session, ticket: Ticket, then: Then) {
    let mut ticket = ticket;
    of(wire).keeper.then(&mut ticket, then, session);
}

/// As [`Pipeline::is_answered`](ipc_core::pending::Pipeline::is_answered).
pub(crate) fn is_answered(wire: &Wire, ticket: &Ticket) -> bool {
    there(wire).is_none_or(|side| side.keeper.is_answered(ticket))
}

/// How many calls that were started wait for their answers.
pub(crate) fn in_flight(wire: &Wire) -> usize {
    there(wire).map_or(0, |side| side.keeper.open())
}

/// Takes in what has come; if no call is answered by that, waits for more. When the connection is
/// gone, so are its calls.
#[inline(never)]
fn go_on(wire: &mut Wire, session: &mut Session) -> Result<(), Reason> {
    let open = of(wire).keeper.open();
    // When that fails, so does what follows.
    let _ = take_in(wire, session, NOBODY);
    if of(wire).keeper.open() != open {
        return Ok(());
    }
    wait_for_more(wire, session)
}

/// Goes through what has come, up to the answer to the call of id `awaited`. If the other side
/// broke the protocol, the connection is closed by that. [`Wire::step`], once for all of these loops,
/// as it becomes part of who calls it.
#[inline(never)]
fn take_in(wire: &mut Wire, session: &mut Session, awaited: u32) -> Result<Option<Frame>, Reason> {
    wire.step(session, awaited)
}

/// Waits until more comes. When the connection is gone, so are its calls.
#[inline(never)]
fn wait_for_more(wire: &mut Wire, session: &mut Session) -> Result<(), Reason> {
    let went = match session.closed() {
        Some(reason) => Err(reason),
        None => wire.exchange(session, wire.deadline, false).map(drop),
    };
    if let Err(reason) = went {
        of(wire).keeper.fail(reason);
    }
    went
}

impl Line for Wire {
    fn address(&self) -> Option<Address> {
        there(self)?.address()
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn calls(&mut self) -> Calls<'_> {
        Calls::Waited(self)
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        is_answered(self, ticket)
    }
}

impl Waiting for Wire {
    fn finish<'s>(
        &mut self,
        session: &'s mut Session,
        received: &[u8],
    ) -> Result<Answer<'s>, Problem> {
        session.resume_input(received);
        Wire::finish(self, session)
    }

    fn start(&mut self, session: &mut Session, received: &[u8]) -> Result<Ticket, Problem> {
        // Where as many are under way as may be, it waits.
        session.resume_input(received);
        start(self, session)
    }

    fn wait<'s>(
        &'s mut self,
        session: &'s mut Session,
        received: &[u8],
        ticket: Ticket,
    ) -> Result<Answer<'s>, Problem> {
        session.resume_input(received);
        wait(self, session, ticket)
    }

    fn then(&mut self, session: &mut Session, ticket: Ticket, then: Then) {
        self::then(self, session, ticket, then);
    }

    fn flush(&mut self, session: &mut Session) {
        transmit(&mut *self.stream, session, false);
    }
}
