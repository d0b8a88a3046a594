//! Deadlines: a call ends, whatever the other side does, and what comes late disturbs nothing.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Reason};
use tests::desk::{self, DeskClient};
use tests::heap::measure;

use crate::harness::{frame, raw_server, reply, serve, watchdog};

#[test]
fn a_server_that_never_answers_is_given_up_on() {
    let _watchdog = watchdog();
    // Nobody accepts; the system completes the connection all the same.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(100));
    let mut desk = DeskClient::new(&mut connection);
    for _ in 0..3 {
        let start = Instant::now();
        let Err(CallError::MayHaveRun(problem)) = desk.add(1, 2) else { panic!("it may have run") };
        assert_eq!(problem.reason, Reason::Deadline);
        let text = "Desk.add may have run: no reply came within the deadline; \
                    see what keeps the peer, or set a longer one";
        assert_eq!(problem.to_string(), text);
        assert!(start.elapsed() >= Duration::from_millis(90), "{:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[test]
fn an_answer_that_comes_late_does_not_disturb_the_next_call() {
    let _watchdog = watchdog();
    let (given_up, wait) = mpsc::channel();
    let (port, raw) = raw_server(move |mut raw| {
        raw.frame();
        wait.recv().expect("the caller says so");
        raw.send(&reply(1, &111_u32.to_le_bytes()));
        assert_eq!(raw.frame(), frame(4, 1, &[]), "nobody waits for it any more");
        let next = raw.frame();
        assert_eq!(next[5..9], 2_u32.to_le_bytes());
        raw.send(&reply(2, &222_u32.to_le_bytes()));
        raw.is_cut_off()
    });
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(50));
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 2).map_err(|error| error.reason()), Err(Some(Reason::Deadline)));
    given_up.send(()).expect("the raw server waits");
    thread::sleep(Duration::from_millis(20));
    connection.set_deadline(Duration::from_secs(30));
    assert_eq!(DeskClient::new(&mut connection).add(1, 2), Ok(222));
    drop(connection);
    assert!(raw.join().expect("the raw server came to its end"));
}

#[test]
fn a_slow_handler_is_given_up_on_and_called_again() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    connection.set_deadline(Duration::from_millis(30));
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.wait(300).map_err(|error| error.reason()), Err(Some(Reason::Deadline)));
    connection.set_deadline(Duration::from_secs(30));
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 2), Ok(3));
}

#[test]
fn the_deadline_of_a_call_is_on_the_wire() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        let call = raw.frame();
        raw.send(&reply(1, &3_u32.to_le_bytes()));
        call
    });
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(12_345));
    assert_eq!(DeskClient::new(&mut connection).add(1, 2), Ok(3));
    let call = raw.join().expect("the raw server came to its end");
    assert_eq!(call[21..25], 12_345_u32.to_le_bytes());
}

#[test]
fn a_server_that_never_reads_is_given_up_on_and_does_not_fill_the_client() {
    let _watchdog = watchdog();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let mut connection = desk::connect(port).expect("it listens");
    connection.set_deadline(Duration::from_millis(20));
    let megabyte = vec![7; 1_000_000];
    let (_, taken) = measure(|| {
        for _ in 0..60 {
            let outcome = DeskClient::new(&mut connection).echo(&megabyte);
            assert!(outcome.is_err(), "nobody reads it");
        }
    });
    assert!(taken.peak <= 8 * 1024 * 1024, "{taken:?}");
}
