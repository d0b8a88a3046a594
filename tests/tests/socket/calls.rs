//! Typed calls, as users make them, and the ways to drive a server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Connection, Error, Reason, Server};
use tests::desk::{self, Clerk, DeskClient, DeskService, Odd};
use tests::loader::{LoadError, LoaderClient, Mod};

use crate::harness::{Process, call, reply, serve, two, watchdog};

#[test]
fn several_services_answer_on_one_port() {
    let _watchdog = watchdog();
    let server = serve();
    talk(server.port);
}

#[test]
fn several_services_answer_in_another_process() {
    let _watchdog = watchdog();
    let (server, port) = Process::serve();
    talk(port);
    assert!(server.finish());
}

/// A bit of everything.
fn talk(port: u16) {
    let mut connection = desk::connect(port).expect("the server listens");
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 2), Ok(3));
    assert_eq!(desk.half(8), Ok(4));
    assert_eq!(desk.half(7), Err(CallError::Failed(Odd(7))));
    assert_eq!(desk.echo(b""), Ok(Vec::new()));
    assert_eq!(desk.echo(&[7; 300_000]), Ok(vec![7; 300_000]));

    let mut loader = LoaderClient::new(&mut connection);
    let sonic = Mod { id: "sonic.hd".to_owned(), enabled: true };
    assert_eq!(loader.enable("sonic.hd"), Ok(sonic.clone()));
    assert_eq!(loader.enable(""), Err(CallError::Failed(LoadError::NotFound)));
    assert_eq!(loader.mods(), Ok(vec![sonic]));
    assert_eq!(loader.disable("sonic.hd"), Ok(()));
    assert_eq!(DeskClient::new(&mut connection).add(u32::MAX, 1), Ok(0));
}

#[test]
fn a_one_way_call_keeps_its_place_among_the_calls_around_it() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.notes(), Ok(vec![]));
    for note in 0..100 {
        desk.note(note).expect("it is sent");
        if note % 10 == 0 {
            assert_eq!(desk.notes(), Ok((0..=note).collect()));
        }
    }
    assert_eq!(desk.notes(), Ok((0..100).collect()));
}

#[test]
fn one_way_calls_are_run_though_the_caller_leaves_at_once() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    for note in 0..1_000 {
        DeskClient::new(&mut connection).note(note).expect("it is sent");
    }
    drop(connection);
    let mut other = server.connect();
    let mut desk = DeskClient::new(&mut other);
    while desk.notes().expect("the server goes on").len() < 1_000 {}
    assert_eq!(desk.notes(), Ok((0..1_000).collect()));
}

#[test]
fn fifty_connections_take_turns_on_one_server_thread() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connections: Vec<Connection> = (0..50).map(|_| server.connect()).collect();
    for round in 0..20 {
        for (i, connection) in (0..).zip(&mut connections) {
            assert_eq!(DeskClient::new(connection).add(i, round), Ok(i + round));
        }
    }
    assert_eq!(DeskClient::new(&mut connections[0]).is_one_thread(), Ok(true));
}

#[test]
fn fifty_clients_with_half_a_call_each_do_not_wait_for_one_another() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raws: Vec<_> = (0..50).map(|_| server.raw()).collect();
    let calls: Vec<_> = (0..50).map(|i| call(i + 1, "Desk.add", &two(i, 1_000))).collect();
    for (raw, call) in raws.iter_mut().zip(&calls) {
        raw.send(&call[..call.len() / 2]);
    }
    // While they all are in the middle of a frame, others are served.
    let mut connection = server.connect();
    assert_eq!(DeskClient::new(&mut connection).add(1, 1), Ok(2));
    for (raw, call) in raws.iter_mut().zip(&calls).rev() {
        raw.send(&call[call.len() / 2..]);
    }
    for (i, raw) in (0..).zip(&mut raws) {
        assert_eq!(raw.frame(), reply(i + 1, &(i + 1_000_u32).to_le_bytes()));
    }
}

