//! Both sides, what is between them, and what happens.

use std::sync::{Arc, Mutex};

use ipc_core::codec::Budget;
use ipc_core::error::Reason;
use ipc_core::session::Limits;

use crate::draw::Draw;
use crate::side::{AbsentCalls, Books, Record, Side, Starter, ThingCalls, end};

/// Small, so that they are met.
pub const LIMITS: Limits = Limits { frame: 2_048, budget: Budget::DEFAULT };

/// Calls that a side has under way at most.
const IN_FLIGHT: usize = 12;

/// Bytes that wait to be sent, above which no calls are started or served.
const UNSENT: usize = 16 * 1024;

struct World {
    draw: Draw,
    books: Books,
    sides: [Side; 2],
    /// One-way calls that were made, by side.
    notes: [Vec<u32>; 2],
    /// The callbacks that handlers may make, which are no calls until they do.
    backs: Vec<u32>,
    now: u32,
    verbose: bool,
    operations: u64,
}

/// Runs the world of a seed to its end. How much happened in it.
pub fn run(seed: u64, verbose: bool) -> u64 {
    let books: Books = Arc::new(Mutex::new(Vec::new()));
    let mut draw = Draw::new(seed);
    // A server has a bound; a connection has none, and together two could wait for one another.
    let most = draw.number(1, 6) as usize;
    let sides = [Side::new(&books, usize::MAX), Side::new(&books, most)];
    // Near where it goes round, for some.
    let now = if draw.once_in(3) { u32::MAX - 2_000 } else { draw.number(0, 100_000) };
    let notes = [Vec::new(), Vec::new()];
    let mut world =
        World { draw, books, sides, notes, backs: Vec::new(), now, verbose, operations: 0 };
    for _ in 0..world.draw.number(10, 250) {
        world.happen();
    }
    match world.draw.below(4) {
        0 => world.cut(),
        1 => world.farewell(),
        _ => world.settle(),
    }
    world.check();
    world.operations
}

impl World {
    fn say(&mut self, what: impl FnOnce() -> String) {
        self.operations += 1;
        if self.verbose {
            println!("{:>10}  {}", self.now, what());
        }
    }

    fn happen(&mut self) {
        let at = self.draw.below(2);
        match self.draw.below(16) {
            0..=3 => self.start(at),
            4 => self.note(at),
            5..=6 => self.write(at),
            7..=8 => self.carry(at),
            9..=10 => self.step(at),
            11..=12 => self.reply(at),
            13 => self.let_go(at),
            14 => self.collect(at),
            _ => self.pass_time(),
        }
    }

    /// Enters a call in the books.
    fn number(&mut self) -> u32 {
        let mut books = self.books.lock().expect("one thread");
        books.push(Record::default());
        u32::try_from(books.len() - 1).expect("they are few")
    }

    fn start(&mut self, at: usize) {
        let side = &self.sides[at];
        if side.lane.keeper.open() >= IN_FLIGHT || side.session.unsent().len() > UNSENT {
            return;
        }
        let call = self.number();
        let (kind, then) = (self.draw.below(8), self.draw.once_in(3));
        let deadline = match self.draw.below(3) {
            0 => self.draw.number(1, 50),
            _ => self.draw.number(1_000, 60_000),
        };
        self.sides[at].lane.now = self.now;
        self.sides[at].lane.deadline = deadline;
        self.say(|| format!("{at} starts {call}, of kind {kind}, within {deadline}"));
        let back = if kind == 3 { self.number() } else { 0 };
        if kind == 3 {
            self.backs.push(back);
        }
        let len = self.draw.below(1_900);
        let side = &mut self.sides[at];
        let mut on = Starter(side);
        let mut things = ThingCalls::new(&mut on);
        if kind == 4 {
            // What is of another type is only ever held to its end.
            let books = self.books.clone();
            let pending = things.blob(call, &vec![7; len]).expect("it is small enough");
            pending.then(&mut on, move |answer| {
                let answer = answer.map(|bytes| {
                    assert_eq!(bytes, vec![7; len]);
                    call
                });
                end(&books, call, answer.map_err(|error| error.problem()));
            });
            return;
        }
        let pending = match kind {
            0..=2 => things.later(call),
            3 => things.ask(call, back),
            5 => AbsentCalls::new(&mut on).call(call),
            _ => things.echo(call),
        };
        let pending = pending.expect("it is started");
        if then {
            let books = self.books.clone();
            pending.then(&mut on, move |answer| {
                end(&books, call, answer.map_err(|error| error.problem()));
            });
        } else {
            self.sides[at].held.push((call, pending));
        }
    }

