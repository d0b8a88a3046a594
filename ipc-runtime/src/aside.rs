//! What goes on on a blocking connection beside the call that is waited for: calls that were
//! started, replies that were deferred, and events.
//!
//! Programs which only wait for their calls have nothing of it in them: nothing but the functions
//! here puts it into a [`Wire`].

use std::any::Any;
use std::sync::Arc;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::{Keeper, Then, Ticket};
use ipc_core::later::{Address, Outbox};
use ipc_core::service::Line;
use ipc_core::session::{Answer, Session, Started};

use crate::mail::{Backlog, Mailbox};
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

struct Aside {
    keeper: Keeper,
    /// Calls that may be under way.
    most: usize,
    mailbox: Option<Arc<Mailbox>>,
    backlog: Backlog,
}

impl Aside {
    /// Whether as many calls are under way as may be.
    fn is_full(&self) -> bool {
        self.keeper.open() >= self.most
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.keeper.fail(Reason::Disconnected);
        if let Some(mailbox) = &self.mailbox {
            mailbox.gone(LINE);
        }
    }
}

/// What a connection has that is more, made when it is needed first.
#[inline(never)]
fn of(wire: &mut Wire) -> &mut Aside {
    if wire.aside.is_none() {
        wire.late = Some(late);
        if wire.offered.is_none() {
            wire.other = other;
        }
        wire.before = Some(before);
    }
    let aside = wire.aside.get_or_insert_with(|| {
        let (keeper, backlog) = (Keeper::default(), Backlog::default());
        Box::new(Aside { keeper, most: MOST, mailbox: None, backlog })
    });
    downcast(aside)
}

#[expect(clippy::expect_used, reason = "nothing else is ever put there")]
fn downcast(aside: &mut Box<dyn Any + Send>) -> &mut Aside {
    aside.downcast_mut().expect("an aside")
}

/// Before the socket is written and waited for. Milliseconds until the next time.
fn before(wire: &mut Wire, session: &mut Session) -> Result<u32, Reason> {
    Ok(of(wire).keeper.give_up(session, socket::now()).unwrap_or(u32::MAX))
}

/// As [`before`], where handlers may send when they have returned.
fn before_and_deliver(wire: &mut Wire, session: &mut Session) -> Result<u32, Reason> {
    let mut next = before(wire, session)?;
    let aside = of(wire);
    let Some(mailbox) = &aside.mailbox else { return Ok(next) };
    // While nobody but this connection holds the mailbox, nobody can post.
    if Arc::strong_count(mailbox) > 1 {
        next = next.min(LOOK);
    }
    for parcel in &mailbox.take() {
        if aside.backlog.put(session, parcel).is_err() {
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
#[inline(never)]
fn late(wire: &mut Wire, session: &mut Session, frame: Frame) {
    let aside = of(wire);
    match (frame.head, &aside.mailbox) {
        (Head::Reply(id) | Head::Fault(id), _) => aside.keeper.answered(session, id, frame),
        (Head::Cancel(id), Some(mailbox)) => mailbox.cancelled(LINE, id),
        _ => {}
    }
}

/// Lets handlers send when they have returned.
#[inline(never)]
pub(crate) fn allow_sending_later(wire: &mut Wire) {
    of(wire).mailbox.get_or_insert_with(|| {
        let mailbox = Mailbox::new(None);
        mailbox.connected(LINE);
        Arc::new(mailbox)
    });
    wire.before = Some(before_and_deliver);
}

/// Calls of the other side that are to be answered later.
pub(crate) fn open_calls(wire: &mut Wire) -> usize {
    of(wire).mailbox.as_ref().map_or(0, |mailbox| mailbox.open_calls(LINE))
}

/// The connection is gone, though it is still held: calls that were started get no answer, and
/// nothing is sent later.
pub(crate) fn fail(wire: &mut Wire, reason: Reason) {
    if wire.aside.is_some() {
        let aside = of(wire);
        aside.keeper.fail(reason);
        if let Some(mailbox) = &aside.mailbox {
            mailbox.gone(LINE);
        }
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
    let mut aside = of(wire);
    if call.id != 0 && aside.is_full() {
        wait_for_room(wire, session, before)
            .map_err(|reason| Problem::not_run(call.method, reason))?;
        aside = of(wire);
    }
    let ticket = aside.keeper.keep(call, deadline);
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
    while of(wire).is_full() {
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
        if let Some(frame) = take_in(wire, session, call.id) {
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
    let aside = wire.aside.as_ref().and_then(|aside| aside.downcast_ref::<Aside>());
    aside.is_none_or(|aside| aside.keeper.is_answered(ticket))
}

/// How many calls that were started wait for their answers.
pub(crate) fn in_flight(wire: &Wire) -> usize {
    let aside = wire.aside.as_ref().and_then(|aside| aside.downcast_ref::<Aside>());
    aside.map_or(0, |aside| aside.keeper.open())
}

/// Takes in what has come; if no call is answered by that, waits for more. When the connection is
/// gone, so are its calls.
#[inline(never)]
fn go_on(wire: &mut Wire, session: &mut Session) -> Result<(), Reason> {
    let open = of(wire).keeper.open();
    take_in(wire, session, NOBODY);
    if of(wire).keeper.open() != open {
        return Ok(());
    }
    wait_for_more(wire, session)
}

/// Goes through what has come, up to the answer to the call of id `awaited`. If the other side
/// broke the protocol, the connection is closed by that.
#[inline(never)]
fn take_in(wire: &mut Wire, session: &mut Session, awaited: u32) -> Option<Frame> {
    wire.step(session, awaited).unwrap_or(None)
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
        let aside = self.aside.as_ref()?.downcast_ref::<Aside>()?;
        let outbox = aside.mailbox.clone()? as Arc<dyn Outbox>;
        Some(Address { outbox, line: LINE })
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn finish<'s>(&mut self, session: &'s mut Session) -> Result<Answer<'s>, Problem> {
        Wire::finish(self, session)
    }

    fn start(&mut self, session: &mut Session) -> Result<Ticket, Problem> {
        start(self, session)
    }

    fn wait<'s>(
        &'s mut self,
        session: &'s mut Session,
        ticket: Ticket,
    ) -> Result<Answer<'s>, Problem> {
        wait(self, session, ticket)
    }

    fn then(&mut self, session: &mut Session, ticket: Ticket, then: Then) {
        self::then(self, session, ticket, then);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        is_answered(self, ticket)
    }
}
