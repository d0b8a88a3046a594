//! Calls that are not answered at once, or not waited for, or not waited for any more.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{CallError, Connection, Peer, Pending, Reason, WhenFull};
use tests::desk::{DeskCalls, DeskClient, Odd};

use super::exchange::{ExchangeCalls, ExchangeClient, Line, LineService};
use super::talk::{goes_on, may_have_run, not_run};

const SOON: Duration = Duration::from_millis(20);

/// Longer than any of this takes.
const LONG: Duration = Duration::from_secs(30);

fn hold(connection: &mut Connection, what: u32) -> Pending<u32> {
    ExchangeCalls::new(connection).hold(what).expect("it is started")
}

/// Replies that threads give when the handlers have returned.
pub fn deferred(connection: &mut Connection) {
    for turn in 0..4 {
        let mut held: Vec<_> = (0..20).map(|what| (what, hold(connection, what))).collect();
        ExchangeClient::new(connection).release().expect("an answer");
        held.rotate_left(turn * 5);
        for (what, pending) in held {
            assert_eq!(pending.wait(connection), Ok(what * 2));
        }
    }
    let mut exchange = ExchangeClient::new(connection);
    assert_eq!(exchange.blob_later(900_000, 30), Ok(vec![7; 900_000]));
    assert_eq!(may_have_run(exchange.blob_later(1 << 20, 30)).reason, Reason::ReplyTooLarge);
    assert_eq!(may_have_run(exchange.never()).reason, Reason::Dropped);
    goes_on(connection);
}

/// Calls that are started together, and collected in every order.
pub fn started(connection: &mut Connection) {
    for turn in 0..30 {
        let start = |a| (a, DeskCalls::new(connection).add(a, 1_000).expect("it is started"));
        let mut pending: Vec<_> = (0..30).map(start).collect();
        pending.rotate_left(turn);
        if turn % 2 == 0 {
            pending.reverse();
        }
        for (a, pending) in pending {
            assert_eq!(pending.wait(connection), Ok(a + 1_000));
        }
    }
    let odd = DeskCalls::new(connection).half(7).expect("it is started");
    let even = DeskCalls::new(connection).half(8).expect("it is started");
    goes_on(connection);
    assert!(odd.is_answered(connection) && even.is_answered(connection));
    assert_eq!(even.wait(connection), Ok(4));
    assert_eq!(odd.wait(connection), Err(CallError::Failed(Odd(7))));

    let (sender, done) = mpsc::channel();
    for a in 0..10 {
        let sender = sender.clone();
        let pending = DeskCalls::new(connection).add(a, 1).expect("it is started");
        pending.then(connection, move |answer| sender.send(answer).expect("it is awaited"));
    }
    let mut sums = Vec::new();
    while sums.len() < 10 {
        connection.poll(SOON).expect("the connection is there");
        sums.extend(done.try_iter());
    }
    assert_eq!(sums, (1..=10).map(Ok).collect::<Vec<_>>());
}

/// What is held, and whether nobody waits for it any more.
fn held(connection: &mut Connection) -> Vec<(u32, bool)> {
    ExchangeClient::new(connection).held().expect("an answer")
}

/// Who gives up is known to have done so to whoever would answer.
pub fn cancels(connection: &mut Connection) {
    let [kept, dropped] = [1, 2].map(|what| hold(connection, what));
    assert_eq!(held(connection), [(1, false), (2, false)]);
    drop(dropped);
    // The cancel goes out with the next call, before it or behind it.
    goes_on(connection);
    assert_eq!(held(connection), [(1, false), (2, true)]);
    connection.set_deadline(Duration::from_millis(300));
    let late = may_have_run(ExchangeClient::new(connection).hold(3));
    assert_eq!(late.reason, Reason::Deadline);
    connection.set_deadline(LONG);
    goes_on(connection);
    assert_eq!(held(connection), [(1, false), (2, true), (3, true)]);
    ExchangeClient::new(connection).release().expect("an answer");
    assert_eq!(kept.wait(connection), Ok(2), "whatever is answered besides");
    goes_on(connection);
}

/// And so is who has gone.
pub fn gone(name: &str) {
    let mut connection = super::open(name);
    let mut leaving = super::open(name);
    let unanswered = hold(&mut leaving, 4);
    assert_eq!(held(&mut leaving), [(4, false)]);
    drop((leaving, unanswered));
    while held(&mut connection) != [(4, true)] {
        thread::sleep(SOON);
    }
    ExchangeClient::new(&mut connection).release().expect("an answer");
    goes_on(&mut connection);
}

