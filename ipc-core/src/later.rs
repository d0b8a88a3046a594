//! Replies that are given after the handler has returned, from any thread.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::codec::{Encode, Writer};
use crate::error::Reason;
use crate::frame;

/// Where replies that are given later go: the loop that drives their connection.
pub trait Outbox: Send + Sync {
    /// Has `frame`, a whole one, sent on a connection; drops it if that is gone. Does not block.
    fn post(&self, connection: u32, frame: Vec<u8>);
}

/// What it takes to answer one call.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// `None`: nobody waits for an answer, or the connection has no way to be answered later.
    pub(crate) outbox: Option<Arc<dyn Outbox>>,
    pub(crate) connection: u32,
    pub(crate) id: u32,
    /// The most bytes of a frame.
    pub(crate) limit: usize,
}

/// The answer to one call, still to be given. It may be sent to any thread. When it is dropped
/// without having been given, the caller gets [`Reason::Dropped`].
pub struct Reply<T> {
    ticket: Ticket,
    given: bool,
    value: PhantomData<fn(T)>,
}

impl<T: Encode> Reply<T> {
    /// Answers the call. Does not block: the loop sends it.
    pub fn send(mut self, value: &T) {
        self.given = true;
        let mut w = Writer::new(self.ticket.limit);
        w.begin(frame::REPLY, self.ticket.id);
        value.encode(&mut w);
        self.ticket.post(w, Reason::ReplyTooLarge);
    }
}

impl<T> Reply<T> {
    pub(crate) fn new(ticket: Ticket) -> Reply<T> {
        Reply { ticket, given: false, value: PhantomData }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if !self.given {
            self.ticket.post(Writer::new(0), Reason::Dropped);
        }
    }
}

impl Ticket {
    /// Posts the frame in `w`; if it is too large, or none, a fault in its place.
    fn post(&self, mut w: Writer, otherwise: Reason) {
        let Some(outbox) = &self.outbox else { return };
        if !w.end() {
            w = Writer::new(self.limit);
            w.begin(frame::FAULT, self.id);
            w.put([otherwise as u8]);
            w.end();
        }
        outbox.post(self.connection, w.into_bytes());
    }
}
