//! What a server calls on a client that waits for it.

use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Connection, Peer, Reason, ServerLimits, Slow};

use crate::harness::{Running, failure, may_have_run, serve, watchdog};
use crate::office::{Caller, CallerService, Desk, Ear, OfficeCalls, OfficeClient, office};
use crate::raw::{Raw, call};

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

/// Answers with the number of questions that it takes to get to 0, and asks them.
struct Down;

impl Caller for Down {
    fn changed(&mut self, _: u32, _: &[u8]) {}

    fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
        if what == 0 {
            return 0;
        }
        match OfficeClient::new(peer).ask(what - 1) {
            Ok(more) => 1 + more,
            // So that the test sees why, whatever is around it.
            Err(CallError::Failed(why)) => panic!("{what}: {why}"),
            Err(error) => panic!("{what}: {error}"),
        }
    }
}

#[test]
fn a_client_answers_within_its_call_on_its_own_thread() {
    let _watchdog = watchdog();
    struct Here(mpsc::Sender<ThreadId>);
    impl Caller for Here {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
            self.0.send(thread::current().id()).expect("the test listens");
            what + 1
        }
    }
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let (sender, threads) = mpsc::channel();
    let mut connection = server.connect();
    connection.add(CallerService(Here(sender))).expect("there is no other");
    for what in 0..20 {
        assert_eq!(OfficeClient::new(&mut connection).ask(what), Ok(what + 1));
        assert_eq!(threads.try_recv(), Ok(thread::current().id()));
    }
}

#[test]
fn calls_within_calls_go_sixteen_deep_and_then_get_busy() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add_with(|| CallerService(Down)).expect("there is no other");
    let mut office = OfficeClient::new(&mut connection);
    assert_eq!(office.ask(15), Ok(15), "sixteen calls, the last of which asks nothing");
    // The seventeenth is refused, its caller panics, and so do those around it.
    let Err(CallError::Failed(why)) = office.ask(16) else { panic!("it is too deep") };
    assert!(why.contains("the handler panicked"), "{why}");
    assert_eq!(office.ask(3), Ok(3), "and the connection goes on");
}

#[test]
fn a_service_that_waits_for_an_answer_is_not_entered_again_unless_it_can_be_made_anew() {
    let _watchdog = watchdog();
    struct Why(mpsc::Sender<String>);
    impl Caller for Why {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
            if what > 0 {
                let why = OfficeClient::new(peer).ask(what - 1).expect_err("it is at work");
                self.0.send(why.to_string()).expect("the test listens");
            }
            what
        }
    }
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let (sender, why) = mpsc::channel();
    let mut connection = server.connect();
    connection.add(CallerService(Why(sender))).expect("there is no other");
    assert_eq!(OfficeClient::new(&mut connection).ask(1), Ok(1));
    let why = why.try_recv().expect("it was refused");
    assert!(why.starts_with("Caller.choose did not run: the service waits for an answer"), "{why}");
    // It is back in its place.
    assert_eq!(OfficeClient::new(&mut connection).ask(0), Ok(0));
}

#[test]
fn an_answer_that_comes_while_its_call_serves_another_that_waits_is_kept() {
    let _watchdog = watchdog();
    struct Nested;
    impl Caller for Nested {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
            let mut office = OfficeClient::new(peer);
            if what > 0 {
                assert_eq!(office.ask_later(what - 1), Ok(100 + what - 1));
            } else {
                assert_eq!(office.later(77), Ok(177));
            }
            what
        }
    }
    let (server, mut desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add_with(|| CallerService(Nested)).expect("there is no other");
    connection.set_deadline(Duration::from_secs(3_600));
    // Four calls within one another, all of which the test answers: in every order.
    for turn in 0..4 {
        let desk = &mut desk;
        let replies = thread::scope(|scope| {
            let replies = scope.spawn(move || {
                let mut replies: Vec<_> = desk.replies.iter().take(4).collect();
                replies.rotate_left(turn);
                for (what, reply) in replies {
                    reply.send(&(100 + what));
                }
            });
            assert_eq!(OfficeClient::new(&mut connection).ask_later(2), Ok(102));
            replies.join()
        });
        replies.expect("all were answered");
    }
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
}

#[test]
fn a_client_without_the_service_and_one_that_panics_are_told_apart() {
    let _watchdog = watchdog();
    struct Panics;
    impl Caller for Panics {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, _: u32, _: &mut Peer<'_>) -> u32 {
            panic!("as it should")
        }
    }
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    let why = |connection: &mut Connection| match OfficeClient::new(connection).ask(1) {
        Err(CallError::Failed(why)) => why,
        other => panic!("{other:?}"),
    };
    let text = why(&mut connection);
    assert!(text.starts_with("Caller.choose did not run: the peer offers no such"), "{text}");
    connection.add(CallerService(Panics)).expect("there is no other");
    let text = why(&mut connection);
    assert!(text.starts_with("Caller.choose may have run: the handler panicked"), "{text}");
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
}

#[test]
fn a_panic_in_what_is_done_with_an_answer_does_not_end_the_server() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add(CallerService(Ear::default())).expect("there is no other");
    OfficeClient::new(&mut connection).ask_and_panic(1).expect("it has returned by then");
    // The question may still be there.
    connection.poll(Duration::from_millis(20)).expect("the connection is there");
    let mut other = server.connect();
    for connection in [&mut connection, &mut other] {
        assert_eq!(OfficeClient::new(connection).add(1, 2), Ok(3));
    }
}

#[test]
fn a_handler_on_the_loop_cannot_wait() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add(CallerService(Ear::default())).expect("there is no other");
    let error = OfficeClient::new(&mut connection).ask_and_wait(1);
    let Err(CallError::Failed(why)) = error else { panic!("{error:?}") };
    assert!(why.starts_with("Caller.choose did not run: it would have to wait"), "{why}");
}

