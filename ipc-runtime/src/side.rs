//! What a connection has beside its session: calls of this side that were started, calls of the
//! other that are answered later, and events.

use std::sync::Arc;

use ipc_core::error::Reason;
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::Keeper;
use ipc_core::later::{Address, Outbox};
use ipc_core::session::Session;

use crate::mail::{Backlog, Mailbox};

pub(crate) struct Side {
    /// What the connection is called in its mailbox.
    pub(crate) line: u64,
    /// Where handlers put what is sent later, if they can.
    pub(crate) mailbox: Option<Arc<Mailbox>>,
    pub(crate) keeper: Keeper,
    pub(crate) backlog: Backlog,
    /// Calls that may be under way, one way and the other.
    pub(crate) most: usize,
    /// Milliseconds that calls which handlers make on a loop have to be answered.
    #[cfg(feature = "server")]
    pub(crate) deadline: u32,
}

impl Side {
    pub(crate) fn new(most: usize) -> Side {
        Side {
            line: 0,
            mailbox: None,
            keeper: Keeper::default(),
            backlog: Backlog::default(),
            most,
            #[cfg(feature = "server")]
            deadline: 0,
        }
    }

    /// Has handlers put what is sent later there.
    #[inline(never)]
    pub(crate) fn send_later(&mut self, mailbox: Arc<Mailbox>, line: u64) {
        mailbox.connected(line);
        (self.mailbox, self.line) = (Some(mailbox), line);
    }

    /// Calls of the other side that are to be answered later.
    pub(crate) fn open_calls(&self) -> usize {
        self.mailbox.as_ref().map_or(0, |mailbox| mailbox.open_calls(self.line))
    }

    /// Whether any call is to be answered, on either side, or anything sent.
    #[cfg(feature = "server")]
    pub(crate) fn is_busy(&self) -> bool {
        let is_busy = |mailbox: &Arc<Mailbox>| mailbox.is_busy(self.line);
        self.keeper.open() > 0 || self.mailbox.as_ref().is_some_and(is_busy)
    }

    /// Where to send what is sent later.
    pub(crate) fn address(&self) -> Option<Address> {
        let outbox = self.mailbox.clone()? as Arc<dyn Outbox>;
        Some(Address { outbox, line: self.line })
    }

    /// A frame came that is no call.
    #[inline(never)]
    pub(crate) fn frame(&mut self, session: &mut Session, frame: Frame) {
        match (frame.head, &self.mailbox) {
            (Head::Reply(id) | Head::Fault(id), _) => self.keeper.answered(session, id, frame),
            (Head::Cancel(id), Some(mailbox)) => mailbox.cancelled(self.line, id),
            _ => {}
        }
    }

    /// The connection is gone: calls that were started get no answer, and nothing is sent later.
    #[inline(never)]
    pub(crate) fn fail(&mut self, reason: Reason) {
        if let Some(mailbox) = &self.mailbox {
            mailbox.gone(self.line);
        }
        self.keeper.fail(reason);
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        self.fail(Reason::Disconnected);
    }
}
