//! Calls that were started and sent together: what is asked of all of them is a word.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Then, Ticket, gave_up};
use crate::error::Reason;
use crate::list::{append, push};
use crate::method::Method;
use crate::session::{Session, Started};

/// How many there are of them at most.
pub(super) const SIZE: usize = 32;

/// Bytes for answers that a block keeps for the calls that it has next.
const ANSWERS: usize = 4 * 1024;

/// Whose tickets were dropped before the answer was taken.
#[derive(Debug, Default)]
pub(super) struct Dropped(AtomicU32);

impl Dropped {
    pub(super) fn note(&self, id: u32) {
        self.0.fetch_or(bit(id), Ordering::Relaxed);
    }
}

/// Calls whose ids follow each other, so that no two have the same place in a word.
#[derive(Default)]
pub(super) struct Block {
    /// The id of the first of them, and how many there are.
    first: u32,
    len: usize,
    /// The same one each time, and there from the beginning: one is the block's, others were those of
    /// tickets that are done with. That tickets get these again spares them two atomic operations, a
    /// tenth of the time of a call.
    dropped: Vec<Arc<Dropped>>,
    /// Whose answers are to come, or to be taken.
    held: u32,
    /// Of these: whose answers are to come.
    open: u32,
    /// Milliseconds from when they are sent.
    deadline: u32,
    /// On the owner's clock: they are sent, and those that follow are no longer sent with them.
    since: Option<u32>,
    /// None, until there is something to be kept of one of them.
    entries: Vec<Entry>,
    /// The answers, those that have been taken included.
    answers: Vec<u8>,
}

/// What is kept of a call.
struct Entry {
    /// What is done with the answer that is to come, if anything, and the method that was called.
    then: Option<(Then, &'static Method)>,
    end: End,
}

/// What a call came to that is not open.
pub(super) enum End {
    /// Where the answer is, and whether it is a fault.
    Answered(Range<usize>, bool),
    /// There is none.
    GaveUp(Reason),
}

/// What calls come to of which nothing is known.
const UNKNOWN: End = End::GaveUp(Reason::Disconnected);

/// Ids that follow each other differ in it.
fn bit(id: u32) -> u32 {
    1 << (id % 32)
}

impl Block {
    /// Begins with a call of this id, as new or done with those that it had.
    pub(super) fn begin(&mut self, first: u32, deadline: u32) {
        (self.first, self.len, self.deadline, self.since) = (first, 0, deadline, None);
        match self.dropped.first() {
            // Nobody else looks at it any more: no call is held.
            Some(dropped) => dropped.0.store(0, Ordering::Relaxed),
            None => self.put_back(Some(Arc::default())),
        }
        self.answers.clear();
        if self.answers.capacity() > ANSWERS {
            self.answers = Vec::new();
        }
    }

    /// Whether the call of this id is kept here whose ticket was given so, or one that is open.
    #[inline(never)]
    pub(super) fn has(&self, id: u32, given: Option<&Arc<Dropped>>) -> bool {
        let is_kept = self.place(id) < self.len && self.held & bit(id) != 0;
        is_kept
            && match given {
                None => self.is_open(id),
                Some(given) => self.dropped.first().is_some_and(|own| Arc::ptr_eq(given, own)),
            }
    }

    /// How many ids come before this one.
    pub(super) fn place(&self, id: u32) -> usize {
        id.wrapping_sub(self.first) as usize
    }

    /// Whether a call that is kept now can be.
    pub(super) fn has_room(&self, id: u32, deadline: u32) -> bool {
        let follows = self.place(id) == self.len && self.len < SIZE;
        follows && self.deadline == deadline && self.since.is_none()
    }

    /// Whether it is done with its calls.
    pub(super) fn is_done(&self) -> bool {
        self.held == 0
    }

    /// Keeps a call, and says where it is noted that nobody waits for it any more.
    pub(super) fn keep(&mut self, id: u32) -> Option<Arc<Dropped>> {
        self.held |= bit(id);
        self.open |= bit(id);
        self.len += 1;
        match self.dropped.len() {
            0..=1 => self.dropped.first().cloned(),
            _ => self.dropped.pop(),
        }
    }

    /// Whether the answer to a call is to come.
    pub(super) fn is_open(&self, id: u32) -> bool {
        self.open & bit(id) != 0
    }

