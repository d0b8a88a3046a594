//! What becomes of calls that were started, between two sessions.

#![expect(clippy::expect_used, reason = "a test may panic")]

extern crate std;

use alloc::vec;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use super::*;
use crate::frame;
use crate::schema::Schema;
use crate::session::Limits;

mod model;

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
        self.pass_on(id);
    }

    fn pass_on(&mut self, id: u32) {
        let bytes = self.far.unsent().to_vec();
        self.far.sent(bytes.len());
        self.near.receive(&bytes);
        let frame = self.near.next().expect("it is one").expect("it is whole");
        self.keeper.answered(&self.near, id, frame);
    }

    fn refuse(&mut self, id: u32) {
        self.far.fault(id, Reason::Busy, None);
        self.pass_on(id);
    }

    fn take(&mut self, ticket: &mut Ticket) -> Result<Vec<u8>, Reason> {
        let answer = self.keeper.take(ticket, &self.near);
        answer.map(|answer| answer.value.rest().to_vec()).map_err(|problem| problem.reason)
    }

    /// The ids that the other side was told of, of which nobody waits any more.
    fn cancelled(&mut self) -> Vec<u32> {
        self.near.sent(self.near.unsent().len());
        self.keeper.give_up(&mut self.near, 0);
        self.told()
    }

    /// As well, as far as it is unsent.
    fn told(&self) -> Vec<u32> {
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
    // Every third answer is left for later.
    for _ in 0..20 {
        let tickets = [(); 9].map(|()| sides.start());
        for ticket in tickets.iter().rev() {
            sides.answer(ticket.call.id, &value(ticket.call.id));
        }
        for mut ticket in tickets {
            match ticket.call.id % 3 {
                0 => late.push(ticket),
                _ => assert_eq!(sides.take(&mut ticket), Ok(value(ticket.call.id))),
            }
        }
        sides.keeper.give_up(&mut sides.near, 0);
    }
    for mut ticket in late {
        assert_eq!(sides.take(&mut ticket), Ok(value(ticket.call.id)));
        assert_eq!(sides.take(&mut ticket), Err(Reason::Disconnected), "once");
    }
    assert_eq!(sides.keeper.open(), 0);
}

#[test]
fn what_is_done_with_is_used_again() {
    let mut sides = Sides::new();
    for round in 0..100 {
        for mut ticket in [(); 70].map(|()| sides.start()) {
            sides.answer(ticket.call.id, &[7; 1000]);
            assert_eq!(sides.take(&mut ticket).map(|value| value.len()), Ok(1000));
        }
        assert_eq!(sides.keeper.blocks.len(), 3, "in round {round}");
        sides.keeper.give_up(&mut sides.near, 0);
    }
}

#[test]
fn an_answer_that_is_used_at_once_is_not_kept() {
    let mut sides = Sides::new();
    let (mut first, mut second) = (sides.start(), sides.start());
    assert!(sides.keeper.settle(&mut first));
    assert!(!sides.keeper.settle(&mut first), "once");
    assert_eq!(sides.keeper.open(), 1);
    sides.answer(1, b"again");
    assert_eq!(sides.take(&mut first), Err(Reason::Disconnected));
    drop(first);
    assert_eq!(sides.cancelled(), [], "nobody has given up on it");
    sides.answer(2, b"here");
    assert!(!sides.keeper.settle(&mut second), "it is there already");
    assert_eq!(sides.take(&mut second).as_deref(), Ok(&b"here"[..]));
}

#[test]
fn a_ticket_of_another_connection_is_not_taken_for_ones_own() {
    let (mut here, mut there) = (Sides::new(), Sides::new());
    let (mut ours, mut theirs) = (here.start(), there.start());
    assert_eq!(ours.call.id, theirs.call.id);
    assert!(!here.keeper.settle(&mut theirs));
    here.answer(1, b"ours");
    assert!(here.keeper.is_answered(&theirs), "there is nothing to wait for");
    assert_eq!(here.take(&mut theirs), Err(Reason::Disconnected));
    assert_eq!(here.take(&mut ours).as_deref(), Ok(&b"ours"[..]));
    drop(theirs);
    assert_eq!(there.cancelled(), [1]);
}

#[test]
fn ids_go_round_and_leave_some_out() {
    let mut sides = Sides::new();
    let ids: Vec<u32> = (0..300)
        .map(|at| (u32::MAX - 500).wrapping_add(at * 5 / 2))
        .filter(|id| *id != 0)
        .collect();
    let keep = |sides: &mut Sides, id| sides.keeper.keep(Started { method: &METHOD, id }, 1000);
    let mut tickets: Vec<Ticket> = ids.iter().map(|id| keep(&mut sides, *id)).collect();
    for id in ids.iter().rev() {
        sides.answer(*id, &id.to_le_bytes());
        sides.answer(id.wrapping_add(700), b"nobody asked");
    }
    for ticket in &mut tickets {
        let id = ticket.call.id;
        assert_eq!(sides.take(ticket).as_deref(), Ok(&id.to_le_bytes()[..]));
    }
}

/// Has what a call comes to noted.
fn noted(sides: &mut Sides, notes: &mpsc::Sender<Result<Vec<u8>, Reason>>) -> u32 {
    let (mut ticket, notes) = (sides.start(), notes.clone());
    let then: Then = Box::new(move |answer| {
        let outcome = answer.map(|answer| answer.value.rest().to_vec());
        notes.send(outcome.map_err(|problem| problem.reason)).expect("somebody reads");
    });
    sides.keeper.then(&mut ticket, then, &sides.near);
    ticket.call.id
}

