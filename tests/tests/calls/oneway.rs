//! Calls that are not answered: their order, their bounds, and what happens when nobody reads.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Reason, Slow, WhenFull};

use crate::harness::{ends, failure, may_have_run, not_run, watchdog};
use crate::office::{CallerService, Ear, OfficeCalls, OfficeClient, office};
use crate::raw::raw_server;

#[test]
fn one_way_calls_are_run_in_order_whether_they_are_made_or_started() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    for note in 0..100 {
        match note % 2 {
            0 => OfficeClient::new(&mut connection).note(note, b""),
            _ => OfficeCalls::new(&mut connection).note(note, b""),
        }
        .expect("it is sent");
    }
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok((0..100).collect()));
}

#[test]
fn a_one_way_call_behind_a_slow_handler_is_never_late() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    connection.set_deadline(Duration::from_millis(20));
    let slow = OfficeCalls::new(&mut connection).sleep(200).expect("it is started");
    OfficeCalls::new(&mut connection).note(7, b"").expect("it is started");
    assert_eq!(failure(slow.wait(&mut connection)), may_have_run(Reason::Deadline));
    connection.set_deadline(Duration::from_secs(60));
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok(vec![7]));
}

#[test]
fn starting_many_one_way_calls_waits_for_nothing_to_come_back() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    // Whatever waited for an answer would wait longer than the test may take.
    connection.set_deadline(Duration::from_secs(3_600));
    for note in 0..40 {
        OfficeCalls::new(&mut connection).note(note, &[7; 100_000]).expect("it is started");
    }
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok((0..40).collect()));
}

#[test]
fn a_one_way_call_waits_for_a_peer_that_does_not_read_no_longer_than_its_deadline() {
    let _watchdog = watchdog();
    let (done, wait) = mpsc::channel::<()>();
    let (port, raw) = raw_server(move |_raw| wait.recv().is_err());
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(50));
    let outcome = (0..1_000)
        .map(|note| OfficeClient::new(&mut connection).note(note, &[7; 500_000]))
        .find(Result::is_err);
    assert_eq!(outcome.map(failure), Some(may_have_run(Reason::Deadline)));
    done.send(()).expect("the raw server waits");
    raw.join().expect("it came to its end");
}

#[test]
fn one_way_calls_that_are_not_to_wait_fail_when_too_much_is_unsent_and_did_not_run() {
    let _watchdog = watchdog();
    let (read, wait) = mpsc::channel::<()>();
    let (port, raw) = raw_server(move |mut raw| {
        wait.recv().expect("the test says so");
        let mut notes = Vec::new();
        while let Some((_, id, call)) = raw.frame() {
            assert_eq!(id, 0);
            notes.push(u32::from_le_bytes([call[16], call[17], call[18], call[19]]));
        }
        notes
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    connection.set_when_full(WhenFull::Fail);
    // Who waited would wait longer than the test may take.
    connection.set_deadline(Duration::from_secs(3_600));
    let mut sent = Vec::new();
    let mut note = 0;
    let mut post = |connection: &mut Connection, len: usize| {
        note += 1;
        let outcome = OfficeClient::new(connection).note(note, &vec![7; len]);
        if outcome.is_ok() {
            sent.push(note);
        }
        outcome
    };
    let outcome = (0..1_000).map(|_| post(&mut connection, 100_000)).find(Result::is_err);
    assert_eq!(outcome.map(failure), Some(not_run(Reason::WouldBlock)));
    assert_eq!(
        failure(post(&mut connection, 1)),
        not_run(Reason::WouldBlock),
        "as often as it likes"
    );
    // When the peer reads again, the calls that were taken go on, and further ones are taken.
    read.send(()).expect("the raw server waits");
    while post(&mut connection, 1_000_000).is_err() {
        thread::yield_now();
    }
    // The rest goes with a call that waits.
    connection.set_when_full(WhenFull::Wait);
    post(&mut connection, 1).expect("it is sent");
    drop(connection);
    assert_eq!(raw.join().expect("it came to its end"), sent);
}

#[test]
fn a_peer_that_reads_gets_all_one_way_calls_that_do_not_wait() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    connection.set_when_full(WhenFull::Fail);
    let mut sent = Vec::new();
    for note in 0..1_000 {
        match OfficeClient::new(&mut connection).note(note, &[7; 50_000]) {
            Ok(()) => sent.push(note),
            error => assert_eq!(failure(error), not_run(Reason::WouldBlock)),
        }
    }
    assert_eq!(OfficeClient::new(&mut connection).notes(), Ok(sent));
}

#[test]
fn a_handler_tells_its_caller_no_more_than_a_bound_before_it_returns() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    let mut office = OfficeClient::new(&mut connection);
    let told = office.flood(1_000_000).expect_err("it is too much");
    let text = told.to_string();
    assert!(text.starts_with("9: Caller.changed did not run: it would have to wait"), "{text}");
    assert_eq!(ear.heard(), (0..9).collect::<Vec<_>>());
    assert_eq!(OfficeClient::new(&mut connection).flood(1_000), Ok(1_000));
}
