//! The calls of one connection that have been started, and their answers until they are taken.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::codec::Reader;
use crate::error::{Problem, Reason};
use crate::frame::Frame;
use crate::method::Method;
use crate::session::{Answer, Session, Started};

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

/// What is done with an answer. It is called once.
pub type Then = Box<dyn FnOnce(Result<Answer<'_>, Problem>) + Send>;

/// Bytes of answers that have been taken, before their room is used again. Few enough that an allocator takes
/// them from what it has, and asks the system for none.
const ANSWERS: usize = 16 * 1024;

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

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test may panic")]

    use alloc::vec;

    use super::*;
    use crate::frame;
    use crate::schema::Schema;
    use crate::session::Limits;

    static METHOD: Method = Method::new("S", "m", "S.m", Schema::signature());

    /// A side that starts calls, and one that answers them.
    struct Sides {
        near: Session,
        far: Session,
        keeper: Keeper,
    }

    impl Sides {
        fn new() -> Sides {
            let (near, far) = (Session::new(Limits::DEFAULT), Session::new(Limits::DEFAULT));
            Sides { near, far, keeper: Keeper::default() }
        }

        fn start(&mut self) -> Ticket {
            self.near.begin_call(&METHOD, 0);
            let call = self.near.end_call().expect("it is short");
            self.keeper.keep(call, 1000)
        }

        fn answer(&mut self, id: u32, value: &[u8]) {
            self.far.begin_reply(id).put_bytes(value);
            assert!(self.far.end_reply(), "it is short");
            let bytes = self.far.unsent().to_vec();
            self.far.sent(bytes.len());
            self.near.receive(&bytes);
            let frame = self.near.next().expect("it is one").expect("it is whole");
            self.keeper.answered(&self.near, id, frame);
        }

        fn take(&mut self, ticket: &Ticket) -> Result<Vec<u8>, Reason> {
            let answer = self.keeper.take(ticket, &self.near);
            answer.map(|answer| answer.value.rest().to_vec()).map_err(|problem| problem.reason)
        }

        /// The ids that the other side was told of, of which nobody waits any more.
        fn cancelled(&mut self) -> Vec<u32> {
            self.near.sent(self.near.unsent().len());
            self.keeper.give_up(&mut self.near, 0);
            let ids = self.near.unsent().chunks(9).map(|frame| match frame {
                [5, 0, 0, 0, frame::CANCEL, a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
                other => panic!("{other:?}"),
            });
            ids.collect()
        }
    }

    #[test]
    fn answers_outlive_those_that_were_taken_before() {
        let mut sides = Sides::new();
        let value = |id: u32| vec![id.to_le_bytes()[0]; 5000];
        let mut late = Vec::new();
        // Several times the room that there is; every third answer is left for later.
        for _ in 0..20 {
            let tickets = [(); 9].map(|()| sides.start());
            for ticket in tickets.iter().rev() {
                sides.answer(ticket.call.id, &value(ticket.call.id));
            }
            for ticket in tickets {
                match ticket.call.id % 3 {
                    0 => late.push(ticket),
                    _ => assert_eq!(sides.take(&ticket), Ok(value(ticket.call.id))),
                }
            }
            sides.keeper.give_up(&mut sides.near, 0);
        }
        assert!(sides.keeper.answers.len() > ANSWERS, "too little to see anything");
        assert!(sides.keeper.answers.len() < 600_000, "what was taken is still there");
        for ticket in late {
            assert_eq!(sides.take(&ticket), Ok(value(ticket.call.id)));
            assert_eq!(sides.take(&ticket), Err(Reason::Disconnected), "once");
        }
        assert_eq!(sides.keeper.open(), 0);
    }

    #[test]
    fn of_many_tickets_those_that_are_dropped_are_cancelled_and_no_others() {
        let mut sides = Sides::new();
        let tickets: Vec<_> = (0..100).map(|_| sides.start()).collect();
        assert_eq!(sides.cancelled(), []);
        let (dropped, held): (Vec<_>, Vec<_>) =
            tickets.into_iter().partition(|ticket| ticket.call.id % 7 == 0);
        let ids: Vec<_> = dropped.iter().map(|ticket| ticket.call.id).collect();
        drop(dropped);
        assert_eq!(sides.cancelled(), ids);
        assert_eq!(sides.cancelled(), [], "once");
        assert_eq!(sides.keeper.open(), held.len());
        for ticket in &held {
            sides.answer(ticket.call.id, b"here");
            assert_eq!(sides.take(ticket).as_deref(), Ok(&b"here"[..]));
        }
    }

    #[test]
    fn a_deadline_counts_from_when_the_call_is_sent() {
        let mut sides = Sides::new();
        let first = sides.start();
        assert_eq!(sides.keeper.give_up(&mut sides.near, u32::MAX - 99), Some(1000));
        let second = sides.start();
        assert_eq!(sides.keeper.give_up(&mut sides.near, 899), Some(1));
        assert_eq!(sides.keeper.give_up(&mut sides.near, 900), Some(999));
        assert_eq!(sides.take(&first), Err(Reason::Deadline));
        assert!(!sides.keeper.is_answered(&second));
        assert_eq!(sides.keeper.give_up(&mut sides.near, 1899), None);
        assert_eq!(sides.take(&second), Err(Reason::Deadline));
    }
}