    /// Has something done with the answer that is to come.
    pub(super) fn then(&mut self, call: Started, then: Then) {
        if let Some(entry) = self.entry(call.id) {
            entry.then = Some((then, call.method));
        }
    }

    /// Is done with a call.
    pub(super) fn settle(&mut self, ticket: &mut Ticket) {
        self.open &= !bit(ticket.call.id);
        self.held &= !bit(ticket.call.id);
        self.put_back(ticket.dropped.take());
    }

    /// Takes what a ticket had, which nobody needs any more to note that it is dropped.
    #[inline(never)]
    pub(super) fn put_back(&mut self, dropped: Option<Arc<Dropped>>) {
        self.dropped.extend(dropped);
    }

    /// Keeps an answer until it is taken.
    pub(super) fn store(&mut self, answer: &[u8]) -> Range<usize> {
        if self.held == self.open {
            // Nobody is to take any of those that are there.
            self.answers.clear();
        }
        let start = self.answers.len();
        append(&mut self.answers, answer);
        start..self.answers.len()
    }

    /// The call has come to this, which is to be taken. `Some`: this is to be done with it instead.
    #[inline(never)]
    pub(super) fn end(&mut self, id: u32, end: End) -> Option<(Then, &'static Method)> {
        self.open &= !bit(id);
        let entry = self.entry(id)?;
        entry.end = end;
        let then = entry.then.take()?;
        self.held &= !bit(id);
        Some(then)
    }

    /// Takes what a call came to: its answer and whether that is a fault, or why there is none.
    pub(super) fn take(&mut self, ticket: &mut Ticket) -> Result<(&[u8], bool), Reason> {
        self.settle(ticket);
        match self.entries.get(self.place(ticket.call.id)).map_or(&UNKNOWN, |entry| &entry.end) {
            End::Answered(at, is_fault) => {
                Ok((self.answers.get(at.clone()).unwrap_or_default(), *is_fault))
            }
            End::GaveUp(reason) => Err(*reason),
        }
    }

    /// Gives up on calls whose time is up and on those that nobody waits for, and tells the other
    /// side. They count no more among those that are `open`. The milliseconds that the others have.
    pub(super) fn give_up(&mut self, session: &mut Session, now: u32, open: &mut usize) -> u32 {
        let dropped = self.dropped.first().map_or(0, |dropped| dropped.0.load(Ordering::Relaxed));
        let forgotten = self.held & dropped;
        let passed = now.wrapping_sub(*self.since.get_or_insert(now));
        let left = self.deadline.saturating_sub(passed);
        let late = if left == 0 { self.open } else { self.open & forgotten };
        self.held &= !forgotten;
        if late != 0 {
            self.fail(late, Reason::Deadline, open, &mut |id| session.cancel(id));
        }
        if self.open == 0 { u32::MAX } else { left }
    }

    /// None of the answers will come.
    pub(super) fn fail_all(&mut self, reason: Reason, open: &mut usize) {
        self.fail(self.open, reason, open, &mut |_| ());
    }

    /// Of these calls there will be no answer, and the other side is told if it is to be.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, calls: u32, reason: Reason, open: &mut usize, tell: &mut dyn FnMut(u32)) {
        for id in self.ids(calls) {
            // What is done then may panic. The rest is done the next time.
            *open -= 1;
            tell(id);
            if let Some((then, method)) = self.end(id, End::GaveUp(reason)) {
                then(Err(gave_up(Started { method, id }, reason)));
            }
        }
    }

    /// In their order.
    fn ids(&self, calls: u32) -> impl Iterator<Item = u32> + use<> {
        let first = self.first;
        let mut rest = calls.rotate_right(first % 32);
        iter::from_fn(move || {
            let id = first.wrapping_add(rest.trailing_zeros());
            let more = rest != 0;
            rest &= rest.wrapping_sub(1);
            more.then_some(id)
        })
    }

    /// Bytes set aside for answers.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.answers.capacity()
    }

    #[inline(never)]
    fn entry(&mut self, id: u32) -> Option<&mut Entry> {
        let at = self.place(id);
        while self.entries.len() <= at {
            push(&mut self.entries, Entry { then: None, end: UNKNOWN });
        }
        self.entries.get_mut(at)
    }
}
