//! Peers that break the protocol: they lose their own connection and nothing else, and cost no
//! memory.

use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Connection, DecodeError, Reason};
use tests::desk::{self, DeskClient};

use crate::harness::{Raw, Running, call, fault, frame, raw_server, reply, serve, two, watchdog};

/// What an honest client is worth in heap: buffers of 64 KiB, one to read and one to spare.
const MODEST: usize = 192 * 1024;

/// Sends `bytes`, is cut off, and another client never notices.
fn is_refused(server: &Running, honest: &mut Connection, bytes: &[u8]) {
    let mut raw = server.raw();
    raw.send(&call(1, "Desk.add", &two(1, 2)));
    assert_eq!(raw.frame(), reply(1, &3_u32.to_le_bytes()));
    raw.send(bytes);
    let sent = Instant::now();
    assert!(raw.is_cut_off(), "after {:x?}", &bytes[..bytes.len().min(32)]);
    // For what it is, and not because nothing more came.
    assert!(sent.elapsed() < Duration::from_secs(5), "after {:?}", sent.elapsed());
    assert_eq!(DeskClient::new(honest).add(1, 1), Ok(2));
}

#[test]
fn a_length_that_cannot_be_ends_the_connection_and_costs_nothing() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    let limit = (1 << 20) - 4;
    for len in [0, 1, 4, limit + 1, 1 << 24, 1 << 31, u32::MAX - 3, u32::MAX] {
        // With the least that shows what it is, and with more behind it.
        let shows = if len < 5 { len as usize } else { 0 };
        is_refused(&server, &mut honest, &[&len.to_le_bytes()[..], &[1; 4][..shows]].concat());
        is_refused(&server, &mut honest, &[&len.to_le_bytes()[..], &[1; 64]].concat());
    }
    drop(honest);
    let taken = server.stop();
    assert!(taken.peak <= MODEST, "{taken:?}");
}

#[test]
fn a_frame_that_is_announced_and_not_sent_costs_nothing() {
    let _watchdog = watchdog();
    let server = serve();
    let announced = ((1_u32 << 20) - 4).to_le_bytes();
    let mut raws: Vec<Raw> = (0..20).map(|_| server.raw()).collect();
    for raw in &mut raws {
        raw.send(&announced);
        raw.send(&[1; 100]);
    }
    let mut honest = server.connect();
    assert_eq!(DeskClient::new(&mut honest).add(1, 1), Ok(2));
    // Each is owed no more than one step of its buffer.
    let taken = server.stop();
    assert!(taken.peak <= (raws.len() + 3) * 64 * 1024, "{taken:?}");
    assert!(taken.largest <= 64 * 1024, "{taken:?}");
}

#[test]
fn a_frame_of_unknown_kind_ends_the_connection() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    for kind in [0, 5, 6, 0x7f, 0x80, 0xff] {
        is_refused(&server, &mut honest, &frame(kind, 1, &[0; 16]));
    }
}

#[test]
fn a_call_shorter_than_its_head_ends_the_connection() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    let whole = call(1, "Desk.add", &[]);
    for len in 0..whole.len() - 9 {
        is_refused(&server, &mut honest, &frame(1, 1, &whole[9..9 + len]));
    }
}

#[test]
fn what_other_protocols_begin_with_ends_the_connection() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    for hello in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"POST /rpc HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"id\":1}\n",
    ] {
        let mut raw = server.raw();
        raw.send(hello);
        assert!(raw.is_cut_off(), "{}", hello.escape_ascii());
        assert_eq!(DeskClient::new(&mut honest).add(1, 1), Ok(2));
    }
}

#[test]
fn answers_to_calls_that_were_never_made_are_passed_over() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    for id in [0, 1, 2, u32::MAX] {
        raw.send(&reply(id, b"anything"));
        raw.send(&fault(id, 16));
        raw.send(&frame(3, id, &[]));
        raw.send(&frame(4, id, &[]));
        raw.send(&frame(4, id, b"anything"));
    }
    raw.send(&call(1, "Desk.add", &two(1, 2)));
    assert_eq!(raw.frame(), reply(1, &3_u32.to_le_bytes()));
}

#[test]
fn noise_ends_its_own_connection_only() {
    let _watchdog = watchdog();
    let server = serve();
    let mut honest = server.connect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..200 {
        let noise: Vec<u8> = (0..512)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            })
            .collect();
        let mut raw = server.raw();
        // It may be cut off before it is through, or wait for the rest of a frame.
        let _ = std::io::Write::write_all(&mut raw.0, &noise);
        assert_eq!(DeskClient::new(&mut honest).add(1, 1), Ok(2));
    }
    drop(honest);
    let taken = server.stop();
    assert!(taken.peak <= 200 * 64 * 1024, "{taken:?}");
}

