//! How long calls may take, on either side.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Reason, Slow};

use crate::harness::{ends, failure, may_have_run, watchdog};
use crate::office::{OfficeCalls, OfficeClient, office};
use crate::raw::{Raw, call, raw_server};

/// Late, and did not run.
const LATE: u8 = 5;

/// A call that takes its time, and two behind it: one that waits for less than that.
fn behind_a_slow_one() -> Vec<u8> {
    let note = [7_u32.to_le_bytes().as_slice(), &[0]].concat();
    [
        call(1, "Office.sleep", 0, &100_u32.to_le_bytes()),
        call(2, "Office.half", 20, &8_u32.to_le_bytes()),
        call(0, "Office.note", 0, &note),
        call(3, "Office.notes", 60_000, &[]),
    ]
    .concat()
}

fn answers(raw: &mut Raw) {
    assert_eq!(raw.frame(), Some((2, 1, 100_u32.to_le_bytes().to_vec())));
    assert_eq!(raw.frame(), Some((3, 2, vec![LATE])));
    assert_eq!(raw.frame(), Some((2, 3, vec![1, 7, 0, 0, 0])));
}

#[test]
fn a_server_does_not_run_a_call_that_nobody_waits_for_any_more() {
    let _watchdog = watchdog();
    let (server, _connection) = ends(|far| far.add(office(Slow::Newest).0));
    let mut raw = Raw::connect(server.port);
    raw.send(&behind_a_slow_one());
    answers(&mut raw);
}

#[test]
fn a_connection_does_not_run_a_call_that_nobody_waits_for_any_more() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        raw.send(&behind_a_slow_one());
        answers(&mut raw);
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    connection.add(office(Slow::Newest).0).expect("there is no other");
    assert_eq!(connection.run(), Ok(()));
    raw.join().expect("the answers were those");
}

#[test]
fn a_call_is_given_up_on_at_its_own_deadline() {
    let _watchdog = watchdog();
    let (done, wait) = mpsc::channel::<()>();
    let (port, raw) = raw_server(move |_raw| wait.recv().is_err());
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    // The one that is started first waits for longer than the test may take.
    connection.set_deadline(Duration::from_secs(3_600));
    let long = OfficeCalls::new(&mut connection).sleep(1).expect("it is started");
    connection.set_deadline(Duration::from_millis(30));
    let short = OfficeCalls::new(&mut connection).sleep(2).expect("it is started");
    assert_eq!(failure(short.wait(&mut connection)), may_have_run(Reason::Deadline));
    assert!(!long.is_answered(&connection));
    assert_eq!(
        failure(OfficeClient::new(&mut connection).add(1, 2)),
        may_have_run(Reason::Deadline)
    );
    assert!(!long.is_answered(&connection));
    drop(done);
    raw.join().expect("it came to its end");
    assert_eq!(failure(long.wait(&mut connection)), may_have_run(Reason::Disconnected));
}

#[test]
fn the_longest_deadline_is_long() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    connection.set_deadline(Duration::MAX);
    let pending = OfficeCalls::new(&mut connection).sleep(50).expect("it is started");
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    assert_eq!(pending.wait(&mut connection), Ok(50));
}

#[test]
fn what_comes_after_a_deadline_is_the_answer_to_nothing_else() {
    let _watchdog = watchdog();
    let (_server, mut connection) = ends(|far| far.add(office(Slow::Newest).0));
    for turn in 0..5 {
        connection.set_deadline(Duration::from_millis(10));
        assert_eq!(
            failure(OfficeClient::new(&mut connection).sleep(240)),
            may_have_run(Reason::Deadline)
        );
        // Nothing is lost while nobody listens.
        thread::sleep(Duration::from_millis(turn * 80));
        connection.set_deadline(Duration::from_secs(60));
        assert_eq!(OfficeClient::new(&mut connection).half(8), Ok(4));
    }
}
