//! Replies that are given when the handler has returned, from any thread.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Limits, Reason, ServerLimits, Slow};

use crate::harness::{Running, failure, may_have_run, serve, watchdog};
use crate::office::{Desk, OfficeCalls, OfficeClient, office};
use crate::raw::{Raw, call, frame};

fn serve_office(limits: ServerLimits) -> (Running, Desk) {
    let (sender, receiver) = mpsc::channel();
    let server = serve(move |server| {
        server.set_limits(limits);
        let (office, desk) = office(Slow::Newest);
        server.add(office).expect("there is no other");
        sender.send(desk).expect("the test waits for it");
    });
    (server, receiver.recv().expect("the server starts"))
}

#[test]
fn replies_are_given_from_other_threads_in_any_order() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    let pending: Vec<_> = (0..10)
        .map(|what| OfficeCalls::new(&mut connection).later(what).expect("it is started"))
        .collect();
    // Sends them, and is answered while they all wait.
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    let replies: Vec<_> = desk.replies.iter().take(10).collect();
    let threads: Vec<_> = replies
        .into_iter()
        .rev()
        .map(|(what, reply)| thread::spawn(move || reply.send(&(what * 2))))
        .collect();
    for (what, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait(&mut connection), Ok(what * 2));
    }
    for thread in threads {
        thread.join().expect("it was sent");
    }
}

#[test]
fn a_reply_may_be_given_within_the_handler() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    for what in 0..100 {
        assert_eq!(OfficeClient::new(&mut connection).at_once(what), Ok(what));
    }
}

#[test]
fn a_reply_that_is_dropped_says_so_and_so_does_a_handler_that_panics_with_it() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    drop(desk);
    let mut connection = server.connect();
    let mut office = OfficeClient::new(&mut connection);
    assert_eq!(failure(office.later(1)), may_have_run(Reason::Dropped));
    assert_eq!(failure(office.panic_later()), may_have_run(Reason::Dropped));
    assert_eq!(office.add(1, 2), Ok(3));
}

#[test]
fn a_reply_knows_that_its_caller_has_given_up() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    assert!(!reply.is_cancelled());
    drop(pending);
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    assert!(reply.is_cancelled(), "the cancel was sent before the call");
    reply.send(&1);
    // By a deadline.
    connection.set_deadline(Duration::from_millis(20));
    assert_eq!(
        failure(OfficeClient::new(&mut connection).later(2)),
        may_have_run(Reason::Deadline)
    );
    connection.set_deadline(Duration::from_secs(60));
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    assert!(desk.replies.recv().expect("it was asked").1.is_cancelled());
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
}

#[test]
fn a_reply_knows_that_its_caller_is_gone_and_keeps_no_place_for_it() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).note(1, b"").expect("it is sent");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    drop((connection, pending));
    while !reply.is_cancelled() {
        thread::yield_now();
    }
    while server.with(|server| server.clients()) > 0 {}
    reply.send(&1);
    assert_eq!(OfficeClient::new(&mut server.connect()).add(1, 2), Ok(3));
}

#[test]
fn who_sends_no_more_still_gets_the_answers_that_it_waits_for() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut raw = Raw::connect(server.port);
    raw.send(&call(1, "Office.later", 0, &7_u32.to_le_bytes()));
    raw.half_close();
    let (_, reply) = desk.replies.recv().expect("it was asked");
    // A cancel of no call, by which the server learns whether anybody is there.
    assert_eq!(raw.frame(), Some((4, 0, vec![])));
    assert!(!reply.is_cancelled());
    reply.send(&9);
    assert_eq!(raw.frame(), Some((2, 1, 9_u32.to_le_bytes().to_vec())));
    assert_eq!(raw.frame(), None);
}

#[test]
fn with_as_many_calls_under_way_as_may_be_a_client_is_not_read() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut raw = Raw::connect(server.port);
    for id in 1..=40 {
        raw.send(&call(id, "Office.later", 0, &id.to_le_bytes()));
    }
    let mut replies: Vec<_> = desk.replies.iter().take(32).collect();
    // Others are served meanwhile, and the 33rd is not.
    assert_eq!(OfficeClient::new(&mut server.connect()).add(1, 2), Ok(3));
    assert!(desk.replies.try_recv().is_err());
    for next in 33..=40 {
        let (what, reply) = replies.remove(0);
        reply.send(&0);
        assert_eq!(raw.frame(), Some((2, what, vec![0; 4])));
        replies.push(desk.replies.recv().expect("there is room for one more"));
        assert_eq!(replies.last().map(|(what, _)| *what), Some(next));
        assert!(desk.replies.try_recv().is_err());
    }
}

