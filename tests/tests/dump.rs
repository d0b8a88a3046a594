//! What goes over a connection can be looked at: as text, as counts, as bytes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ipc_core::codec::to_bytes;
use ipc_core::frame::{Frame, Head};
use ipc_core::method::Method;
use ipc_core::service::{Call, Host, Service, serve};
use ipc_core::session::{Limits, Session};
use ipc_runtime::{
    Connection, Counters, DecodeError, Dump, Encode, Interface, Lines, Reply, Server, Tap, Traffic,
    service,
};
use tests::desk::{self, AbsentClient, DeskClient, Shelf};
use tests::loader::{LoaderClient, LoaderService};

const LOADER: Interface = LoaderClient::INTERFACE;

fn method(name: &str) -> &'static Method {
    LOADER.methods.iter().map(|known| known.method).find(|known| known.name == name).expect("it is")
}

/// The lines of bytes that came in.
fn received(dump: &mut Dump, bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    dump.received(bytes, &mut |line| lines.push(line.to_string()));
    lines
}

/// The lines of bytes that were sent.
fn sent(dump: &mut Dump, bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    dump.sent(bytes, &mut |line| lines.push(line.to_string()));
    lines
}

fn frame(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(5 + payload.len()).expect("a frame is that short");
    [&len.to_le_bytes(), [kind].as_slice(), &id.to_le_bytes(), payload].concat()
}

fn call_of(id: u32, hashes: [u32; 3], args: &[u8]) -> Vec<u8> {
    let [service, method, signature] = hashes.map(u32::to_le_bytes);
    frame(1, id, &[&service, &method, &signature, [0; 4].as_slice(), args].concat())
}

fn call(id: u32, name: &str, args: &[u8]) -> Vec<u8> {
    let Method { service, id: method, signature, .. } = *method(name);
    call_of(id, [service, method, signature], args)
}

/// Two sessions, and all that went from one to the other.
struct Talk {
    client: Session,
    server: Session,
    loader: LoaderService<Shelf>,
    there: Vec<u8>,
    back: Vec<u8>,
}

fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    Some(service.dispatch(index, call))
}

impl Talk {
    fn new() -> Talk {
        let (client, server) = (Session::new(Limits::DEFAULT), Session::new(Limits::DEFAULT));
        let loader = LoaderService(Shelf::default());
        Talk { client, server, loader, there: vec![], back: vec![] }
    }

    fn call(&mut self, name: &str, args: &[&dyn Fn(&mut ipc_core::codec::Writer)]) {
        let w = self.client.begin_call(method(name), 250);
        args.iter().for_each(|write| write(w));
        self.client.end_call().expect("it fits");
        let there = self.client.unsent().to_vec();
        self.client.sent(there.len());
        self.server.receive(&there);
        while let Ok(Some(Frame { head: Head::Call(head), payload })) = self.server.next() {
            let host = Host { service: Ok(&mut self.loader), run, line: None };
            serve(&mut self.server, host, &head, payload);
        }
        let back = self.server.unsent().to_vec();
        self.server.sent(back.len());
        self.there.extend(there);
        self.back.extend(back);
    }
}

