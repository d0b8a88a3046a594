//! Who waits without going to sleep gets the same answers, and none where there is none.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Reason};
use tests::desk::{self, DeskClient};

use crate::harness::{serve, watchdog};

const SPIN: Duration = Duration::from_micros(50);

#[test]
fn calls_of_any_size_are_answered_when_both_sides_spin() {
    let _watchdog = watchdog();
    let (sender, started) = mpsc::channel();
    let server = thread::spawn(move || {
        let mut server = desk::server().expect("a free port");
        let handle = server.handle().expect("a waker");
        sender.send((server.port(), handle)).expect("somebody waits");
        server.set_spin(SPIN);
        server.run()
    });
    let (port, handle) = started.recv().expect("a server");
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_spin(SPIN);
    let mut calls = DeskClient::new(&mut connection);
    let large = vec![7; 1_000_000];
    for round in 0..20 {
        for i in 0..100 {
            assert_eq!(calls.add(round, i), Ok(round + i));
        }
        assert_eq!(calls.echo(&large).as_ref(), Ok(&large));
        // Neither side is warm after this.
        assert_eq!(calls.wait(2), Ok(2));
    }
    connection.poll(Duration::ZERO).expect("it is open");
    connection.poll(Duration::from_millis(1)).expect("it is open");
    assert_eq!(DeskClient::new(&mut connection).add(1, 2), Ok(3));
    handle.stop();
    server.join().expect("no panic").expect("it can wait");
}

#[test]
fn who_spins_gives_up_in_time_too() {
    let _watchdog = watchdog();
    // Nobody accepts; the system completes the connection all the same.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_spin(SPIN);
    connection.set_deadline(Duration::from_millis(100));
    for _ in 0..3 {
        let start = Instant::now();
        let outcome = DeskClient::new(&mut connection).add(1, 2);
        let Err(CallError::MayHaveRun(problem)) = outcome else { panic!("it may have run") };
        assert_eq!(problem.reason, Reason::Deadline);
        assert!(start.elapsed() >= Duration::from_millis(90), "{:?}", start.elapsed());
    }
}

#[test]
fn a_deadline_holds_however_long_one_is_to_spin() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    connection.set_spin(Duration::MAX);
    for round in 0..10 {
        assert_eq!(DeskClient::new(&mut connection).add(round, 1), Ok(round + 1));
    }
    connection.set_deadline(Duration::from_millis(100));
    let start = Instant::now();
    let outcome = DeskClient::new(&mut connection).wait(3_000);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let Err(CallError::MayHaveRun(problem)) = outcome else { panic!("its time was up") };
    assert_eq!(problem.reason, Reason::Deadline);
}