#[test]
fn a_client_that_is_not_read_can_still_cancel_what_is_under_way() {
    let _watchdog = watchdog();
    let limits = ServerLimits { in_flight: 2, ..ServerLimits::DEFAULT };
    let (server, desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    for id in [1, 2] {
        raw.send(&call(id, "Office.later", 0, &id.to_le_bytes()));
    }
    let replies: Vec<_> = desk.replies.iter().take(2).collect();
    raw.send(&frame(4, 2, &[]));
    while !replies[1].1.is_cancelled() {
        thread::yield_now();
    }
    assert!(!replies[0].1.is_cancelled());
}

#[test]
fn a_cancelled_call_counts_until_its_handler_lets_go_and_is_answered() {
    let _watchdog = watchdog();
    let limits = ServerLimits { in_flight: 2, ..ServerLimits::DEFAULT };
    let (server, desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    // Calls and cancels at once, as somebody would who wants to start any number.
    for id in 1..=10 {
        raw.send(&call(id, "Office.later", 0, &id.to_le_bytes()));
        raw.send(&frame(4, id, &[]));
    }
    let mut held = Vec::new();
    for id in 1..=10 {
        held.push(desk.replies.recv().expect("it was asked"));
        if held.len() == 2 {
            assert_eq!(OfficeClient::new(&mut server.connect()).add(1, 2), Ok(3));
            assert!(desk.replies.try_recv().is_err(), "there are two");
            let (what, reply) = held.remove(0);
            reply.send(&what);
            assert_eq!(raw.frame(), Some((2, what, what.to_le_bytes().to_vec())), "{id}");
        }
    }
}

#[test]
fn an_id_that_is_used_twice_at_a_time_closes_the_connection() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    for cancelled in [false, true] {
        let mut raw = Raw::connect(server.port);
        raw.send(&call(5, "Office.later", 0, &1_u32.to_le_bytes()));
        if cancelled {
            raw.send(&frame(4, 5, &[]));
        }
        raw.send(&call(5, "Office.later", 0, &2_u32.to_le_bytes()));
        assert_eq!(raw.frame(), None);
        let replies: Vec<_> = desk.replies.iter().take(2).collect();
        for (_, reply) in replies {
            // The socket is closed first.
            while !reply.is_cancelled() {
                thread::yield_now();
            }
            reply.send(&1);
        }
    }
    // When it has been answered it is free.
    let mut raw = Raw::connect(server.port);
    for what in 1..=3_u32 {
        raw.send(&call(5, "Office.later", 0, &what.to_le_bytes()));
        desk.replies.recv().expect("it was asked").1.send(&what);
        assert_eq!(raw.frame(), Some((2, 5, what.to_le_bytes().to_vec())));
    }
}

#[test]
fn a_connection_answers_later_too() {
    let _watchdog = watchdog();
    // The one that serves is a connection, and a raw server the one that calls.
    let (port, raw) = crate::raw::raw_server(|mut raw| {
        raw.send(&call(1, "Office.later", 0, &7_u32.to_le_bytes()));
        let answer = raw.frame();
        raw.send(&call(2, "Office.at_once", 0, &8_u32.to_le_bytes()));
        [answer, raw.frame()]
    });
    let mut connection = ipc_runtime::Connection::connect_trusting_all(port).expect("it listens");
    let (office, desk) = office(Slow::Newest);
    connection.add(office).expect("there is no other");
    let answering = thread::spawn(move || {
        desk.replies.recv().expect("it was asked").1.send(&9);
        desk.replies.recv().is_err()
    });
    assert_eq!(connection.run(), Ok(()));
    drop(connection);
    assert!(answering.join().expect("it was answered"));
    let number = |id, value: u32| Some((2, id, value.to_le_bytes().to_vec()));
    assert_eq!(raw.join().expect("it came to its end"), [number(1, 9), number(2, 8)]);
}

#[test]
fn a_connection_that_is_dropped_is_gone_for_those_who_hold_its_replies() {
    let _watchdog = watchdog();
    let (done, wait) = mpsc::channel::<()>();
    let (port, raw) = crate::raw::raw_server(move |mut raw| {
        raw.send(&call(1, "Office.later", 0, &7_u32.to_le_bytes()));
        wait.recv().is_err()
    });
    let mut connection = ipc_runtime::Connection::connect_trusting_all(port).expect("it listens");
    let (office, desk) = office(Slow::Newest);
    connection.add(office).expect("there is no other");
    let (_, reply) = loop {
        connection.poll(Duration::from_millis(20)).expect("the connection is there");
        if let Ok(asked) = desk.replies.try_recv() {
            break asked;
        }
    };
    assert!(!reply.is_cancelled());
    drop(connection);
    assert!(reply.is_cancelled());
    drop(done);
    raw.join().expect("it came to its end");
}

#[test]
fn a_client_with_as_many_calls_under_way_as_may_be_has_to_read_all_the_same() {
    let _watchdog = watchdog();
    // So much is sent to it that its system does not take all.
    let limits = ServerLimits {
        connection: Limits { frame: 4 * 1024 * 1024, ..Limits::DEFAULT },
        in_flight: 2,
        stall_time: 200,
        write_queue: 64 * 1024 * 1024,
        ..ServerLimits::DEFAULT
    };
    let (server, desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    raw.send(&call(9, "Office.flood", 0, &4_000_000_u32.to_le_bytes()));
    for id in 1..=3 {
        raw.send(&call(id, "Office.later", 0, &id.to_le_bytes()));
    }
    let replies: Vec<_> = desk.replies.iter().take(2).collect();
    let start = Instant::now();
    while server.with(|server| server.clients()) > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "it is kept");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(replies.iter().all(|(_, reply)| reply.is_cancelled()));
}

#[test]
fn one_call_may_be_under_way_in_any_case() {
    let _watchdog = watchdog();
    let limits = ServerLimits { in_flight: 0, ..ServerLimits::DEFAULT };
    let (server, desk) = serve_office(limits);
    let mut connection = server.connect();
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    let add = OfficeCalls::new(&mut connection).add(1, 2).expect("it is started");
    connection.poll(Duration::from_millis(50)).expect("it is open");
    assert!(!add.is_answered(&connection), "it waits for the other");
    desk.replies.recv().expect("it was asked").1.send(&7);
    assert_eq!(pending.wait(&mut connection), Ok(7));
    assert_eq!(add.wait(&mut connection), Ok(3));
}