#[test]
fn a_conversation_is_told_call_by_call_however_its_bytes_come() {
    let mut talk = Talk::new();
    talk.call("Loader.enable", &[&|w| "a\n".encode(w)]);
    talk.call("Loader.enable", &[&|w| "".encode(w)]);
    talk.call("Loader.log", &[&|w| "hi".encode(w)]);
    talk.call("Loader.mods", &[]);
    talk.call("Loader.disable", &[&|w| "b".encode(w)]);
    talk.call("Loader.scan", &[&|w| "/".encode(w)]);
    talk.client.cancel(5);
    talk.there.extend(talk.client.unsent());

    let there = [
        r#"-> call 1 Loader.enable(id: "a\n") within 250 ms"#,
        r#"-> call 2 Loader.enable(id: "") within 250 ms"#,
        r#"-> one-way Loader.log(line: "hi")"#,
        "-> call 3 Loader.mods() within 250 ms",
        r#"-> call 4 Loader.disable(id: "b") within 250 ms"#,
        r#"-> call 5 Loader.scan(path: "/") within 250 ms"#,
        "-> cancel 5 Loader.scan",
    ];
    let back = [
        r#"<- reply 1 Loader.enable: Ok(Mod { id: "a\n", enabled: true })"#,
        "<- reply 2 Loader.enable: Err(NotFound)",
        r#"<- reply 3 Loader.mods: [Mod { id: "a\n", enabled: true }]"#,
        "<- reply 4 Loader.disable: ()",
        "<- fault 5 Loader.scan: Dropped, may have run",
    ];
    for len in 1..=talk.there.len() {
        let mut dump = Dump::new(&[DeskClient::INTERFACE, LOADER]);
        let lines = |parts: &mut dyn Iterator<Item = Vec<String>>| parts.flatten().collect();
        let told: Vec<_> = lines(&mut talk.there.chunks(len).map(|part| sent(&mut dump, part)));
        assert_eq!(told, there, "{len} bytes at a time");
        let told: Vec<_> = lines(&mut talk.back.chunks(len).map(|part| received(&mut dump, part)));
        assert_eq!(told, back, "{len} bytes at a time");
    }
}

#[test]
fn what_no_interface_knows_is_told_by_its_hashes() {
    let mut dump = Dump::new(&[LOADER]);
    let enable = method("Loader.enable");
    let all = [
        call_of(1, [0xabc, 0xdef, 0x123], &[1, 0xff]),
        call_of(0, [enable.service, 0xdef, 0x123], &[]),
        call_of(2, [enable.service, enable.id, 0x123], &[0; 40]),
        frame(4, 1, &[]),
    ];
    let zeros = " 00".repeat(32);
    let expected = [
        "-> call 1 00000abc.00000def, 2 bytes: 01 ff".to_owned(),
        "-> one-way Loader.00000def, 0 bytes".to_owned(),
        format!("-> call 2 Loader.enable of another signature 00000123, 40 bytes:{zeros} ..."),
        "-> cancel 1".to_owned(),
    ];
    assert_eq!(sent(&mut dump, &all.concat()), expected);
    let answers = [frame(2, 1, &[7]), frame(2, 9, &[]), frame(3, 2, &[3])].concat();
    let expected = [
        "<- reply 1, 1 bytes: 07",
        "<- reply 9, 0 bytes",
        "<- fault 2: SignatureChanged, did not run",
    ];
    assert_eq!(received(&mut dump, &answers), expected);
}

#[test]
fn arguments_are_told_with_their_names_and_in_their_order() {
    let desk = DeskClient::INTERFACE;
    let mut dump = Dump::new(&[desk]);
    let add = desk.methods.iter().find(|known| known.method.name == "Desk.add");
    let add = add.expect("the desk adds").method;
    let args = [1_u32.to_le_bytes(), 2_u32.to_le_bytes()].concat();
    let call = call_of(7, [add.service, add.id, add.signature], &args);
    assert_eq!(sent(&mut dump, &call), ["-> call 7 Desk.add(a: 1, b: 2)"]);
}