#[test]
fn what_is_to_be_done_with_an_answer_is_done_once_whatever_comes() {
    let mut sides = Sides::new();
    let (notes, came) = mpsc::channel();
    let [answered, refused] = [(); 2].map(|()| noted(&mut sides, &notes));
    assert_eq!(sides.cancelled(), [], "who has something done waits, without a ticket");
    sides.answer(answered, b"here");
    sides.answer(answered, b"again");
    sides.refuse(refused);
    noted(&mut sides, &notes);
    assert_eq!(sides.keeper.open(), 1);
    assert_eq!(sides.keeper.give_up(&mut sides.near, 5), Some(1000));
    assert_eq!(sides.keeper.give_up(&mut sides.near, 1005), None);
    noted(&mut sides, &notes);
    sides.keeper.fail(Reason::ShuttingDown);
    sides.keeper.fail(Reason::Disconnected);
    drop(notes);
    let expected =
        [Ok(b"here".to_vec()), Err(Reason::Busy), Err(Reason::Deadline), Err(Reason::ShuttingDown)];
    assert_eq!(came.iter().collect::<Vec<_>>(), expected);
    assert!(sides.keeper.blocks.iter().all(|block| block.is_done()));
}

#[test]
fn a_fault_is_kept_until_it_is_taken() {
    let mut sides = Sides::new();
    let mut tickets = [(); 40].map(|()| sides.start());
    sides.refuse(40);
    sides.keeper.fail(Reason::Disconnected);
    let [first, .., last] = &mut tickets;
    assert_eq!(sides.take(last), Err(Reason::Busy));
    assert_eq!(sides.take(first), Err(Reason::Disconnected));
    assert_eq!(sides.cancelled(), [], "nobody is there to be told");
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
    for mut ticket in held {
        sides.answer(ticket.call.id, b"here");
        assert_eq!(sides.take(&mut ticket).as_deref(), Ok(&b"here"[..]));
    }
}

#[test]
fn a_deadline_counts_from_when_the_call_is_sent() {
    let mut sides = Sides::new();
    let mut first = sides.start();
    assert_eq!(sides.keeper.give_up(&mut sides.near, u32::MAX - 99), Some(1000));
    let mut second = sides.start();
    assert_eq!(sides.keeper.give_up(&mut sides.near, 899), Some(1));
    assert_eq!(sides.keeper.give_up(&mut sides.near, 900), Some(999));
    assert_eq!(sides.take(&mut first), Err(Reason::Deadline));
    assert!(!sides.keeper.is_answered(&second));
    assert_eq!(sides.keeper.give_up(&mut sides.near, 1899), None);
    assert_eq!(sides.take(&mut second), Err(Reason::Deadline));
}

#[test]
fn answers_that_nobody_is_to_take_any_more_take_no_room() {
    let mut sides = Sides::new();
    let open = sides.start();
    let (notes, came) = mpsc::channel();
    for _ in 0..10 {
        let id = noted(&mut sides, &notes);
        sides.answer(id, &[7; 100_000]);
        let mut ticket = sides.start();
        sides.answer(ticket.call.id, &[7; 100_000]);
        assert_eq!(sides.take(&mut ticket).map(|value| value.len()), Ok(100_000));
    }
    assert_eq!(came.try_iter().count(), 10);
    assert!(!sides.keeper.is_answered(&open));
    let room: usize = sides.keeper.blocks.iter().map(|block| block.room()).sum();
    assert!(room <= 2 * 100_000, "{room}");
}

#[test]
fn a_call_whose_id_has_come_round_is_not_taken_for_one_that_is_kept() {
    let mut sides = Sides::new();
    let keep = |sides: &mut Sides, id| sides.keeper.keep(Started { method: &METHOD, id }, 1000);
    let mut old = [7, 8, 9].map(|id| keep(&mut sides, id));
    for id in [7, 8, 9] {
        sides.answer(id, b"old");
    }
    // After 2^32 - 3 others.
    let mut new = [6, 7, 8, 9, 10].map(|id| keep(&mut sides, id));
    let [_, again, at_once, ..] = &mut new;
    assert!(!sides.keeper.is_answered(again), "it is to come");
    assert!(sides.keeper.settle(at_once));
    for id in [6, 7, 9, 10] {
        sides.answer(id, b"new");
    }
    for ticket in new.iter_mut().filter(|ticket| ticket.call.id != 8) {
        assert_eq!(sides.take(ticket).as_deref(), Ok(&b"new"[..]));
    }
    for ticket in &mut old {
        assert_eq!(sides.take(ticket).as_deref(), Ok(&b"old"[..]));
    }
}

#[test]
fn what_panics_when_it_is_done_ends_as_much_as_what_does_not() {
    let mut sides = Sides::new();
    let panics = |sides: &mut Sides| {
        let mut ticket = sides.start();
        sides.keeper.then(&mut ticket, Box::new(|_| panic!("as it is to")), &sides.near);
    };
    let caught = |act: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(act)).is_err();
    panics(&mut sides);
    let mut late = sides.start();
    assert_eq!(sides.keeper.give_up(&mut sides.near, 5), Some(1000));
    assert!(caught(&mut || _ = sides.keeper.give_up(&mut sides.near, 1005)));
    assert_eq!(sides.keeper.open(), 1);
    assert_eq!(sides.keeper.give_up(&mut sides.near, 1005), None);
    assert_eq!(sides.take(&mut late), Err(Reason::Deadline));
    panics(&mut sides);
    let mut other = sides.start();
    assert!(caught(&mut || sides.keeper.fail(Reason::Disconnected)));
    sides.answer(other.call.id, b"all the same");
    assert_eq!(sides.take(&mut other).as_deref(), Ok(&b"all the same"[..]));
    assert_eq!(sides.keeper.open(), 0);
}
