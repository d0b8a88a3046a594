//! Calls that nobody waits for any more.

use std::sync::mpsc;
use std::time::Duration;

use ipc_runtime::{Connection, Reason, Slow};

use crate::harness::{ends, failure, may_have_run, watchdog};
use crate::office::{OfficeCalls, OfficeClient, office};
use crate::raw::{Raw, call, frame, raw_server};

const CANCEL: u8 = 4;

#[test]
fn a_pending_call_that_is_dropped_is_cancelled_with_the_next_one() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        let ids: Vec<_> = (0..4).map(|_| raw.frame().map(|(kind, id, _)| (kind, id))).collect();
        // The answer comes all the same, and is the answer to nothing.
        raw.send(&frame(2, 1, &111_u32.to_le_bytes()));
        raw.send(&frame(2, 3, &333_u32.to_le_bytes()));
        raw.send(&frame(2, 2, &222_u32.to_le_bytes()));
        ids
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    let dropped = OfficeCalls::new(&mut connection).sleep(1).expect("it is started");
    let kept = OfficeCalls::new(&mut connection).sleep(2).expect("it is started");
    drop(dropped);
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(333));
    assert_eq!(kept.wait(&mut connection), Ok(222));
    let seen = raw.join().expect("it came to its end");
    assert_eq!(seen, [Some((1, 1)), Some((1, 2)), Some((1, 3)), Some((CANCEL, 1))]);
}

#[test]
fn a_call_whose_time_is_up_is_cancelled() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        let ids: Vec<_> = (0..5).map(|_| raw.frame().map(|(kind, id, _)| (kind, id))).collect();
        raw.send(&frame(2, 3, &333_u32.to_le_bytes()));
        ids
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(20));
    let pending = OfficeCalls::new(&mut connection).sleep(1).expect("it is started");
    assert_eq!(failure(pending.wait(&mut connection)), may_have_run(Reason::Deadline));
    assert_eq!(
        failure(OfficeClient::new(&mut connection).sleep(2)),
        may_have_run(Reason::Deadline)
    );
    connection.set_deadline(Duration::from_secs(60));
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(333));
    let mut seen = raw.join().expect("it came to its end");
    seen.sort();
    let expected = [(1, 1), (1, 2), (1, 3), (CANCEL, 1), (CANCEL, 2)];
    assert_eq!(seen, expected.map(Some));
}

#[test]
fn cancels_of_what_is_not_under_way_are_ignored_however_many() {
    let _watchdog = watchdog();
    let (sender, desks) = mpsc::channel();
    let (server, _connection) = ends(move |far| {
        let (office, desk) = office(Slow::Newest);
        far.add(office);
        sender.send(desk).expect("the test waits for it");
    });
    let desk = desks.recv().expect("the server starts");
    let mut raw = Raw::connect(server.port);
    raw.send(&call(7, "Office.later", 0, &1_u32.to_le_bytes()));
    let (_, reply) = desk.replies.recv().expect("it was asked");
    let cancels: Vec<u8> = (0..100_000).flat_map(|id| frame(CANCEL, id % 7, &[])).collect();
    raw.send(&cancels);
    raw.send(&[frame(CANCEL, 7, &[]), frame(CANCEL, 7, b"more"), frame(CANCEL, 7, &[])].concat());
    raw.send(&call(8, "Office.half", 0, &8_u32.to_le_bytes()));
    assert_eq!(raw.frame(), Some((2, 8, vec![0, 4, 0, 0, 0])));
    assert!(reply.is_cancelled());
    reply.send(&5);
    assert_eq!(raw.frame(), Some((2, 7, 5_u32.to_le_bytes().to_vec())), "once, as every call");
    raw.send(&call(7, "Office.half", 0, &8_u32.to_le_bytes()));
    assert_eq!(raw.frame(), Some((2, 7, vec![0, 4, 0, 0, 0])));
}

#[test]
fn answers_to_calls_that_are_not_there_are_ignored() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        // Before there is any call, of id 0, twice.
        for id in [0, 9, 9, u32::MAX] {
            raw.send(&frame(2, id, &111_u32.to_le_bytes()));
            raw.send(&frame(3, id.max(9), &[16]));
        }
        raw.frame();
        raw.send(&frame(2, 0, &111_u32.to_le_bytes()));
        raw.send(&frame(2, 1, &3_u32.to_le_bytes()));
        raw.send(&frame(2, 1, &111_u32.to_le_bytes()));
        raw.send(&frame(3, 1, &[16]));
        raw.frame();
        raw.send(&frame(2, 2, &4_u32.to_le_bytes()));
        raw.frame().is_none()
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    let pending = OfficeCalls::new(&mut connection).add(2, 2).expect("it is started");
    assert_eq!(pending.wait(&mut connection), Ok(4));
    drop(connection);
    assert!(raw.join().expect("it came to its end"));
}
