//! The calls of one connection that have been started, and their answers until they are taken.

mod block;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::block::{Block, Dropped, End, SIZE};
use crate::error::{Problem, Reason};
use crate::frame::{Frame, Head};
use crate::list::push;
use crate::method::Method;
use crate::session::{Answer, Session, Started};

/// A call that was started. When it is dropped, the other side is told that nobody waits for its
/// answer any more.
#[derive(Debug)]
pub struct Ticket {
    call: Started,
    /// Where that is noted. Nobody waits for a one-way call, nor for one whose answer was taken.
    dropped: Option<Arc<Dropped>>,
}

impl Drop for Ticket {
    #[inline(never)]
    fn drop(&mut self) {
        if let Some(dropped) = &self.dropped {
            dropped.note(self.call.id);
        }
    }
}

impl Ticket {
    /// The call.
    pub fn call(&self) -> Started {
        self.call
    }

    /// The method that was called.
    pub fn method(&self) -> &'static Method {
        self.call.method
    }
}

/// What is done with an answer. It is called once.
pub type Then = Box<dyn FnOnce(Result<Answer<'_>, Problem>) + Send>;

/// The calls of one connection that have been started.
#[derive(Default)]
pub struct Keeper {
    /// In the order in which their calls were started. Those that are done with are used again.
    #[expect(clippy::vec_box, reason = "they are moved, to be used again, more often than made")]
    blocks: Vec<Box<Block>>,
    /// How many calls wait for their answers.
    open: usize,
}

impl Keeper {
    /// Keeps a call that is answered within `deadline` milliseconds from when it is sent, or not
    /// at all; a one-way call it need not keep.
    #[inline(never)]
    pub fn keep(&mut self, call: Started, deadline: u32) -> Ticket {
        let mut dropped = None;
        if call.id != 0 {
            if !self.blocks.last().is_some_and(|block| block.has_room(call.id, deadline)) {
                self.begin_block(call.id, deadline);
            }
            if let Some(block) = self.blocks.last_mut() {
                dropped = block.keep(call.id);
                self.open += 1;
            }
        }
        Ticket { call, dropped }
    }

    #[inline(never)]
    fn begin_block(&mut self, id: u32, deadline: u32) {
        let mut block = match self.blocks.iter().position(|block| block.is_done()) {
            Some(at) => self.blocks.remove(at),
            None => Box::default(),
        };
        block.begin(id, deadline);
        push(&mut self.blocks, block);
    }

    /// How many wait for their answers.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Whether there is an answer, or never will be one.
    #[inline(never)]
    pub fn is_answered(&self, ticket: &Ticket) -> bool {
        let block = self.find(ticket).and_then(|at| self.blocks.get(at));
        !block.is_some_and(|block| block.is_open(ticket.call.id))
    }

    /// The answer to a call has come and is used at once, so that nothing is kept of it. `false`:
    /// it is not this call's.
    #[inline(never)]
    pub fn settle(&mut self, ticket: &mut Ticket) -> bool {
        match self.find_open(ticket) {
            Some(block) => {
                block.settle(ticket);
                self.open -= 1;
                true
            }
            None => false,
        }
    }

    /// Takes the answer to a call, if it is there, once.
    ///
    /// # Errors
    ///
    /// What the call came to. One that was started elsewhere is [`Reason::Disconnected`].
    #[inline(never)]
    pub fn take(&mut self, ticket: &mut Ticket, session: &Session) -> Result<Answer<'_>, Problem> {
        let call = ticket.call;
        let block = self.find(ticket).and_then(|at| self.blocks.get_mut(at));
        let taken = block.filter(|block| !block.is_open(call.id)).map(|block| block.take(ticket));
        match taken.unwrap_or(Err(Reason::Disconnected)) {
            Ok((answer, is_fault)) => session.read(call, answer, is_fault),
            Err(reason) => Err(gave_up(call, reason)),
        }
    }

    /// Has something done when the call is answered. At once, if it is.
    pub fn then(&mut self, ticket: &mut Ticket, then: Then, session: &Session) {
        match self.find_open(ticket) {
            Some(block) => {
                block.then(ticket.call, then);
                block.put_back(ticket.dropped.take());
            }
            None => then(self.take(ticket, session)),
        }
    }

    /// Takes in an answer; one that nobody waits for is dropped.
    #[inline(never)]
    pub fn answered(&mut self, session: &Session, id: u32, frame: Frame) {
        let block = self.of_id(id, None).and_then(|at| self.blocks.get_mut(at));
        let Some(block) = block else { return };
        self.open -= 1;
        let at = block.store(session.payload(frame.payload.clone()));
        let end = End::Answered(at, matches!(frame.head, Head::Fault(_)));
        if let Some((then, method)) = block.end(id, end) {
            then(session.answer(Started { method, id }, frame));
        }
    }

    /// Gives up on calls whose time is up and on those that nobody waits for, and tells the other
    /// side. Milliseconds in which no other's time is up.
    #[inline(never)]
    pub fn give_up(&mut self, session: &mut Session, now: u32) -> Option<u32> {
        let mut next = u32::MAX;
        for block in &mut self.blocks {
            let left = block.give_up(session, now, &mut self.open);
            next = next.min(left);
        }
        (self.open > 0).then_some(next)
    }

    /// The connection is gone: none of the calls will be answered.
    #[inline(never)]
    pub fn fail(&mut self, reason: Reason) {
        for block in &mut self.blocks {
            block.fail_all(reason, &mut self.open);
        }
    }

    /// Where a call is kept.
    #[inline(never)]
    fn find(&self, ticket: &Ticket) -> Option<usize> {
        self.of_id(ticket.call.id, Some(ticket.dropped.as_ref()?))
    }

    /// As well, if its answer is to come.
    fn find_open(&mut self, ticket: &Ticket) -> Option<&mut Box<Block>> {
        let block = self.find(ticket).and_then(|at| self.blocks.get_mut(at));
        block.filter(|block| block.is_open(ticket.call.id))
    }

    /// Where the call of this id is kept whose ticket was given so, or the one that is open: ids go
    /// round, and a call of another connection may have it too.
    #[inline(never)]
    fn of_id(&self, id: u32, given: Option<&Arc<Dropped>>) -> Option<usize> {
        // There it is, if those before it are full and none was left out.
        let at = self.blocks.first()?.place(id) / SIZE;
        match self.blocks.get(at) {
            Some(block) if block.has(id, given) => Some(at),
            _ => self.blocks.iter().position(|block| block.has(id, given)),
        }
    }
}

/// The call was sent, or part of it, and no answer is to come. It may have run, unless the other
/// side said before it went that whatever it had not answered did not (WIRE.md §4).
pub fn gave_up(call: Started, reason: Reason) -> Problem {
    let may_have_run = reason != Reason::ShuttingDown;
    Problem { method: call.method, reason, detail: None, may_have_run }
}

#[cfg(test)]
mod tests;