    fn note(&mut self, at: usize) {
        if self.sides[at].session.unsent().len() <= UNSENT {
            let note = u32::try_from(self.notes[at].len()).expect("they are few");
            self.say(|| format!("{at} notes {note}"));
            ThingCalls::new(&mut Starter(&mut self.sides[at])).note(note).expect("it is sent");
            self.notes[at].push(note);
        }
    }

    fn write(&mut self, at: usize) {
        let most = if self.draw.once_in(2) { self.draw.below(40) } else { usize::MAX };
        self.say(|| format!("{at} writes"));
        self.sides[at].deliver();
        self.sides[at].write(most);
    }

    /// Has the other side read some of what was written.
    fn carry(&mut self, from: usize) {
        let most = if self.draw.once_in(2) { self.draw.number(1, 40) as usize } else { 10_000 };
        let n = self.sides[from].wire.len().min(most);
        self.say(|| format!("{n} bytes come from {from}"));
        let bytes: Vec<u8> = self.sides[from].wire.drain(..n).collect();
        let to = &mut self.sides[1 - from];
        to.session.receive(&bytes);
        if n > 0 {
            to.read_at = self.now;
        }
    }

    /// Has a side take up some of what it has received.
    fn step(&mut self, at: usize) {
        for _ in 0..self.draw.number(1, 4) {
            // A callback of a handler has its own time.
            self.sides[at].lane.now = self.now;
            self.sides[at].lane.deadline = self.draw.number(1, 20_000);
            if self.sides[at].session.unsent().len() > UNSENT || !self.sides[at].step(self.now) {
                return;
            }
            self.say(|| format!("{at} takes up a frame"));
        }
    }

    /// Answers a call, or lets go of it.
    fn reply(&mut self, at: usize) {
        let count = self.sides[at].service.0.replies.len();
        if count > 0 {
            let one = self.draw.below(count);
            let drops = self.draw.once_in(4);
            let (call, reply) = self.sides[at].service.0.replies.swap_remove(one);
            self.say(|| format!("{at} answers {call}{}", if drops { " not" } else { "" }));
            if !drops {
                reply.send(&call);
            }
        }
    }

    /// Waits for a call no more.
    fn let_go(&mut self, at: usize) {
        let count = self.sides[at].held.len();
        if count > 0 && self.draw.once_in(2) {
            let one = self.draw.below(count);
            let (call, pending) = self.sides[at].held.swap_remove(one);
            self.say(|| format!("{at} lets go of {call}"));
            // That is its end.
            let outcome = Err((Reason::Cancelled, true));
            self.books.lock().expect("one thread")[call as usize].ends.push(outcome);
            drop(pending);
        }
    }

    /// Collects what has been answered.
    fn collect(&mut self, at: usize) {
        let held = std::mem::take(&mut self.sides[at].held);
        for (call, pending) in held {
            let mut on = Starter(&mut self.sides[at]);
            if pending.is_answered(&on) {
                let answer = pending.wait(&mut on).map_err(|error| error.problem());
                end(&self.books, call, answer);
                self.say(|| format!("{at} collects {call}"));
            } else {
                self.sides[at].held.push((call, pending));
            }
        }
    }

    fn pass_time(&mut self) {
        let time = if self.draw.once_in(2) { 5 } else { self.draw.number(0, 5_000) };
        self.say(|| format!("{time} pass"));
        self.now = self.now.wrapping_add(time);
        for side in &mut self.sides {
            side.lane.keeper.give_up(&mut side.session, self.now);
        }
    }

