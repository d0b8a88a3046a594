//! What goes on on a blocking connection beside the call that is waited for: calls that were
//! started, replies that were deferred, and events.

use std::sync::Arc;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::later::{Address, Outbox};
use ipc_core::pending::{Keeper, Ticket};
use ipc_core::session::{Answer, Session};

use crate::mail::{Backlog, Gone, Mailbox};
use crate::sys::socket;
use crate::wire::Wire;

/// Milliseconds between two looks at the mailbox, while there is a call to be answered later or
/// somebody who has the peer's handle. A blocking socket cannot be woken for it.
const LOOK: u32 = 5;

/// Behind a `dyn`, so that programs which only wait for their calls have nothing of it in them.
pub(crate) trait Aside: Send {
    /// Before the socket is written and waited for. Milliseconds until the next time; 0 if there
    /// is more to write when that is written.
    fn before(&mut self, session: &mut Session) -> Result<u32, Reason>;

    /// A frame came that is not what is waited for.
    fn frame(&mut self, session: &mut Session, frame: Frame);

    /// The connection is gone.
    fn close(&mut self, reason: Reason);

    /// As [`Keeper::is_answered`].
    fn is_answered(&self, ticket: &Ticket) -> bool;

    /// Where others send on this connection.
    fn address(&self) -> Option<Address>;

    /// The one kind that there is.
    fn concrete(&mut self) -> &mut Asides;
}

#[derive(Default)]
pub(crate) struct Asides {
    pub(crate) keeper: Keeper,
    /// Calls that may be under way.
    pub(crate) most: usize,
    mailbox: Option<Arc<Mailbox>>,
    backlog: Backlog,
}

/// Calls that may be under way at once, unless the user says otherwise.
const MOST: usize = 32;

/// A blocking connection has a mailbox of its own, in which it is this.
const LINE: u64 = 0;

/// The id of no call that is answered.
pub(crate) const NOBODY: u32 = 0;

impl Aside for Asides {
    fn before(&mut self, session: &mut Session) -> Result<u32, Reason> {
        let next = self.keeper.give_up(session, socket::now()).unwrap_or(u32::MAX);
        let Some(mailbox) = &self.mailbox else { return Ok(next) };
        for (_, parcel) in mailbox.take() {
            if let Err(Gone) = self.backlog.put(session, parcel) {
                return Err(Reason::Disconnected);
            }
        }
        if self.backlog.refill(session) {
            return Ok(0);
        }
        // Nobody but this connection holds the mailbox: nobody can post.
        let quiet = Arc::strong_count(mailbox) == 1;
        Ok(if quiet { next } else { next.min(LOOK) })
    }

    fn frame(&mut self, session: &mut Session, frame: Frame) {
        match (frame.head, &self.mailbox) {
            (Head::Reply(id) | Head::Fault(id), _) => self.keeper.answered(session, id, frame),
            (Head::Cancel(id), Some(mailbox)) => mailbox.cancelled(LINE, id),
            _ => {}
        }
    }

    fn close(&mut self, reason: Reason) {
        self.keeper.fail(reason);
        if let Some(mailbox) = &self.mailbox {
            mailbox.gone(LINE);
        }
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.keeper.is_answered(ticket)
    }

    fn address(&self) -> Option<Address> {
        let outbox = self.mailbox.clone()? as Arc<dyn Outbox>;
        Some(Address { outbox, line: LINE })
    }

    fn concrete(&mut self) -> &mut Asides {
        self
    }
}

/// The connection is gone when it is dropped, for those who hold its replies and handles.
impl Drop for Asides {
    fn drop(&mut self) {
        self.close(Reason::Disconnected);
    }
}

fn asides(wire: &mut Wire) -> &mut Asides {
    let aside = wire.aside.get_or_insert_with(|| {
        let mut asides = Asides::default();
        asides.most = MOST;
        Box::new(asides)
    });
    aside.concrete()
}

/// The calls that were started on a connection.
pub(crate) fn of(wire: &mut Wire) -> &mut Keeper {
    &mut asides(wire).keeper
}

/// Lets handlers send when they have returned.
pub(crate) fn allow_sending_later(wire: &mut Wire) {
    asides(wire).mailbox.get_or_insert_with(|| {
        let mailbox = Mailbox::new(Box::new(|| {}));
        mailbox.connected(LINE);
        Arc::new(mailbox)
    });
}

/// Sets how many calls may be under way.
pub(crate) fn set_most(wire: &mut Wire, most: usize) {
    asides(wire).most = most.max(1);
}

/// Starts the call that was begun; blocks while too many are under way.
pub(crate) fn start(wire: &mut Wire, session: &mut Session) -> Result<Ticket, Problem> {
    let before = session.unsent().len();
    let call = session.end_call()?;
    if call.id != 0 && is_full(wire) {
        // It must not be among what is sent meanwhile.
        let frame = session.take_back(before);
        while is_full(wire) {
            if let Err(reason) = go_on(wire, session, false) {
                let method = call.method;
                return Err(Problem { method, reason, detail: None, may_have_run: false });
            }
        }
        session.append(&frame);
    }
    let deadline = wire.deadline;
    let ticket = of(wire).keep(call, socket::now(), deadline);
    while session.unsent().len() > session.limits().frame {
        if go_on(wire, session, true).is_err() {
            break;
        }
    }
    Ok(ticket)
}

/// Whether as many calls are under way as may be.
fn is_full(wire: &mut Wire) -> bool {
    let Asides { keeper, most, .. } = asides(wire);
    keeper.open() >= *most
}

/// Blocks until a call that was started is answered, or cannot be any more.
pub(crate) fn wait<'w>(
    wire: &'w mut Wire,
    session: &mut Session,
    ticket: &Ticket,
) -> Result<Answer<'w>, Problem> {
    while !of(wire).is_answered(ticket) {
        // When the connection is gone, so are its calls.
        if go_on(wire, session, false).is_err() {
            break;
        }
    }
    of(wire).take(ticket, session)
}

/// Takes in what has come; if that is nothing, waits for more, or until `all` is sent.
fn go_on(wire: &mut Wire, session: &mut Session, all: bool) -> Result<(), Reason> {
    let open = of(wire).open();
    wire.step(session, NOBODY)?;
    if of(wire).open() == open {
        wire.exchange(session, wire.deadline, all)?;
    }
    Ok(())
}
