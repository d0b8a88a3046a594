//! Many calls, whatever becomes of them, against a list of what should.

use super::*;

/// Xorshift, so that a run can be repeated.
struct Draw(u32);

impl Draw {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % n
    }
}

type Outcome = Result<Vec<u8>, Reason>;

/// A call, as it should be.
struct Call {
    id: u32,
    deadline: u32,
    /// When it was sent.
    since: Option<u32>,
    /// `None`: it is open.
    end: Option<Outcome>,
    /// `None`: it was dropped.
    ticket: Option<Ticket>,
    /// Its end is noted when it comes.
    noted: bool,
}

impl Call {
    fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Comes to its end, if it has not. `Some`: that is to be noted.
    fn ends(&mut self, outcome: Outcome) -> Option<(u32, Outcome)> {
        let first = self.is_open();
        self.end.get_or_insert_with(|| outcome.clone());
        (first && self.noted).then_some((self.id, outcome))
    }
}

struct Model {
    sides: Sides,
    draw: Draw,
    now: u32,
    last_id: u32,
    calls: Vec<Call>,
    notes: mpsc::Sender<(u32, Outcome)>,
    noted: mpsc::Receiver<(u32, Outcome)>,
    to_be_noted: Vec<(u32, Outcome)>,
}

impl Model {
    /// Ids and the clock go round soon.
    fn new(seed: u32) -> Model {
        let mut draw = Draw(seed);
        let (now, last_id) = (u32::MAX - draw.below(5000), u32::MAX - draw.below(200));
        let (notes, noted) = mpsc::channel();
        let (sides, calls, to_be_noted) = (Sides::new(), Vec::new(), Vec::new());
        Model { sides, draw, now, last_id, calls, notes, noted, to_be_noted }
    }

    fn start(&mut self) {
        // Some ids are of calls that are waited for.
        let step = if self.draw.below(6) == 0 { 2 } else { 1 };
        self.last_id = self.last_id.checked_add(step).unwrap_or(1);
        let deadline = if self.draw.below(10) == 0 { 300 } else { 1000 };
        let (id, ends) = (self.last_id, None);
        let ticket = self.sides.keeper.keep(Started { method: &METHOD, id }, deadline);
        let ticket = Some(ticket);
        self.calls.push(Call { id, deadline, since: None, end: ends, ticket, noted: false });
    }

    /// Any of the calls, taken out.
    fn any(&mut self) -> Option<Call> {
        let most = u32::try_from(self.calls.len()).expect("they are few");
        (most > 0).then(|| self.calls.swap_remove(self.draw.below(most) as usize))
    }

    fn answer(&mut self, call: &mut Call) {
        let outcome = if self.draw.below(4) == 0 {
            self.sides.refuse(call.id);
            Err(Reason::Busy)
        } else {
            let value = vec![7; self.draw.below(300) as usize];
            self.sides.answer(call.id, &value);
            Ok(value)
        };
        self.to_be_noted.extend(call.ends(outcome));
    }

    fn note(&mut self, call: &mut Call) {
        let Some(ticket) = call.ticket.as_mut().filter(|_| !call.noted) else { return };
        let (id, notes) = (call.id, self.notes.clone());
        let then: Then = Box::new(move |answer| {
            let outcome = answer.map(|answer| answer.value.rest().to_vec());
            notes.send((id, outcome.map_err(|problem| problem.reason))).expect("somebody reads");
        });
        self.sides.keeper.then(ticket, then, &self.sides.near);
        call.noted = true;
        self.to_be_noted.extend(call.end.clone().map(|outcome| (id, outcome)));
    }

    /// Takes the answer, or uses it at once. `true`: that is the end of the call.
    fn take(&mut self, call: &mut Call) -> bool {
        let Some(ticket) = call.ticket.as_mut().filter(|_| !call.noted) else { return false };
        assert_eq!(self.sides.keeper.is_answered(ticket), call.end.is_some());
        match &call.end {
            Some(outcome) => assert_eq!(&self.sides.take(ticket), outcome),
            None if self.draw.below(3) == 0 => assert!(self.sides.keeper.settle(ticket)),
            None => return false,
        }
        true
    }

    fn give_up(&mut self) {
        self.now = self.now.wrapping_add(self.draw.below(200));
        self.sides.near.sent(self.sides.near.unsent().len());
        let next = self.sides.keeper.give_up(&mut self.sides.near, self.now);
        let (mut late, mut left) = (Vec::new(), None);
        for call in &mut self.calls {
            let passed = self.now.wrapping_sub(*call.since.get_or_insert(self.now));
            let rest = call.deadline.saturating_sub(passed);
            if !call.is_open() {
                continue;
            }
            if rest == 0 || call.ticket.is_none() && !call.noted {
                late.push(call.id);
                self.to_be_noted.extend(call.ends(Err(Reason::Deadline)));
            } else {
                left = Some(left.map_or(rest, |left: u32| left.min(rest)));
            }
        }
        assert_eq!((sorted(self.sides.told()), next), (sorted(late), left));
        self.calls.retain(|call| call.is_open() || call.ticket.is_some() && !call.noted);
    }

    fn fail(&mut self) {
        self.sides.keeper.fail(Reason::ShuttingDown);
        for call in &mut self.calls {
            self.to_be_noted.extend(call.ends(Err(Reason::ShuttingDown)));
        }
    }

    fn step(&mut self) {
        match self.draw.below(12) {
            0..4 => self.start(),
            4 => self.give_up(),
            5 if self.draw.below(30) == 0 => self.fail(),
            what => {
                let Some(mut call) = self.any() else { return };
                match what {
                    6..9 => self.answer(&mut call),
                    9 => call.ticket = None,
                    10 => self.note(&mut call),
                    _ if self.take(&mut call) => return,
                    _ => {}
                }
                self.calls.push(call);
            }
        }
    }

    /// That all is as it should be.
    fn check(&mut self) {
        let open = self.calls.iter().filter(|call| call.is_open()).count();
        assert_eq!(self.sides.keeper.open(), open);
        // Nothing is kept of those that are done with.
        let blocks = self.sides.keeper.blocks.iter().filter(|block| !block.is_done());
        assert!(blocks.count() <= self.calls.len());
        let noted: Vec<_> = self.noted.try_iter().collect();
        assert_eq!(sorted(noted), sorted(core::mem::take(&mut self.to_be_noted)));
    }
}

fn sorted<T: core::fmt::Debug>(list: Vec<T>) -> Vec<alloc::string::String> {
    let mut list: Vec<_> = list.iter().map(|item| std::format!("{item:?}")).collect();
    list.sort();
    list
}

#[test]
fn whatever_becomes_of_calls_each_ends_as_it_should_and_once() {
    for seed in 1..=300 {
        let mut model = Model::new(seed * 7919);
        for _ in 0..300 {
            model.step();
            model.check();
        }
    }
}
