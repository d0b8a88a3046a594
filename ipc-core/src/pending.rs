//! Calls that have been started and are not waited for yet.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::convert::Infallible;

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
    held: Arc<()>,
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

/// The calls of one connection that have been started.
#[derive(Default)]
pub struct Keeper {
    /// In the order in which they were started, so that their ids ascend from the first one's on,
    /// through 0 if need be.
    entries: VecDeque<Entry>,
    /// How many of them wait for their answers.
    open: usize,
    /// The answer that was taken last.
    taken: Vec<u8>,
}

struct Entry {
    call: Started,
    held: Weak<()>,
    /// On the owner's clock, in milliseconds; nothing is done at it by itself.
    until: u32,
    state: State,
}

enum State {
    Open,
    Answered(Result<Vec<u8>, Problem>),
    Then(Then),
}

impl Keeper {
    /// Keeps a call that is answered within `deadline`, or not at all; a one-way call it need not
    /// keep.
    #[inline(never)]
    pub fn keep(&mut self, call: Started, now: u32, deadline: u32) -> Ticket {
        let held = Arc::new(());
        // What is further off is taken to be past.
        let until = now.wrapping_add(deadline.min(u32::MAX / 2));
        if call.id != 0 {
            let held = Arc::downgrade(&held);
            self.entries.push_back(Entry { call, held, until, state: State::Open });
            self.open += 1;
        }
        Ticket { call, held }
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
        let entry = self.find(ticket).and_then(|at| self.remove(at));
        match entry.map(|entry| entry.state) {
            Some(State::Answered(Ok(value))) => {
                self.taken = value;
                Ok(Answer { method, value: Reader::new(&self.taken, session.limits().budget) })
            }
            Some(State::Answered(Err(problem))) => Err(problem),
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
        match &mut entry.state {
            State::Then(_) => {
                if let Some(Entry { state: State::Then(then), .. }) = self.remove(at) {
                    then(answer);
                }
            }
            state => {
                *state = State::Answered(answer.map(|answer| answer.value.rest().to_vec()));
                self.open -= 1;
            }
        }
    }

    /// Gives up on calls whose time is up and on those that nobody waits for, and tells the other
    /// side. Milliseconds until the next one's time is up.
    #[inline(never)]
    pub fn give_up(&mut self, session: &mut Session, now: u32) -> Option<u32> {
        let mut next = None;
        let mut at = 0;
        while let Some(entry) = self.entries.get_mut(at) {
            let left = entry.until.wrapping_sub(now);
            let late = left == 0 || left > u32::MAX / 2;
            let then = matches!(entry.state, State::Then(_));
            let forgotten = !then && entry.held.strong_count() == 0;
            if entry.is_open() && (late || forgotten) {
                session.cancel(entry.call.id);
                entry.fail(Reason::Deadline);
                self.open -= 1;
            } else if entry.is_open() {
                next = Some(next.map_or(left, |next: u32| next.min(left)));
            }
            match forgotten || !entry.is_open() && then {
                true => drop(self.remove(at)),
                false => at += 1,
            }
        }
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
        self.entries.get(at).filter(|entry| entry.is_of(ticket)).map(|_| at)
    }

    #[inline(never)]
    fn of_id(&self, id: u32) -> Option<usize> {
        let first = self.entries.front()?.call.id;
        let since = |id: u32| id.wrapping_sub(first);
        self.entries.binary_search_by_key(&since(id), |entry| since(entry.call.id)).ok()
    }

    /// Takes an entry out, and leaves the others in their order.
    #[inline(never)]
    fn remove(&mut self, at: usize) -> Option<Entry> {
        let entry = self.entries.remove(at)?;
        self.open -= usize::from(entry.is_open());
        Some(entry)
    }
}

impl Entry {
    fn is_open(&self) -> bool {
        !matches!(self.state, State::Answered(_))
    }

    fn is_of(&self, ticket: &Ticket) -> bool {
        core::ptr::eq(self.held.as_ptr(), Arc::as_ptr(&ticket.held))
    }

    #[inline(never)]
    fn fail(&mut self, reason: Reason) {
        let problem = gave_up(self.call, reason);
        match core::mem::replace(&mut self.state, State::Answered(Err(problem))) {
            State::Then(then) => then(Err(problem)),
            State::Open | State::Answered(_) => {}
        }
    }
}

/// The call was sent, or part of it, and no answer is to come. It may have run, unless the other
/// side said before it went that whatever it had not answered did not (WIRE.md §4).
pub fn gave_up(call: Started, reason: Reason) -> Problem {
    let may_have_run = reason != Reason::ShuttingDown;
    Problem { method: call.method, reason, detail: None, may_have_run }
}