/// A call whose turn comes when its time is up does not run; one with more time does.
pub fn late(connection: &mut Connection) {
    let count = |connection: &mut Connection| ExchangeClient::new(connection).count();
    let before = count(connection).expect("an answer");
    let slow = DeskCalls::new(connection).wait(300).expect("it is started");
    connection.set_deadline(Duration::from_millis(100));
    let late = ExchangeCalls::new(connection).count().expect("it is started");
    connection.set_deadline(LONG);
    let early = ExchangeCalls::new(connection).count().expect("it is started");
    // It is given up, or if this side has slept, what the server says of it is there by then.
    let reason = late.wait(connection).err().and_then(|error| error.reason());
    assert!(matches!(reason, Some(Reason::Deadline | Reason::Late)), "{reason:?}");
    assert_eq!(slow.wait(connection), Ok(300));
    assert_eq!(early.wait(connection), Ok(before + 1), "the one before it did not run");
    assert_eq!(count(connection), Ok(before + 2));
}

/// Answers with the number of questions that it takes to get to 0, and asks them.
struct Down {
    waits: bool,
    thread: thread::ThreadId,
}

impl Line for Down {
    fn told(&mut self, _: u32, _: &[u8]) {}

    fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
        assert_eq!(thread::current().id(), self.thread, "who waits serves");
        if what == 0 {
            return 0;
        }
        let mut exchange = ExchangeClient::new(peer);
        let more = match self.waits {
            true => exchange.ask_and_wait(what - 1),
            false => exchange.ask(what - 1),
        };
        match more {
            Ok(more) => 1 + more,
            Err(error) => panic!("{what}: {error}"),
        }
    }
}

fn offer_down(connection: &mut Connection, waits: bool) {
    let thread = thread::current().id();
    let made = connection.add_with(move || LineService(Down { waits, thread }));
    made.expect("there is no other");
}

/// The server's loop calls its client within the client's call, and does not wait.
pub fn callbacks(name: &str) {
    let mut connection = super::open(name);
    let absent = ExchangeClient::new(&mut connection).ask(1);
    let Err(CallError::Failed(why)) = absent else { panic!("{absent:?}") };
    assert!(why.starts_with("Line.choose did not run: the peer offers no such"), "{why}");

    offer_down(&mut connection, false);
    let mut exchange = ExchangeClient::new(&mut connection);
    for levels in [0, 1, 5, 15] {
        assert_eq!(exchange.ask(levels), Ok(levels), "calls within calls");
    }
    let refused = exchange.ask_and_wait(1);
    let Err(CallError::Failed(why)) = refused else { panic!("a loop does not wait: {refused:?}") };
    assert!(why.starts_with("Line.choose did not run: it would have to wait"), "{why}");
    goes_on(&mut connection);

    let mut other = super::open(name);
    let pending = ExchangeCalls::new(&mut connection).ask(3).expect("it is started");
    goes_on(&mut other);
    while !pending.is_answered(&connection) {
        connection.poll(SOON).expect("the connection is there");
    }
    assert_eq!(pending.wait(&mut connection), Ok(3), "asked while it waits for nothing");
}

/// A server with a thread for each client: handlers wait, and nobody else does.
pub fn threads(name: &str) {
    let mut connection = super::open(name);
    offer_down(&mut connection, true);
    for levels in [0, 1, 5, 15] {
        assert_eq!(ExchangeClient::new(&mut connection).ask_and_wait(levels), Ok(levels));
    }
    let mut waiting = super::open(name);
    let waiting = thread::spawn(move || DeskClient::new(&mut waiting).wait(1_500));
    let mut other = super::open(name);
    for count in 1..=3 {
        assert_eq!(ExchangeClient::new(&mut connection).count(), Ok(count));
        assert_eq!(ExchangeClient::new(&mut other).count(), Ok(count), "each its own");
    }
    assert!(!waiting.is_finished(), "they did not wait for it");
    assert_eq!(waiting.join().expect("no panic"), Ok(1_500));
}

/// One-way calls that are not to wait for a server that does not read.
pub fn full(connection: &mut Connection) {
    let slow = DeskCalls::new(connection).wait(2_000).expect("it is started");
    connection.set_when_full(WhenFull::Fail);
    let mut sent = Vec::new();
    let mut post = |connection: &mut Connection, note| {
        let outcome = ExchangeClient::new(connection).note(note, &[7; 100_000]);
        if outcome.is_ok() {
            sent.push(note);
        }
        outcome
    };
    let refused = (0..1_000).find_map(|note| post(connection, note).err());
    assert_eq!(refused.map(|error| not_run::<(), _>(Err(error)).reason), Some(Reason::WouldBlock));
    assert!(!slow.is_answered(connection), "nothing was waited for");
    assert_eq!(slow.wait(connection), Ok(2_000));
    // The server reads again, and some time there is room.
    while let Err(error) = post(connection, 1_000) {
        assert_eq!(not_run::<(), _>(Err(error)).reason, Reason::WouldBlock);
        connection.poll(SOON).expect("the connection is there");
    }
    connection.set_when_full(WhenFull::Wait);
    post(connection, 1_001).expect("it is sent");
    assert_eq!(ExchangeClient::new(connection).notes(), Ok(sent));
}
