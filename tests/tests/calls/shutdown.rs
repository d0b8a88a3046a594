//! The end of a server in good order.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, Error, Reason, Slow, service};

use crate::harness::{Running, failure, may_have_run, not_run, serve, watchdog};
use crate::office::{Desk, OfficeCalls, OfficeClient, office};
use crate::raw::{Raw, call};

/// Longer than a test may take.
const LONG: Duration = Duration::from_secs(3_600);

fn serve_office() -> (Running, Desk) {
    let (office, desk) = office(Slow::Newest);
    (serve(move |server| server.add(office).expect("there is no other")), desk)
}

#[test]
fn a_client_is_told_and_its_next_call_does_not_run() {
    let _watchdog = watchdog();
    let (mut server, _desk) = serve_office();
    let [mut idle, mut other] = [server.connect(), server.connect()];
    for connection in [&mut idle, &mut other] {
        assert_eq!(OfficeClient::new(connection).add(1, 2), Ok(3));
    }
    server.end(|server| assert_eq!(server.shut_down(LONG), Ok(())));
    server.join();
    if cfg!(windows) {
        // There the reset takes the goodbye with it, unless whoever was quiet looks before it speaks.
        thread::sleep(Duration::from_millis(2));
    }
    for _ in 0..2 {
        let outcome = OfficeClient::new(&mut idle).add(1, 2);
        assert_eq!(failure(outcome), not_run(Reason::ShuttingDown));
    }
    // Whoever serves sees it too.
    let closed = loop {
        if let Err(error) = other.poll(Duration::from_millis(20)) {
            break error;
        }
    };
    assert_eq!(closed, Error::Closed(Reason::ShuttingDown));
    assert_eq!(other.run(), Ok(()));
}

#[test]
fn calls_under_way_are_answered_and_new_ones_do_not_run() {
    let _watchdog = watchdog();
    let (mut server, desk) = serve_office();
    let mut connection = server.connect();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    server.end(|server| assert_eq!(server.shut_down(LONG), Ok(())));
    // It goes on until this is answered.
    let mut outcome = OfficeClient::new(&mut connection).add(1, 2);
    while outcome.is_ok() {
        outcome = OfficeClient::new(&mut connection).add(1, 2);
    }
    assert_eq!(failure(outcome), not_run(Reason::ShuttingDown));
    reply.send(&9);
    server.join();
    assert_eq!(pending.wait(&mut connection), Ok(9));
}

#[test]
fn a_call_that_is_not_answered_in_time_may_have_run() {
    let _watchdog = watchdog();
    let (mut server, desk) = serve_office();
    let mut connection = server.connect();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    server.end(|server| assert_eq!(server.shut_down(Duration::from_millis(50)), Ok(())));
    server.join();
    assert!(reply.is_cancelled());
    assert_eq!(failure(pending.wait(&mut connection)), may_have_run(Reason::Dropped));
    reply.send(&9);
}

#[test]
fn the_farewell_is_a_fault_of_no_call_behind_all_answers() {
    let _watchdog = watchdog();
    let (mut server, desk) = serve_office();
    let mut raw = Raw::connect(server.port);
    raw.send(&call(1, "Office.later", 0, &1_u32.to_le_bytes()));
    raw.send(&call(2, "Office.later", 0, &2_u32.to_le_bytes()));
    let replies: Vec<_> = desk.replies.iter().take(2).collect();
    server.end(|server| assert_eq!(server.shut_down(Duration::from_millis(200)), Ok(())));
    for (what, reply) in replies {
        match what {
            1 => reply.send(&11),
            // Held until the server is gone.
            _ => server.join(),
        }
    }
    assert_eq!(raw.frame(), Some((2, 1, 11_u32.to_le_bytes().to_vec())));
    assert_eq!(raw.frame(), Some((3, 2, vec![0x11])), "dropped, and may have run");
    assert_eq!(raw.frame(), Some((3, 0, vec![7])), "shutting down");
    assert_eq!(raw.frame(), None);
}

#[test]
fn services_of_a_single_client_run_no_more_calls_either() {
    let _watchdog = watchdog();
    #[service]
    trait Own {
        fn run(&mut self) -> u32;
    }
    struct Runs;
    impl Own for Runs {
        fn run(&mut self) -> u32 {
            1
        }
    }
    let (office, desk) = office(Slow::Newest);
    let mut server = serve(move |server| {
        server.add(office).expect("there is no other");
        server.add_for_each(|_| OwnService(Runs)).expect("a waker");
    });
    let mut connection = server.connect();
    assert_eq!(OwnClient::new(&mut connection).run(), Ok(1));
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    assert_eq!(OwnClient::new(&mut connection).run(), Ok(1));
    let (_, reply) = desk.replies.recv().expect("it was asked");
    server.end(|server| assert_eq!(server.shut_down(LONG), Ok(())));
    // However busy the client is, it does not keep the server.
    let outcome = loop {
        let outcome = OwnClient::new(&mut connection).run();
        if outcome.is_err() {
            break outcome;
        }
    };
    assert_eq!(failure(outcome), not_run(Reason::ShuttingDown));
    reply.send(&9);
    assert_eq!(pending.wait(&mut connection), Ok(9));
    server.join();
}

#[test]
fn nobody_is_let_in_any_more() {
    let _watchdog = watchdog();
    let (mut server, desk) = serve_office();
    let mut connection = server.connect();
    let pending = OfficeCalls::new(&mut connection).later(1).expect("it is started");
    OfficeClient::new(&mut connection).add(1, 2).expect("an answer");
    let (_, reply) = desk.replies.recv().expect("it was asked");
    server.end(|server| assert_eq!(server.shut_down(LONG), Ok(())));
    while OfficeClient::new(&mut connection).add(1, 2).is_ok() {}
    // The system completes the connection; the server never takes it.
    if let Ok(mut late) = Connection::connect_trusting_all(server.port) {
        late.set_deadline(Duration::from_millis(50));
        assert!(OfficeClient::new(&mut late).add(1, 2).is_err());
    }
    reply.send(&9);
    assert_eq!(pending.wait(&mut connection), Ok(9));
    server.join();
}

#[test]
fn a_server_runs_until_it_is_alone() {
    let _watchdog = watchdog();
    let (mut server, _desk) = serve_office();
    let mut connection = server.connect();
    assert_eq!(OfficeClient::new(&mut connection).add(1, 2), Ok(3));
    let (sender, ended) = mpsc::channel();
    server.end(move |mut server| {
        assert_eq!(server.run_until_alone(Duration::from_millis(300)), Ok(()));
        let _ = sender.send(());
    });
    // It is not alone while somebody is there, whether or not that one calls.
    assert!(ended.recv_timeout(Duration::from_millis(500)).is_err());
    // One that goes and another that comes soon find the same server, as long after the last
    // call as may be.
    drop(connection);
    let mut again = server.connect();
    assert_eq!(OfficeClient::new(&mut again).add(1, 2), Ok(3));
    drop(again);
    ended.recv().expect("it ends by itself");
    server.join();
}

#[test]
fn a_server_that_nobody_comes_to_ends() {
    let _watchdog = watchdog();
    let (mut server, _desk) = serve_office();
    let handle = server.handle();
    server.end(|mut server| {
        assert_eq!(server.run_until_alone(Duration::from_millis(10)), Ok(()));
        // And when it is told to.
        let _ = thread::spawn(move || handle.stop()).join();
        assert_eq!(server.run_until_alone(LONG), Ok(()));
        assert_eq!(server.run(), Ok(()));
    });
    server.join();
}
