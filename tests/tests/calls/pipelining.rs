//! Calls that are started, and collected when it suits.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Connection, Pending, Reason, Slow};

use crate::harness::{Running, ends, failure, may_have_run, not_run, watchdog};
use crate::office::{Desk, OfficeCalls, OfficeClient, office};
use crate::raw::{frame, raw_server};

fn office_ends() -> (Running, Connection, Desk) {
    let (sender, desks) = mpsc::channel();
    let (server, connection) = ends(move |far| {
        let (office, desk) = office(Slow::Newest);
        far.add(office);
        sender.send(desk).expect("the test waits for it");
    });
    (server, connection, desks.recv().expect("the server starts"))
}

fn start(connection: &mut Connection, a: u32) -> Pending<u32> {
    OfficeCalls::new(connection).add(a, 1_000).expect("it is started")
}

#[test]
fn answers_are_collected_in_any_order() {
    let _watchdog = watchdog();
    let (_server, mut connection, _desk) = office_ends();
    for turn in 0..30 {
        let mut pending: Vec<_> = (0..30).map(|a| (a, start(&mut connection, a))).collect();
        pending.rotate_left(turn);
        if turn % 2 == 0 {
            pending.reverse();
        }
        for (a, pending) in pending {
            assert_eq!(pending.wait(&mut connection), Ok(a + 1_000));
        }
    }
}

#[test]
fn calls_that_are_waited_for_go_between_those_that_are_started() {
    let _watchdog = watchdog();
    let (_server, mut connection, _desk) = office_ends();
    let [one, other] = [start(&mut connection, 1), start(&mut connection, 2)];
    assert_eq!(OfficeClient::new(&mut connection).half(8), Ok(4));
    let half = OfficeCalls::new(&mut connection).half(7).expect("it is started");
    assert!(one.is_answered(&connection) && other.is_answered(&connection));
    assert_eq!(other.wait(&mut connection), Ok(1_002));
    assert_eq!(half.wait(&mut connection), Err(CallError::Failed("7 is odd".to_owned())));
    assert_eq!(one.wait(&mut connection), Ok(1_001));
}

#[test]
fn no_more_calls_are_under_way_than_may_be() {
    let _watchdog = watchdog();
    let (_server, mut connection, desk) = office_ends();
    connection.set_in_flight(3);
    let answering = thread::spawn(move || {
        let mut most = 0;
        let mut held = Vec::new();
        // Three at first; then one comes for each that is answered.
        while let Ok(asked) = desk.replies.recv() {
            held.push(asked);
            held.extend(desk.replies.try_iter());
            most = most.max(held.len());
            // All of them, when there is none to come.
            let last = held.iter().any(|(what, _)| *what == 99);
            while held.len() >= 3 || last && !held.is_empty() {
                let (what, reply) = held.remove(0);
                reply.send(&what);
            }
        }
        most
    });
    let mut pending = Vec::new();
    for what in 0..100 {
        pending.push(OfficeCalls::new(&mut connection).later(what).expect("it is started"));
        let open = pending.iter().filter(|pending| !pending.is_answered(&connection)).count();
        assert!(open <= 3, "{open}");
    }
    for (what, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait(&mut connection), Ok(what));
    }
    drop((connection, _server));
    assert!(answering.join().expect("all were answered") <= 3);
}

#[test]
fn what_is_to_be_done_then_is_done_once_while_the_connection_is_driven() {
    let _watchdog = watchdog();
    let (_server, mut connection, _desk) = office_ends();
    let (sender, done) = mpsc::channel();
    for a in 0..10 {
        let sender = sender.clone();
        let pending = start(&mut connection, a);
        pending.then(&mut connection, move |answer| sender.send((a, answer)).expect("it listens"));
    }
    assert!(done.try_recv().is_err(), "nothing has been sent");
    let mut answers = Vec::new();
    while answers.len() < 10 {
        connection.poll(Duration::from_millis(20)).expect("the connection is there");
        answers.extend(done.try_iter());
    }
    assert_eq!(answers, (0..10).map(|a| (a, Ok(a + 1_000))).collect::<Vec<_>>());
    // And at once, where the answer is there.
    let pending = start(&mut connection, 7);
    OfficeClient::new(&mut connection).notes().expect("an answer");
    pending.then(&mut connection, move |answer| sender.send((7, answer)).expect("it listens"));
    assert_eq!(done.try_recv(), Ok((7, Ok(1_007))));
}

#[test]
fn when_the_connection_is_cut_every_call_ends_and_ends_once() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        for _ in 0..4 {
            raw.frame();
        }
        raw.send(&frame(2, 2, &222_u32.to_le_bytes()));
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    let (sender, done) = mpsc::channel();
    let [one, two, three] = [0, 1, 2].map(|a| start(&mut connection, a));
    let pending = start(&mut connection, 3);
    pending.then(&mut connection, move |answer| sender.send(failure(answer)).expect("it listens"));
    assert_eq!(failure(one.wait(&mut connection)), may_have_run(Reason::Disconnected));
    assert_eq!(two.wait(&mut connection), Ok(222), "it was answered");
    assert_eq!(failure(three.wait(&mut connection)), may_have_run(Reason::Disconnected));
    assert_eq!(done.try_iter().collect::<Vec<_>>(), [may_have_run(Reason::Disconnected)]);
    let late = OfficeCalls::new(&mut connection).add(1, 2).map(drop);
    assert_eq!(failure(late), not_run(Reason::Disconnected));
    raw.join().expect("it came to its end");
}

#[test]
fn a_connection_that_is_dropped_ends_what_is_to_be_done_then() {
    let _watchdog = watchdog();
    let (_server, mut connection, _desk) = office_ends();
    let (sender, done) = mpsc::channel();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    pending.then(&mut connection, move |answer| sender.send(failure(answer)).expect("it listens"));
    drop(connection);
    assert_eq!(done.try_iter().collect::<Vec<_>>(), [may_have_run(Reason::Disconnected)]);
}

#[test]
fn a_call_is_collected_on_the_connection_that_it_was_started_on_and_no_other() {
    let _watchdog = watchdog();
    let (server, mut connection, _desk) = office_ends();
    let mut other = server.connect();
    let [here, there] = [start(&mut connection, 1), start(&mut other, 2)];
    assert_eq!(failure(here.wait(&mut other)), may_have_run(Reason::Disconnected));
    assert_eq!(there.wait(&mut other), Ok(1_002));
}

#[test]
fn large_calls_that_are_started_do_not_deadlock() {
    let _watchdog = watchdog();
    let (_server, mut connection, _desk) = office_ends();
    let pending: Vec<_> = (0..20)
        .map(|note| {
            OfficeCalls::new(&mut connection).note(note, &[7; 900_000]).expect("it is started");
            start(&mut connection, note)
        })
        .collect();
    for (a, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait(&mut connection), Ok(a + 1_000));
    }
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok((0..20).collect()));
}

#[test]
fn to_start_calls_takes_no_longer_than_their_deadlines_when_nobody_reads() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|raw| {
        thread::sleep(Duration::from_secs(4));
        drop(raw);
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(100));
    let start = Instant::now();
    let failed = (0..100)
        .find_map(|note| OfficeCalls::new(&mut connection).note(note, &[7; 900_000]).err())
        .expect("there is no room for so much");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(failed.problem().map(|problem| problem.reason), Some(Reason::Disconnected));
    raw.join().expect("it slept");
}
