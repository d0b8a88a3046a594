//! Calls that have been started and are not waited for yet.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::mem;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::codec::Reader;
use crate::error::{CallError, Problem, Reason};
use crate::frame::Frame;
use crate::method::Method;
use crate::service::Caller;
use crate::session::{Answer, Session, Started};

/// A caller that can have many calls under way. Generated starters hold one.
pub trait Pipeline: Caller {
    /// Ends the call that was begun, without waiting for its answer. It goes out with the next
    /// call that is waited for, or when as many are under way as may be: then this blocks.
    ///
    /// # Errors
    ///
    /// When the call cannot be sent.
    fn start(&mut self) -> Result<Ticket, Problem>;

    /// Blocks until a call that was started is answered, or its deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`Caller::finish`].
    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem>;

    /// Has something done when the call is answered, or cannot be any more.
    fn then(&mut self, ticket: Ticket, then: Then);

    /// Whether to wait for this call would not block. Does not block, and reads nothing.
    fn is_answered(&self, ticket: &Ticket) -> bool;
}

/// What is done with an answer. It is called once.
pub type Then = Box<dyn FnOnce(Result<Answer<'_>, Problem>) + Send>;

/// A call that was started. When it is dropped, the other side is told that nobody waits for its
/// answer any more.
#[derive(Debug)]
pub struct Ticket {
    call: Started,
    dropped: Arc<Dropped>,
}

/// Which of 32 tickets have been dropped: those whose ids differ in the lowest five bits alone.
#[derive(Debug, Default)]
struct Dropped(AtomicU32);

impl Dropped {
    fn bit(id: u32) -> u32 {
        1 << (id % 32)
    }

    fn has(&self, id: u32) -> bool {
        self.0.load(Ordering::Relaxed) & Dropped::bit(id) != 0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Nobody waits for a one-way call.
        if self.call.id != 0 {
            self.dropped.0.fetch_or(Dropped::bit(self.call.id), Ordering::Relaxed);
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

/// The answer to a call that was started, still to come. When it is dropped, the other side is
/// told that nobody waits any more: the handler, if it answers later, can see it.
#[must_use = "a call whose answer nobody holds is cancelled"]
pub struct Pending<T, E = Infallible> {
    ticket: Ticket,
    decode: fn(Result<Answer<'_>, Problem>) -> Result<T, CallError<E>>,
}

impl<T, E> Pending<T, E> {
    /// Starts the call that was begun.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::start`].
    pub fn start(
        on: &mut dyn Pipeline,
        decode: fn(Result<Answer<'_>, Problem>) -> Result<T, CallError<E>>,
    ) -> Result<Pending<T, E>, CallError<E>> {
        Ok(Pending { ticket: on.start()?, decode })
    }

    /// Blocks until the answer is there, or the call's deadline has passed. `on` is what the call
    /// was started on.
    ///
    /// # Errors
    ///
    /// As the method of the blocking client.
    pub fn wait(self, on: &mut dyn Pipeline) -> Result<T, CallError<E>> {
        (self.decode)(on.wait(self.ticket))
    }

    /// Whether [`Pending::wait`] would not block. Does not block, and reads nothing.
    pub fn is_answered(&self, on: &dyn Pipeline) -> bool {
        on.is_answered(&self.ticket)
    }

    /// Has something done with the answer when it comes, or with the error when it can come no
    /// more: on the thread that drives the connection, while it does so. Does not block.
    pub fn then(
        self,
        on: &mut dyn Pipeline,
        then: impl FnOnce(Result<T, CallError<E>>) + Send + 'static,
    ) where
        T: 'static,
        E: 'static,
    {
        let decode = self.decode;
        on.then(self.ticket, Box::new(move |answer| then(decode(answer))));
    }
}

/// What a one-way method returns that is started.
///
/// # Errors
///
/// As [`Pipeline::start`].
pub fn queued(on: &mut dyn Pipeline) -> Result<(), CallError> {
    on.start()?;
    Ok(())
}

/// Bytes of answers that have been taken, before their room is used again.
const ANSWERS: usize = 64 * 1024;

/// The calls of one connection that have been started.
#[derive(Default)]
pub struct Keeper {
    /// In the order in which they were started, so that their ids ascend from the first one's on,
    /// through 0 if need be. Those that are done with are among them for a while.
    entries: Vec<Entry>,
    /// How many of them wait for their answers.
    open: usize,
    /// The answers, those that have been taken included, until there is more than `room`.
    answers: Vec<u8>,
    room: usize,
    /// Of the tickets that were made last, and what their ids have in common.
    dropped: Arc<Dropped>,
    block: u32,
}

struct Entry {
    call: Started,
    dropped: Arc<Dropped>,
    /// Milliseconds.
    deadline: u32,
    /// On the owner's clock: from then on it counts, as it is sent.
    since: Option<u32>,
    state: State,
}

enum State {
    Open,
    Then(Then),
    /// Where in the answers.
    Answered(Range<usize>),
    Failed(Problem),
    Done,
}

impl Keeper {
    /// Keeps a call that is answered within `deadline` milliseconds from when it is sent, or not
    /// at all; a one-way call it need not keep.
    #[inline(never)]
    pub fn keep(&mut self, call: Started, deadline: u32) -> Ticket {
        let id = call.id;
        if id != 0 {
            if self.open == 0 {
                self.tidy();
            }
            if self.block != id / 32 || self.dropped.has(id) {
                self.dropped = Arc::default();
                self.block = id / 32;
            }
            let dropped = self.dropped.clone();
            self.entries.push(Entry { call, dropped, deadline, since: None, state: State::Open });
            self.open += 1;
        }
        Ticket { call, dropped: self.dropped.clone() }
    }

    /// How many wait for their answers.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Whether there is an answer, or never will be one.
    #[inline(never)]
    pub fn is_answered(&self, ticket: &Ticket) -> bool {
        !self.find(ticket).and_then(|at| self.entries.get(at)).is_some_and(Entry::is_open)
    }

    /// Takes the answer to a call, if it is there.
    ///
    /// # Errors
    ///
    /// What the call came to. One that was started elsewhere is [`Reason::Disconnected`].
    #[inline(never)]
    pub fn take(&mut self, ticket: &Ticket, session: &Session) -> Result<Answer<'_>, Problem> {
        let method = ticket.call.method;
        match self.find(ticket).map(|at| self.remove(at)) {
            Some(State::Answered(at)) => {
                let value = self.answers.get(at).unwrap_or_default();
                Ok(Answer { method, value: Reader::new(value, session.limits().budget) })
            }
            Some(State::Failed(problem)) => Err(problem),
            _ => Err(gave_up(ticket.call, Reason::Disconnected)),
        }
    }

    /// Has something done when the call is answered. At once, if it is.
    pub fn then(&mut self, ticket: &Ticket, then: Then, session: &Session) {
        let entry = self.find(ticket).and_then(|at| self.entries.get_mut(at));
        match entry.filter(|entry| entry.is_open()) {
            Some(entry) => entry.state = State::Then(then),
            None => then(self.take(ticket, session)),
        }
    }

    /// Takes in an answer; one that nobody waits for is dropped.
    #[inline(never)]
    pub fn answered(&mut self, session: &Session, id: u32, frame: Frame) {
        let Some(at) = self.of_id(id) else { return };
        let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.is_open()) else { return };
        let answer = session.answer(entry.call, frame);
        match self.remove(at) {
            State::Then(then) => then(answer),
            _ => {
                let state = match answer {
                    Ok(answer) => State::Answered(self.store(answer.value.rest())),
                    Err(problem) => State::Failed(problem),
                };
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.state = state;
                }
            }
        }
    }

    /// Gives up on calls whose time is up and on those that nobody waits for, and tells the other
    /// side. Milliseconds until the next one's time is up.
    #[inline(never)]
    pub fn give_up(&mut self, session: &mut Session, now: u32) -> Option<u32> {
        let mut next = None;
        for entry in &mut self.entries {
            let passed = now.wrapping_sub(*entry.since.get_or_insert(now));
            let left = entry.deadline.saturating_sub(passed);
            let then = matches!(entry.state, State::Then(_));
            let forgotten = !then && entry.dropped.has(entry.call.id);
            if entry.is_open() && (left == 0 || forgotten) {
                session.cancel(entry.call.id);
                entry.fail(Reason::Deadline);
                self.open -= 1;
            } else if entry.is_open() {
                next = Some(next.map_or(left, |next: u32| next.min(left)));
            }
            if forgotten {
                entry.state = State::Done;
            }
        }
        self.tidy();
        next
    }

    /// The connection is gone: none of the calls will be answered.
    #[inline(never)]
    pub fn fail(&mut self, reason: Reason) {
        for entry in &mut self.entries {
            if entry.is_open() {
                entry.fail(reason);
            }
        }
        self.open = 0;
    }

    /// Where a call is kept. That of another connection may have its id.
    fn find(&self, ticket: &Ticket) -> Option<usize> {
        let at = self.of_id(ticket.call.id)?;
        self.entries.get(at).filter(|entry| Arc::ptr_eq(&entry.dropped, &ticket.dropped))?;
        Some(at)
    }

    #[inline(never)]
    fn of_id(&self, id: u32) -> Option<usize> {
        let first = self.entries.first()?.call.id;
        let since = |id: u32| id.wrapping_sub(first);
        // There it is, if no other calls were made in between.
        let at = usize::try_from(since(id)).ok()?;
        match self.entries.get(at) {
            Some(entry) if entry.call.id == id => Some(at),
            _ => self.entries.binary_search_by_key(&since(id), |entry| since(entry.call.id)).ok(),
        }
    }

    /// Is done with a call, and says how far it was.
    #[inline(never)]
    fn remove(&mut self, at: usize) -> State {
        let Some(entry) = self.entries.get_mut(at) else { return State::Done };
        self.open -= usize::from(entry.is_open());
        mem::replace(&mut entry.state, State::Done)
    }

    #[inline(never)]
    fn tidy(&mut self) {
        self.entries.retain(|entry| !matches!(entry.state, State::Done));
    }

    /// Keeps an answer until it is taken.
    fn store(&mut self, answer: &[u8]) -> Range<usize> {
        if self.answers.len() > self.room {
            let answers = mem::take(&mut self.answers);
            for entry in &mut self.entries {
                if let State::Answered(at) = &mut entry.state {
                    *at = put(&mut self.answers, answers.get(at.clone()).unwrap_or_default());
                }
            }
            self.room = ANSWERS.max(2 * self.answers.len());
        }
        put(&mut self.answers, answer)
    }
}

/// Appends bytes, and says where they are.
#[inline(never)]
fn put(to: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = to.len();
    to.extend_from_slice(bytes);
    start..to.len()
}

impl Entry {
    fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Then(_))
    }

    #[inline(never)]
    fn fail(&mut self, reason: Reason) {
        let problem = gave_up(self.call, reason);
        match mem::replace(&mut self.state, State::Done) {
            State::Then(then) => then(Err(problem)),
            _ => self.state = State::Failed(problem),
        }
    }
}

/// The call was sent, or part of it, and no answer is to come. It may have run, unless the other
/// side said before it went that whatever it had not answered did not (WIRE.md §4).
pub fn gave_up(call: Started, reason: Reason) -> Problem {
    let may_have_run = reason != Reason::ShuttingDown;
    Problem { method: call.method, reason, detail: None, may_have_run }
}