#[test]
fn eight_threads_call_at_once() {
    let _watchdog = watchdog();
    let server = serve();
    thread::scope(|scope| {
        for n in 0..8 {
            let mut connection = server.connect();
            scope.spawn(move || {
                let mut desk = DeskClient::new(&mut connection);
                for i in 0..500 {
                    assert_eq!(desk.add(n * 1_000, i), Ok(n * 1_000 + i));
                }
            });
        }
    });
}

#[test]
fn run_ends_when_its_handle_says_so_from_another_thread() {
    let _watchdog = watchdog();
    // With nobody there, and with a client whose calls end then.
    serve().stop();
    let server = serve();
    let mut connection = server.connect();
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 1), Ok(2));
    server.stop();
    assert_eq!(desk.add(1, 1).map_err(|error| error.reason()), Err(Some(Reason::Disconnected)));
}

#[test]
fn run_ends_under_load() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let client = thread::spawn(move || {
        let mut desk = DeskClient::new(&mut connection);
        let mut calls = 0;
        while desk.add(1, 1).is_ok() {
            calls += 1;
        }
        calls
    });
    thread::sleep(Duration::from_millis(50));
    server.stop();
    assert!(client.join().expect("the client's calls end") > 0);
}

#[test]
fn a_handle_stops_a_server_that_does_not_run_yet() {
    let _watchdog = watchdog();
    let mut server = desk::server().expect("a free port");
    server.handle().expect("a waker").stop();
    assert_eq!(server.run(), Ok(()));
}

#[test]
fn every_handle_of_a_server_stops_it() {
    let _watchdog = watchdog();
    let server = serve();
    let [one, other] = [server.handle(), server.handle()];
    drop(one);
    other.stop();
    drop(other);
    server.stop();
}

#[test]
fn a_host_drives_the_server_from_its_own_loop() {
    let _watchdog = watchdog();
    let mut server = desk::server().expect("a free port");
    let port = server.port();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            talk(port);
            done.store(true, Ordering::Release);
        });
        let mut frames = 0;
        while !done.load(Ordering::Acquire) {
            server.poll(Some(Duration::from_millis(1))).expect("the loop goes on");
            frames += 1;
        }
        assert!(frames > 0);
    });
}

#[test]
fn poll_waits_no_longer_than_it_is_told() {
    let _watchdog = watchdog();
    let mut server = desk::server().expect("a free port");
    let start = Instant::now();
    server.poll(Some(Duration::ZERO)).expect("the loop goes on");
    server.poll(Some(Duration::from_millis(20))).expect("the loop goes on");
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn poll_without_a_bound_returns_when_there_is_something_to_do() {
    let _watchdog = watchdog();
    let mut server = desk::server().expect("a free port");
    let port = server.port();
    let client = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(desk::connect(port));
    });
    server.poll(None).expect("the loop goes on");
    client.join().expect("the client came and went");
}

#[test]
fn what_cannot_be_bound_added_or_connected_to_is_an_error() {
    let _watchdog = watchdog();
    let mut server = desk::server().expect("a free port");
    let port = server.port();
    assert!(matches!(Server::bind_trusting_all(port), Err(Error::Bind(_))));
    assert_eq!(server.add(DeskService(Clerk::new())), Err(Error::NameTaken));
    drop(server);
    // Processes that other tests start hold what is open here until they are there.
    let error = loop {
        if let Err(error) = desk::connect(port) {
            break error;
        }
    };
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert!(error.to_string().contains("is the server running?"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn neither_end_waits_to_fill_a_segment() {
    let _watchdog = watchdog();
    let mut process = Process::start(&["nodelay"]);
    let mut lines = [process.line(), process.line()];
    lines.sort();
    assert_eq!(lines, ["client Ok(true)", "server Ok(true)"]);
    assert!(process.finish());
}