#[test]
fn what_cannot_be_decoded_is_said_to_be_so() {
    let mut dump = Dump::new(&[LOADER]);
    let all = [
        call(1, "Loader.enable", &[2, 0xc3, 0x28]),
        call(2, "Loader.mods", &[0]),
        call(3, "Loader.enable", &[1, b'a', 7]),
        call(4, "Loader.enable", &[]),
    ];
    let expected = [
        "-> call 1 Loader.enable(id: <a string is not UTF-8, at byte 3>)",
        "-> call 2 Loader.mods( <bytes are left over after the last value, at byte 0>)",
        r#"-> call 3 Loader.enable(id: "a" <bytes are left over after the last value, at byte 2>)"#,
        "-> call 4 Loader.enable(id: <the value goes on past the last byte, at byte 0>)",
    ];
    assert_eq!(sent(&mut dump, &all.concat()), expected);
    let answers = [
        frame(2, 1, &[2]),
        frame(2, 2, &[0, 0]),
        frame(3, 3, &[4, 3, 2, 0, 0, 0]),
        frame(3, 4, &[0x0e]),
        frame(3, 0, &[7]),
        frame(3, 5, &[]),
    ];
    let expected = [
        "<- reply 1 Loader.enable: <no variant has this tag, at byte 1>",
        "<- reply 2 Loader.mods: [] <bytes are left over after the last value, at byte 1>",
        "<- fault 3 Loader.enable: BadArguments (a string is not UTF-8, at byte 2), did not run",
        "<- fault 4 Loader.enable: code 0e, did not run",
        "<- fault 0: ShuttingDown, did not run",
        "<- fault 5: Unknown, may have run",
    ];
    assert_eq!(received(&mut dump, &answers.concat()), expected);
}

#[test]
fn a_direction_that_is_broken_is_told_once_and_the_other_goes_on() {
    for (bytes, why) in [
        (&[0xff_u8; 4][..], "a frame is longer than the limit"),
        (&[2, 0, 0, 0, 1, 1], "a frame is shorter than its head"),
        (&[5, 0, 0, 0, 9, 1, 0, 0, 0], "a frame is of unknown kind"),
    ] {
        let mut dump = Dump::new(&[]);
        assert_eq!(received(&mut dump, bytes), [format!("<- broken: {why}")]);
        assert_eq!(received(&mut dump, &frame(4, 1, &[])), [""; 0]);
        assert_eq!(sent(&mut dump, &frame(4, 1, &[])), ["-> cancel 1"]);
    }
    let mut dump = Dump::new(&[]);
    dump.set_limits(Limits { frame: 16, ..Limits::DEFAULT });
    assert_eq!(sent(&mut dump, &frame(2, 1, &[0; 7])).len(), 1);
    let broken = sent(&mut dump, &frame(2, 1, &[0; 8]));
    assert_eq!(broken, ["-> broken: a frame is longer than the limit"]);
}

#[test]
fn what_a_dump_takes_is_bounded() {
    let mut dump = Dump::new(&[LOADER]);
    let line = sent(&mut dump, &call(0, "Loader.log", &to_bytes(&"é".repeat(100_000)))).concat();
    assert!(line.len() < 600 && line.ends_with("é...)"), "{line}");

    let calls = (1..=1025).map(|id| call(id, "Loader.mods", &[]));
    assert_eq!(sent(&mut dump, &calls.collect::<Vec<_>>().concat()).len(), 1025);
    let answers = [1, 2, 1025].map(|id| frame(2, id, &[0])).concat();
    let expected =
        ["<- reply 1, 1 bytes: 00", "<- reply 2 Loader.mods: []", "<- reply 1025 Loader.mods: []"];
    assert_eq!(received(&mut dump, &answers), expected);
}

#[test]
fn no_bytes_bring_a_dump_down() {
    let mut talk = Talk::new();
    for name in ["Loader.enable", "Loader.disable", "Loader.scan"] {
        talk.call(name, &[&|w| "some text".encode(w)]);
    }
    // A generator of numbers that are the same each time.
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for _ in 0..20_000 {
        let mut dump = Dump::new(&[LOADER]);
        let (mut there, mut back) = (talk.there.clone(), talk.back.clone());
        for bytes in [&mut there, &mut back] {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
            bytes.truncate(1 + random(bytes.len()));
        }
        sent(&mut dump, &there);
        received(&mut dump, &back);
        received(&mut dump, &there);
        sent(&mut dump, &back);
    }
}

/// Sees how many bytes went by, and which connections are gone.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(u64, &'static str, usize)>>>);

impl Seen {
    fn see(&self, connection: u64, what: &'static str, n: usize) {
        self.0.lock().expect("nobody panics").push((connection, what, n));
    }