    // How it ends.

    /// The connection breaks, wherever it is.
    fn cut(&mut self) {
        self.say(|| "it is cut".to_owned());
        for side in &mut self.sides {
            side.session.close(Reason::Disconnected);
            side.lane.keeper.fail(Reason::Disconnected);
        }
        for at in [0, 1] {
            self.collect(at);
        }
    }

    /// The server serves nothing more, and says so behind all its answers.
    fn farewell(&mut self) {
        let at = 1;
        self.say(|| format!("{at} says goodbye"));
        let side = &mut self.sides[at];
        side.deliver();
        let open = std::mem::take(&mut *side.lane.outbox.open.lock().expect("one thread"));
        for id in open {
            side.session.drop_call(id);
        }
        side.session.say_goodbye();
        side.write(usize::MAX);
        side.session.close(Reason::Disconnected);
        side.lane.keeper.fail(Reason::Disconnected);
        while !self.sides[at].wire.is_empty() {
            self.carry(at);
        }
        while self.sides[1 - at].step(self.now) {}
        assert_eq!(self.sides[1 - at].session.closed(), Some(Reason::ShuttingDown));
        for at in [0, 1] {
            self.collect(at);
        }
    }

    fn answer_all(&mut self) {
        for side in &mut self.sides {
            for (call, reply) in std::mem::take(&mut side.service.0.replies) {
                reply.send(&call);
            }
            side.deliver();
        }
    }

    /// All that is under way comes to its end by itself.
    fn settle(&mut self) {
        self.say(|| "it settles".to_owned());
        loop {
            let before = self.operations;
            for at in [0, 1] {
                self.answer_all();
                self.sides[at].lane.keeper.give_up(&mut self.sides[at].session, self.now);
                self.sides[at].write(usize::MAX);
                while !self.sides[at].wire.is_empty() {
                    self.carry(at);
                }
                self.sides[1 - at].lane.now = self.now;
                self.sides[1 - at].lane.deadline = 1_000;
                while self.sides[1 - at].step(self.now) {
                    self.operations += 1;
                }
                self.collect(at);
            }
            let quiet = self.sides.iter().all(|side| {
                side.session.is_idle() && side.wire.is_empty() && side.service.0.replies.is_empty()
            });
            match before == self.operations {
                true if quiet => break,
                // A server that may take no more calls does not get at the answer to its own
                // behind one more: that one's deadline is what ends it.
                true => self.now = self.now.wrapping_add(1_000),
                false => {}
            }
        }
        for at in [0, 1] {
            let (side, other) = (&self.sides[at], &self.sides[1 - at]);
            assert_eq!(side.lane.keeper.open(), 0, "{at} has calls under way");
            assert_eq!(side.open(), 0, "{at} has calls to answer");
            assert_eq!(other.service.0.notes, self.notes[at], "all one-way calls of {at}");
        }
    }

    fn check(&mut self) {
        for at in [0, 1] {
            assert!(
                self.sides[at].held.is_empty(),
                "{at} waits for {:?}",
                self.sides[at].held.len()
            );
            let (made, run) = (&self.notes[at], &self.sides[1 - at].service.0.notes);
            assert!(made.starts_with(run), "one-way calls of {at}: {run:?}");
        }
        // What is still to be answered when the connection is gone is answered to nobody.
        self.answer_all();
        for (call, record) in self.books.lock().expect("one thread").iter().enumerate() {
            let Record { ran, ends } = record;
            assert!(*ran <= 1, "{call} ran {ran} times");
            match ends[..] {
                // A callback that nobody came to make.
                [] => {
                    assert!(self.backs.contains(&(call as u32)) && *ran == 0, "{call} has no end")
                }
                [Ok(value)] => assert_eq!((value as usize, *ran), (call, 1), "{call}"),
                [Err((_, true))] => {}
                [Err((reason, false))] => assert_eq!(*ran, 0, "{call} ran, and was {reason:?}"),
                [..] => panic!("{call} ended {} times: {ends:?}", ends.len()),
            }
        }
    }
}