/// Connects to a server that answers every call with these bytes.
fn answered_with(answers: &[&[u8]]) -> (u16, thread::JoinHandle<()>) {
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    raw_server(move |mut raw| {
        for answer in answers {
            raw.frame();
            raw.send(&answer);
        }
        // Until the caller has had enough.
        raw.is_cut_off();
    })
}

#[test]
fn a_server_that_talks_garbage_ends_the_call_and_the_connection() {
    let _watchdog = watchdog();
    for answer in [
        &[0, 0, 0, 0][..],
        &[1, 0, 0, 0, 2],
        &[0xff, 0xff, 0xff, 0xff],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        &[5, 0, 0, 0, 9, 1, 0, 0, 0],
    ] {
        let (port, raw) = answered_with(&[answer]);
        let mut connection = desk::connect(port).expect("it listens");
        let mut desk = DeskClient::new(&mut connection);
        let Err(CallError::MayHaveRun(problem)) = desk.add(1, 2) else { panic!("{answer:x?}") };
        assert_eq!(problem.reason, Reason::Protocol);
        assert_eq!(
            problem.to_string(),
            "Desk.add may have run: the peer broke the protocol, and the connection was closed",
        );
        // What is called now is not even sent.
        let Err(CallError::NotRun(problem)) = desk.add(1, 2) else { panic!("{answer:x?}") };
        assert_eq!(problem.reason, Reason::Protocol);
        let Err(CallError::NotRun(_)) = desk.note(1) else { panic!("{answer:x?}") };
        raw.join().expect("the connection is closed though it is not dropped");
    }
}

#[test]
fn a_reply_of_another_type_fails_its_own_call_only() {
    let _watchdog = watchdog();
    let (port, _raw) = answered_with(&[
        &[8, 0, 0, 0, 2, 1, 0, 0, 0, 3, 0, 0],
        &[10, 0, 0, 0, 2, 2, 0, 0, 0, 3, 0, 0, 0, 0],
        &[9, 0, 0, 0, 2, 3, 0, 0, 0, 3, 0, 0, 0],
    ]);
    let mut connection = desk::connect(port).expect("it listens");
    let mut desk = DeskClient::new(&mut connection);
    for (error, at) in [(DecodeError::Truncated, 0), (DecodeError::TrailingBytes, 4)] {
        let Err(CallError::MayHaveRun(problem)) = desk.add(1, 2) else { panic!("{error}") };
        assert_eq!(problem.reason, Reason::BadReply);
        assert_eq!(problem.detail.map(|detail| (detail.error, detail.at)), Some((error, at)));
        assert!(problem.to_string().starts_with("Desk.add may have run: the reply"), "{problem}");
    }
    assert_eq!(desk.add(1, 2), Ok(3));
}

#[test]
fn answers_that_nobody_asked_for_do_not_disturb_a_call() {
    let _watchdog = watchdog();
    let (port, raw) = raw_server(|mut raw| {
        raw.send(&reply(77, b"before any call"));
        raw.frame();
        for id in [0, 2, 77, u32::MAX] {
            raw.send(&reply(id, &9_u32.to_le_bytes()));
            // A fault of no call says that the connection is about to be closed.
            if id != 0 {
                raw.send(&fault(id, 16));
            }
            raw.send(&frame(4, id, &[]));
        }
        raw.send(&reply(1, &3_u32.to_le_bytes()));
        // Once more the same, which is too late.
        raw.send(&reply(1, &4_u32.to_le_bytes()));
        raw.frame();
        raw.send(&fault(2, 0xee));
        raw.frame();
        raw.send(&fault(3, 0x0e));
        raw.frame();
        raw.send(&frame(3, 4, &[]));
    });
    let mut connection = desk::connect(port).expect("it listens");
    let mut desk = DeskClient::new(&mut connection);
    assert_eq!(desk.add(1, 2), Ok(3));
    // Codes of a later version: the lower ones say that the call did not run.
    for ran in [true, false, true] {
        let problem = desk.add(1, 2).expect_err("a fault").problem().expect("not the handler's");
        assert_eq!((problem.reason, problem.may_have_run), (Reason::Unknown, ran));
    }
    raw.join().expect("the raw server came to its end");
}