    fn total(&self, what: &str) -> usize {
        let seen = self.0.lock().expect("nobody panics");
        seen.iter().filter(|(_, other, _)| *other == what).map(|(_, _, n)| n).sum()
    }
}

impl Tap for Seen {
    fn received(&mut self, connection: u64, bytes: &[u8]) {
        self.see(connection, "received", bytes.len());
    }
    fn sent(&mut self, connection: u64, bytes: &[u8]) {
        self.see(connection, "sent", bytes.len());
    }
    fn closed(&mut self, connection: u64) {
        self.see(connection, "closed", 1);
    }
}

/// Lines that are told on another thread, without their directions.
fn lines() -> (Lines<impl FnMut(u64, ipc_runtime::Line<'_>) + Send>, Receiver<(bool, String)>) {
    let (sender, receiver) = mpsc::channel();
    let interfaces = [DeskClient::INTERFACE, LOADER];
    let lines = Lines::new(&interfaces, move |_, line| {
        let _ = sender.send((line.sent, line.text.to_owned()));
    });
    (lines, receiver)
}

#[test]
fn both_sides_of_a_socket_see_the_same_and_nothing_of_the_handshake() {
    let (theirs, told_there) = lines();
    let (ours, told_here) = lines();
    let (seen_there, seen_here) = (Seen::default(), Seen::default());
    let (counts_there, counts_here) = (Counters::new(), Counters::new());

    let (sender, receiver) = mpsc::channel();
    let (seen, counters) = (seen_there.clone(), counts_there.clone());
    let served = thread::spawn(move || {
        let mut server = Server::unpublished().expect("a port");
        server.add(LoaderService(Shelf::default())).expect("its first");
        server.add(desk::DeskService(desk::Clerk::new())).expect("its first");
        server.tap(theirs).expect("a waker");
        server.tap(seen).expect("a waker");
        server.tap(counters).expect("a waker");
        let endpoint = server.endpoint().expect("it has a key");
        sender.send((endpoint, server.handle().expect("a waker"))).expect("it is waited for");
        server.run().expect("the loop goes on");
    });
    let (endpoint, handle) = receiver.recv().expect("the server starts");
    let mut connection = Connection::open_endpoint(&endpoint).expect("it listens");
    connection.tap(ours);
    connection.tap(seen_here.clone());
    connection.tap(counts_here.clone());

    let mut loader = LoaderClient::new(&mut connection);
    loader.log("hi").expect("it is sent");
    loader.enable("a").expect("it is there");
    DeskClient::new(&mut connection).echo(&vec![7; 300_000]).expect("it is there");
    AbsentClient::new(&mut connection).call().expect_err("it is not there");
    connection.set_deadline(Duration::from_millis(1));
    DeskClient::new(&mut connection).wait(60).expect_err("it takes longer");
    connection.set_deadline(Duration::from_secs(10));
    DeskClient::new(&mut connection).notes().expect("it is there");
    drop(connection);
    handle.stop();
    served.join().expect("the server's thread came to its end");

    let here: Vec<_> = told_here.iter().collect();
    let there: Vec<_> = told_there.iter().collect();
    let of = |told: &[(bool, String)], by: bool| -> Vec<String> {
        // Whether the call was answered by then depends on the side.
        let timeless = |text: &String| text.replace("cancel 4 Desk.wait", "cancel 4");
        told.iter().filter(|(sent, _)| *sent == by).map(|(_, text)| timeless(text)).collect()
    };
    assert_eq!(of(&here, true), of(&there, false), "what the client sent");
    assert_eq!(of(&here, false), of(&there, true), "what the server sent");
    assert_eq!(here[0], (true, r#"one-way Loader.log(line: "hi")"#.to_owned()));
    let sevens = "7, ".repeat(170);
    assert_eq!(here[4].1, format!("reply 2 Desk.echo: [{sevens}7..."));
    assert_eq!(here[6].1, "fault 3: UnknownService, did not run");
    assert!(of(&here, true).contains(&"cancel 4".to_owned()), "{here:?}");

    assert_eq!(seen_here.total("sent"), seen_there.total("received"));
    assert_eq!(seen_here.total("received"), seen_there.total("sent"));
    assert_eq!((seen_here.total("closed"), seen_there.total("closed")), (1, 1));
    assert!(seen_here.0.lock().expect("nobody panics").iter().all(|seen| seen.0 == 0));
    let numbers = seen_there.0.lock().expect("nobody panics");
    assert!(numbers.iter().all(|seen| seen.0 == numbers[0].0 && seen.0 != 0));

    assert_eq!(counts_here.sent(), counts_there.received());
    assert_eq!(counts_here.received(), counts_there.sent());
    let Traffic { bytes, calls, replies, faults, cancels, .. } = counts_here.sent();
    assert_eq!((calls, replies, faults, cancels), (6, 0, 0, 1));
    assert_eq!(bytes, seen_here.total("sent"));
    let Traffic { calls, replies, faults, cancels, .. } = counts_here.received();
    assert_eq!((calls, cancels), (0, 0));
    // Whether the call that was given up on was answered in the end depends on the clock.
    assert_eq!(replies + faults, 5, "{here:?}");
}

#[test]
fn calls_under_way_and_bytes_that_are_not_sent_are_known() {
    /// Answers when it is told to.
    #[service]
    trait Slow {
        #[ipc(deferred)]
        fn ask(&mut self, reply: Reply<u8>);
    }
    struct Desk(Rc<RefCell<Vec<Reply<u8>>>>);
    impl Slow for Desk {
        fn ask(&mut self, reply: Reply<u8>) {
            self.0.borrow_mut().push(reply);
        }
    }

    let replies = Rc::default();
    let mut server = Server::bind_trusting_all(0).expect("a port");
    server.add(SlowService(Desk(Rc::clone(&replies)))).expect("its first");
    let mut connection = Connection::connect_trusting_all(server.port()).expect("it listens");
    assert_eq!((connection.in_flight(), connection.queued_bytes()), (0, 0));
    let pending = SlowCalls::new(&mut connection).ask().expect("there is room");
    assert_eq!((connection.in_flight(), connection.queued_bytes()), (1, 4 + 5 + 16));
    connection.poll(Duration::ZERO).expect("it is open");
    assert_eq!((connection.in_flight(), connection.queued_bytes()), (1, 0));

    while replies.borrow().is_empty() {
        server.poll(Some(Duration::from_secs(10))).expect("the loop goes on");
    }
    assert_eq!((server.in_flight(), server.queued_bytes()), (1, 0));
    replies.borrow_mut().drain(..).for_each(|reply| reply.send(&7));
    while server.in_flight() > 0 {
        server.poll(Some(Duration::from_secs(10))).expect("the loop goes on");
    }
    server.poll(Some(Duration::ZERO)).expect("the loop goes on");
    assert_eq!(pending.wait(&mut connection), Ok(7));
    assert_eq!((connection.in_flight(), server.queued_bytes()), (0, 0));
}

#[test]
fn bytes_that_a_client_does_not_read_are_known() {
    let mut server = desk::server().expect("a port");
    let mut connection = Connection::connect_trusting_all(server.port()).expect("it listens");
    let mut most = 0;
    let mut calls = desk::DeskCalls::new(&mut connection);
    let pending: Vec<_> =
        (0..12).map(|_| calls.blob(1, 1_000_000).expect("there is room")).collect();
    for _ in 0..1000 {
        connection.poll(Duration::ZERO).expect("it is open");
        for _ in 0..10 {
            server.poll(Some(Duration::ZERO)).expect("the loop goes on");
            most = most.max(server.queued_bytes());
        }
        if pending.iter().all(|pending| pending.is_answered(&connection)) {
            break;
        }
    }
    assert!(most > 0, "no socket takes 12 MB at once");
    assert_eq!(server.queued_bytes(), 0);
}
