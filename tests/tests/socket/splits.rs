//! Where the stream is cut makes no difference: partial reads and writes at every byte boundary.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ipc_runtime::{CallError, Connection, Server};
use tests::desk::{self, DeskClient};
use tests::loader::{LoadError, LoaderClient, Mod};

use crate::harness::{Raw, Running, raw_server, serve, watchdog};

/// What goes each way when three calls and a one-way call are made.
struct Recording {
    calls: Vec<u8>,
    answers: Vec<u8>,
}

fn three_calls(connection: &mut Connection) {
    assert_eq!(DeskClient::new(connection).add(1, 2), Ok(3));
    let mut loader = LoaderClient::new(connection);
    loader.log("a line").expect("it is sent");
    assert_eq!(loader.enable(""), Err(CallError::Failed(LoadError::NotFound)));
    let sonic = Mod { id: "sonic.hd".to_owned(), enabled: true };
    assert_eq!(loader.enable("sonic.hd"), Ok(sonic));
}

/// Has a connection make the calls through a proxy that listens in.
fn record(server: &Running) -> Recording {
    let target = server.port;
    let (port, proxy) = raw_server(move |client| {
        let server = TcpStream::connect(("127.0.0.1", target)).expect("the server listens");
        let both = [(&client.0, &server), (&server, &client.0)];
        let copy = |(from, to): (&TcpStream, &TcpStream)| {
            let [mut from, mut to] = [from, to];
            let mut copied = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = from.read(&mut chunk) {
                copied.extend_from_slice(&chunk[..read]);
                to.write_all(&chunk[..read]).expect("the other side takes it");
            }
            let _ = to.shutdown(Shutdown::Write);
            copied
        };
        thread::scope(|scope| {
            let [calls, answers] = both.map(|way| scope.spawn(move || copy(way)));
            Recording { calls: calls.join().unwrap(), answers: answers.join().unwrap() }
        })
    });
    let mut connection = desk::connect(port).expect("the proxy listens");
    three_calls(&mut connection);
    drop(connection);
    proxy.join().expect("the proxy came to its end")
}

/// A server that does one thing at a time, so that what it reads is what was sent so far.
struct Stepped(Server);

impl Stepped {
    fn new() -> Stepped {
        Stepped(desk::server().expect("a free port"))
    }

    fn raw(&mut self) -> Raw {
        let raw = Raw::connect(self.0.port());
        self.catch_up();
        raw
    }

    /// Has the server do all that there is to do.
    fn catch_up(&mut self) {
        for _ in 0..3 {
            self.0.poll(Some(Duration::ZERO)).expect("the loop goes on");
        }
    }

    /// What it has sent, so many bytes.
    fn answers(&mut self, raw: &mut Raw, expected: usize) -> Vec<u8> {
        self.catch_up();
        let mut answers = vec![0; expected];
        raw.0.read_exact(&mut answers).expect("the answers");
        answers
    }
}

#[test]
fn every_split_of_a_conversation_gets_the_same_answers() {
    let _watchdog = watchdog();
    let Recording { calls, answers } = record(&serve());
    assert!(calls.len() > 100, "three calls and one more");
    for split in 0..=calls.len() {
        let mut server = Stepped::new();
        let mut raw = server.raw();
        let (first, second) = calls.split_at(split);
        raw.send(first);
        server.catch_up();
        raw.send(second);
        assert_eq!(server.answers(&mut raw, answers.len()), answers, "split at {split}");
        raw.half_close();
        server.catch_up();
        assert!(raw.ends(), "split at {split}: nothing more, and the end");
    }
}

#[test]
fn a_conversation_byte_by_byte_gets_the_same_answers() {
    let _watchdog = watchdog();
    let Recording { calls, answers } = record(&serve());
    let mut server = Stepped::new();
    let mut raw = server.raw();
    for byte in &calls {
        raw.send(&[*byte]);
        server.catch_up();
    }
    assert_eq!(server.answers(&mut raw, answers.len()), answers);
}

#[test]
fn a_conversation_that_ends_anywhere_ends_the_connection_and_no_more() {
    let _watchdog = watchdog();
    let Recording { calls, .. } = record(&serve());
    let mut server = Stepped::new();
    let mut witness = server.raw();
    for end in 0..calls.len() {
        let mut raw = server.raw();
        raw.send(&calls[..end]);
        server.catch_up();
        raw.half_close();
        server.catch_up();
        let mut answers = Vec::new();
        raw.0.read_to_end(&mut answers).expect("a close in good order");
    }
    witness.send(&calls);
    assert!(!server.answers(&mut witness, 13).is_empty());
}

#[test]
fn a_connection_reads_and_writes_through_a_byte_at_a_time() {
    let _watchdog = watchdog();
    let server = serve();
    let port = dripping_proxy(&server);
    let mut connection = desk::connect(port).expect("the proxy listens");
    three_calls(&mut connection);
    let long: Vec<u8> = (0..=255).cycle().take(3_000).collect();
    assert_eq!(DeskClient::new(&mut connection).echo(&long), Ok(long));
}

/// Takes one connection and hands on one byte at a time, both ways.
fn dripping_proxy(server: &Running) -> u16 {
    let target = server.port;
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        let (client, _) = listener.accept().expect("somebody connects");
        let server = TcpStream::connect(("127.0.0.1", target)).expect("the server listens");
        for (from, to) in [(&client, &server), (&server, &client)] {
            let [mut from, mut to] = [from, to].map(|end| end.try_clone().expect("a socket"));
            to.set_nodelay(true).expect("a socket");
            thread::spawn(move || {
                let mut byte = [0];
                while matches!(from.read(&mut byte), Ok(1)) && to.write_all(&byte).is_ok() {}
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
    port
}

#[test]
fn a_connection_reads_answers_split_anywhere() {
    let _watchdog = watchdog();
    let answers = frames(&record(&serve()).answers);
    let longest = answers.iter().map(Vec::len).max().expect("there are some");
    for split in 0..=longest {
        let answers = answers.clone();
        let (port, raw) = raw_server(move |mut client| {
            for answer in answers {
                // One-way calls are passed over.
                while client.frame()[5..9] == [0; 4] {}
                let (first, second) = answer.split_at(split.min(answer.len()));
                client.send(first);
                thread::sleep(Duration::from_millis(1));
                client.send(second);
            }
        });
        three_calls(&mut desk::connect(port).expect("it listens"));
        raw.join().expect("the raw server came to its end");
    }
}

/// Takes a stream apart.
fn frames(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some((len, _)) = stream.split_first_chunk() {
        let (frame, rest) = stream.split_at(4 + u32::from_le_bytes(*len) as usize);
        frames.push(frame.to_vec());
        stream = rest;
    }
    frames
}
