//! More than the other side takes at once: nobody waits for ever, and nobody's memory grows.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use ipc_core::codec::to_bytes;
use tests::desk::DeskClient;

use crate::harness::{call, reply, serve, two, watchdog};

/// The server's write queue is 256 KiB and a frame; each of its buffers doubles, and is copied once
/// when it does.
const BOUNDED: usize = 2 * 1024 * 1024;

#[test]
fn eight_mebibytes_each_way_without_a_read_do_not_deadlock() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    let blob = |i: u32| to_bytes(&vec![i.to_le_bytes()[0]; 64 * 1024]);
    let calls: Vec<u8> = (1..=128).flat_map(|i| call(i, "Desk.echo", &blob(i))).collect();

    // As much as the server takes while nothing is read of what it answers.
    raw.0.set_nonblocking(true).expect("a socket");
    let mut sent = 0;
    let mut idle = 0;
    while idle < 20 {
        match raw.0.write(&calls[sent..]) {
            Ok(taken) => {
                sent += taken;
                idle = 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(10));
                idle += 1;
            }
            Err(error) => panic!("{error}"),
        }
        if sent == calls.len() {
            break;
        }
    }

    // The rest is taken while the answers are read, and every answer comes, in order.
    raw.0.set_nonblocking(false).expect("a socket");
    let mut writer = raw.0.try_clone().expect("a socket");
    let rest = calls[sent..].to_vec();
    let writer = thread::spawn(move || writer.write_all(&rest));
    for i in 1..=128 {
        assert_eq!(raw.frame(), reply(i, &blob(i)), "answer {i}");
    }
    writer.join().expect("it came to its end").expect("all was taken");
    let taken = server.stop();
    assert!(taken.peak <= BOUNDED, "{taken:?}");
}

#[test]
fn small_calls_with_large_answers_that_are_not_read_do_not_fill_the_server() {
    let _watchdog = watchdog();
    let server = serve();
    let mut greedy = server.raw();
    // A gibibyte of answers, asked for with 33 bytes each.
    let calls: Vec<u8> =
        (1..=16_384).flat_map(|i| call(i, "Desk.blob", &two(i, 64 * 1024))).collect();
    greedy.0.set_write_timeout(Some(Duration::from_millis(200))).expect("a socket");
    let _ = greedy.0.write_all(&calls);
    let mut honest = server.connect();
    let mut desk = DeskClient::new(&mut honest);
    for i in 0..1_000 {
        assert_eq!(desk.add(i, 1), Ok(i + 1));
    }
    // It was not forgotten: what it reads is right.
    for i in 1..=100 {
        assert_eq!(greedy.frame(), reply(i, &to_bytes(&vec![i.to_le_bytes()[0]; 64 * 1024])));
    }
    drop(greedy);
    assert_eq!(desk.add(1, 1), Ok(2));
    let taken = server.stop();
    assert!(taken.peak <= BOUNDED, "{taken:?}");
}

#[test]
fn an_answer_read_in_odd_pieces_is_whole() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    // Far more than the sockets hold, so that the server writes it in parts.
    let blob: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251).to_le_bytes()[0]).collect();
    let calls: Vec<u8> = (1..=12).flat_map(|i| call(i, "Desk.echo", &to_bytes(&blob))).collect();
    let mut writer = raw.0.try_clone().expect("a socket");
    let writer = thread::spawn(move || writer.write_all(&calls));
    let expected: Vec<u8> = (1..=12).flat_map(|i| reply(i, &to_bytes(&blob))).collect();
    let mut read = Vec::new();
    let mut piece = 1;
    while read.len() < expected.len() {
        let mut into = vec![0; piece.min(expected.len() - read.len())];
        raw.0.read_exact(&mut into).expect("more");
        read.extend(into);
        piece = piece * 3 % 100_003 + 1;
    }
    assert!(read == expected, "the bytes are those that were asked for");
    writer.join().expect("it came to its end").expect("all was taken");
}

#[test]
fn a_client_that_sends_no_more_gets_all_its_answers_and_then_the_end() {
    let _watchdog = watchdog();
    let server = serve();
    for (count, len) in [(1, 1), (100, 10), (100, 100_000), (40, 300_000)] {
        let mut raw = server.raw();
        for i in 1..=count {
            raw.send(&call(i, "Desk.blob", &two(i, len)));
        }
        raw.half_close();
        // The answers wait in the server and both sockets.
        thread::sleep(Duration::from_millis(20));
        for i in 1..=count {
            assert_eq!(raw.frame(), reply(i, &to_bytes(&vec![i.to_le_bytes()[0]; len as usize])));
        }
        assert!(raw.ends(), "{count} answers of {len}");
    }
    // And with half a call behind the last.
    let mut raw = server.raw();
    raw.send(&call(1, "Desk.add", &two(1, 2)));
    raw.send(&call(2, "Desk.add", &two(1, 2))[..20]);
    raw.half_close();
    assert_eq!(raw.frame(), reply(1, &3_u32.to_le_bytes()));
    assert!(raw.ends());
}

#[test]
fn a_client_that_leaves_with_answers_unread_harms_nobody() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    for _ in 0..20 {
        let mut raw = server.raw();
        for i in 1..=20 {
            raw.send(&call(i, "Desk.blob", &two(i, 500_000)));
        }
        drop(raw);
        assert_eq!(DeskClient::new(&mut honest).add(1, 1), Ok(2));
    }
}

#[test]
fn an_idle_client_costs_no_buffers() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connections: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for connection in &mut connections {
        assert_eq!(DeskClient::new(connection).echo(&[1; 1_000]).map(|echo| echo.len()), Ok(1_000));
    }
    let taken = server.stop();
    assert!(taken.peak <= 4 * 64 * 1024, "{taken:?}");
}