#[test]
fn a_client_that_does_not_answer_in_time_is_not_waited_for() {
    let _watchdog = watchdog();
    let limits = ServerLimits { deadline: 50, ..ServerLimits::DEFAULT };
    let (server, _desk) = serve_office(limits);
    let mut connection = server.connect();
    connection.add(CallerService(Slowly)).expect("there is no other");
    struct Slowly;
    impl Caller for Slowly {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
            thread::sleep(Duration::from_millis(500));
            what
        }
    }
    let error = OfficeClient::new(&mut connection).ask(1);
    let Err(CallError::Failed(why)) = error else { panic!("{error:?}") };
    assert!(why.starts_with("Caller.choose may have run: no reply came within the"), "{why}");
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
}

#[test]
fn a_client_with_as_many_calls_under_way_as_may_be_still_answers() {
    let _watchdog = watchdog();
    let limits = ServerLimits { in_flight: 2, ..ServerLimits::DEFAULT };
    let (server, _desk) = serve_office(limits);
    let mut connection = server.connect();
    connection.add(CallerService(Ear::default())).expect("there is no other");
    let started = [1, 2].map(|what| OfficeCalls::new(&mut connection).ask(what));
    for (what, pending) in (1..).zip(started) {
        let pending = pending.expect("it is started");
        assert_eq!(pending.wait(&mut connection), Ok(what * 10));
    }
}

#[test]
fn a_client_that_goes_instead_of_answering_harms_nobody() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(ServerLimits::DEFAULT);
    let mut honest = server.connect();
    for _ in 0..10 {
        let mut connection = server.connect();
        let pending = OfficeCalls::new(&mut connection).ask(1).expect("it is started");
        let other = OfficeCalls::new(&mut connection).ask_later(1).expect("it is started");
        // Sent, and the question perhaps received, but nobody serves it.
        OfficeClient::new(&mut connection).note(1, b"").expect("it is sent");
        drop((connection, pending, other));
        let (_, reply) = desk.replies.recv().expect("it was asked");
        while !reply.is_cancelled() {
            thread::yield_now();
        }
        assert_eq!(OfficeClient::new(&mut honest).add(1, 2), Ok(3));
    }
    while server.with(|server| server.clients()) > 1 {}
}

#[test]
fn a_connection_serves_what_it_is_asked_while_it_waits_for_nothing() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add(CallerService(Ear::default())).expect("there is no other");
    let pending = OfficeCalls::new(&mut connection).ask(4).expect("it is started");
    while !pending.is_answered(&connection) {
        connection.poll(Duration::from_millis(20)).expect("the connection is there");
    }
    assert_eq!(pending.wait(&mut connection), Ok(40));
    assert_eq!(
        failure(OfficeClient::new(&mut connection).panic_later()),
        may_have_run(Reason::Dropped)
    );
}

#[test]
fn a_handler_that_starts_more_calls_than_may_be_under_way_goes_on_whatever_came_behind_its_own() {
    let _watchdog = watchdog();
    struct Many;
    impl Caller for Many {
        fn changed(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, peer: &mut Peer<'_>) -> u32 {
            let pending: Vec<_> = (0..100)
                .map(|a| OfficeCalls::new(peer).add(a, what).expect("it is started"))
                .collect();
            pending.into_iter().map(|sum| sum.wait(peer).expect("an answer")).sum()
        }
    }
    let (server, _desk) = serve_office(ServerLimits::DEFAULT);
    let mut connection = server.connect();
    connection.add_with(|| CallerService(Many)).expect("there is no other");
    // What the server asks because of them comes all at once.
    let asked = [0, 1, 2, 3]
        .map(|what| (what, OfficeCalls::new(&mut connection).ask(what).expect("it is started")));
    for (what, answer) in asked {
        assert_eq!(answer.wait(&mut connection), Ok(4950 + 100 * what));
    }
}

#[test]
fn a_server_does_not_wait_for_what_it_has_given_up_on_before_it_ends() {
    let _watchdog = watchdog();
    let limits = ServerLimits { deadline: 50, ..ServerLimits::DEFAULT };
    let (mut server, _desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    raw.send(&call(1, "Office.ask_and_panic", 0, &1_u32.to_le_bytes()));
    let kinds = [(); 3].map(|()| raw.frame().map(|(kind, ..)| kind));
    assert_eq!(kinds, [Some(1), Some(2), Some(4)], "a call, the answer, and a cancel");
    let start = Instant::now();
    server.end(|server| assert_eq!(server.shut_down(Duration::from_secs(60)), Ok(())));
    server.join();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_client_that_sends_no_more_is_let_go_when_what_it_was_asked_is_given_up() {
    let _watchdog = watchdog();
    let limits = ServerLimits { deadline: 50, ..ServerLimits::DEFAULT };
    let (server, _desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    raw.send(&call(1, "Office.ask_and_panic", 0, &1_u32.to_le_bytes()));
    raw.half_close();
    raw.0.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
    while raw.frame().is_some() {}
    while server.with(|server| server.clients()) > 0 {}
}

#[test]
fn a_client_is_told_the_deadline_that_it_has_though_that_is_as_short_as_can_be() {
    let _watchdog = watchdog();
    let limits = ServerLimits { deadline: 0, ..ServerLimits::DEFAULT };
    let (server, _desk) = serve_office(limits);
    let mut raw = Raw::connect(server.port);
    raw.send(&call(1, "Office.ask_and_panic", 0, &1_u32.to_le_bytes()));
    let (kind, _, asked) = raw.frame().expect("a call");
    assert_eq!((kind, &asked[12..16]), (1, &[1, 0, 0, 0][..]), "0 would be no limit");
}
