//! One side is killed, in mid-call: the other is told at once, and goes on.

#[cfg(target_os = "linux")]
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Error, Reason};
use tests::desk::{self, DeskClient};

use crate::harness::{Process, call, serve, two, watchdog};

#[test]
fn a_client_killed_in_mid_call_harms_nobody() {
    let _watchdog = watchdog();
    let server = serve();
    let port = server.port.to_string();
    let mut honest = server.connect();
    for round in 0..10 {
        let mut client = Process::start(&["call", &port, "10"]);
        assert_eq!(client.line(), "calling");
        // Before, within and after the handler.
        thread::sleep(Duration::from_millis(round * 3));
        client.kill();
        assert_eq!(DeskClient::new(&mut honest).add(1, 1), Ok(2));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn clients_that_are_gone_leave_nothing_behind() {
    let _watchdog = watchdog();
    let (server, port) = Process::serve();
    let descriptors = format!("/proc/{}/fd", server.id());
    let open = || fs::read_dir(&descriptors).expect("this is Linux").count();
    let mut honest = desk::connect(port).expect("it listens");
    let mut desk = DeskClient::new(&mut honest);
    assert_eq!(desk.add(1, 1), Ok(2));
    let before = open();
    for round in 0..5 {
        let mut clients: Vec<_> =
            (0..3).map(|_| Process::start(&["call", &port.to_string(), "5"])).collect();
        for client in &mut clients {
            assert_eq!(client.line(), "calling");
            thread::sleep(Duration::from_millis(round * 2));
            client.kill();
        }
    }
    while open() > before {
        assert_eq!(desk.add(1, 1), Ok(2));
    }
    assert!(server.finish());
}

#[test]
fn a_server_killed_in_mid_call_ends_the_call_and_says_that_it_may_have_run() {
    let _watchdog = watchdog();
    let (mut server, port) = Process::serve();
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_deadline(Duration::from_secs(60));
    let killer = thread::spawn(move || {
        assert_eq!(server.line(), "waiting");
        server.kill();
        Instant::now()
    });
    let mut desk = DeskClient::new(&mut connection);
    let Err(CallError::MayHaveRun(problem)) = desk.wait(60_000) else { panic!("it was killed") };
    let killed = killer.join().expect("the server was killed");
    assert!(killed.elapsed() < Duration::from_secs(5), "{:?}", killed.elapsed());
    assert_eq!(problem.reason, Reason::Disconnected);
    assert_eq!(
        problem.to_string(),
        "Desk.wait may have run: the connection is closed; open it again",
    );
    // What is called now is not sent, and says so.
    let Err(CallError::NotRun(problem)) = desk.add(1, 2) else { panic!("nobody is there") };
    assert_eq!(problem.reason, Reason::Disconnected);
    let Err(CallError::NotRun(_)) = desk.note(1) else { panic!("nobody is there") };
    assert!(matches!(desk::connect(port), Err(Error::Connect(_))));
}

#[test]
fn a_server_killed_between_calls_ends_the_next_call() {
    let _watchdog = watchdog();
    let (mut server, port) = Process::serve();
    let mut connection = desk::connect(port).expect("it listens");
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 2), Ok(3));
    // It may still be sending that. Wine may then keep its connection open.
    #[cfg(windows)]
    thread::sleep(Duration::from_millis(200));
    server.kill();
    // There, its connection ends a moment after it, and who was quiet looks before it sends.
    #[cfg(windows)]
    thread::sleep(Duration::from_millis(200));
    let problem = desk.add(1, 2).expect_err("nobody is there").problem().expect("no handler");
    assert_eq!(problem.reason, Reason::Disconnected);
    assert_eq!(problem.may_have_run, cfg!(not(windows)));
    assert_eq!(desk.add(1, 2).map_err(|error| matches!(error, CallError::NotRun(_))), Err(true));
}

#[test]
fn a_server_that_starts_again_on_its_port_serves_again() {
    let _watchdog = watchdog();
    let server = serve();
    let port = server.port;
    let mut connection = server.connect();
    assert_eq!(DeskClient::new(&mut connection).add(1, 2), Ok(3));
    server.stop();
    // Processes that other tests start hold what is open here until they are there.
    let mut server = loop {
        match ipc_runtime::Server::bind_trusting_all(port) {
            Ok(server) => break server,
            Err(error) => assert!(matches!(error, Error::Bind(_)), "{error}"),
        }
    };
    let handle = server.handle().expect("a waker");
    let client = thread::spawn(move || {
        assert!(DeskClient::new(&mut connection).add(1, 2).is_err());
        let mut connection = desk::connect(port).expect("it listens");
        let error = DeskClient::new(&mut connection).add(1, 2).expect_err("nothing is offered");
        handle.stop();
        error.reason()
    });
    server.run().expect("the loop goes on");
    let reason = client.join().expect("the client came to its end");
    assert_eq!(reason, Some(Reason::UnknownService));
}

#[test]
fn a_connection_that_is_reset_harms_nobody() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    for i in 0..50 {
        let mut raw = server.raw();
        // With an answer unread the system closes with a reset.
        raw.send(&call(1, "Desk.add", &two(i, i)));
        raw.0.peek(&mut [0]).expect("the answer is there");
        drop(raw);
        assert_eq!(DeskClient::new(&mut honest).add(i, 1), Ok(i + 1));
    }
}
