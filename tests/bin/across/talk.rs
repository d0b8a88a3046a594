//! What a client of the library does.

use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::endpoint::find;
use ipc_runtime::{CallError, Connection, DecodeError, Problem, Reason, Server};
use tests::desk::{AbsentClient, Bell, BellService, DeskClient, Odd, newer};
use tests::loader::{LoadError, LoaderClient, Mod, Node};

#[track_caller]
pub fn not_run<T, E>(outcome: Result<T, CallError<E>>) -> Problem {
    match outcome {
        Err(CallError::NotRun(problem)) => problem,
        _ => panic!("it was sent"),
    }
}

#[track_caller]
pub fn may_have_run<T, E>(outcome: Result<T, CallError<E>>) -> Problem {
    match outcome {
        Err(CallError::MayHaveRun(problem)) => problem,
        _ => panic!("it was answered, or not sent"),
    }
}

#[track_caller]
pub fn goes_on(connection: &mut Connection) {
    assert_eq!(DeskClient::new(connection).add(20, 22), Ok(42));
}

pub fn calls(connection: &mut Connection) {
    let mut desk = DeskClient::new(connection);
    assert_eq!(desk.add(1, 2), Ok(3));
    assert_eq!(desk.add(u32::MAX, 2), Ok(1));
    for len in [0, 1, 4_095, 4_096, 65_535, 65_536, 1_000_000] {
        let bytes: Vec<u8> = (0..len).map(|i: u32| (i % 251).to_le_bytes()[0]).collect();
        assert!(desk.echo(&bytes) == Ok(bytes), "{len} bytes");
    }
    let leaf = |value| Node { value, children: vec![] };
    let tree =
        Node { value: 0, children: vec![leaf(1), Node { value: 2, children: vec![leaf(3)] }] };
    assert_eq!(desk.depth(tree), Ok(3));

    let mut loader = LoaderClient::new(connection);
    let id = "söník·ソニック.hd";
    let sonic = Mod { id: id.to_owned(), enabled: true };
    assert_eq!(loader.enable(id), Ok(sonic.clone()));
    assert!(loader.mods().is_ok_and(|mods| mods.contains(&sonic)));
}

pub fn one_way(connection: &mut Connection) {
    let mut desk = DeskClient::new(connection);
    let before = desk.notes().expect("an answer");
    for note in 0..200 {
        desk.note(note).expect("it is sent");
    }
    assert_eq!(desk.notes(), Ok([before, (0..200).collect()].concat()));
}

pub fn errors(connection: &mut Connection) {
    let mut desk = DeskClient::new(connection);
    assert_eq!(desk.half(8), Ok(4));
    assert_eq!(desk.half(7), Err(CallError::Failed(Odd(7))));
    let mut loader = LoaderClient::new(connection);
    assert_eq!(loader.enable(""), Err(CallError::Failed(LoadError::NotFound)));

    let problem = not_run(AbsentClient::new(connection).call());
    assert_eq!(problem.reason, Reason::UnknownService);
    let mut newer = newer::DeskClient::new(connection);
    assert_eq!(not_run(newer.subtract(2, 1)).reason, Reason::UnknownMethod);
    assert_eq!(not_run(newer.add(1, 2)).reason, Reason::SignatureChanged);

    let mut node = Node { value: 0, children: vec![] };
    for value in 1..100 {
        node = Node { value, children: vec![node] };
    }
    let problem = not_run(DeskClient::new(connection).depth(node));
    assert_eq!(problem.reason, Reason::BadArguments);
    assert_eq!(problem.detail.map(|detail| detail.error), Some(DecodeError::TooDeep));
    goes_on(connection);
}

pub fn panics(connection: &mut Connection) {
    let problem = may_have_run(DeskClient::new(connection).panic("as it was told"));
    assert_eq!(problem.reason, Reason::Panicked);
    goes_on(connection);
}

/// Hands on what it hears.
struct Ear(mpsc::Sender<(u32, usize)>);

impl Bell for Ear {
    fn rang(&mut self, time: u32, payload: &[u8]) {
        self.0.send((time, payload.len())).expect("somebody listens");
    }
}

pub fn events(connection: &mut Connection) {
    let (sender, heard) = mpsc::channel();
    connection.add(BellService(Ear(sender))).expect("there is no other");
    for (times, len) in [(0, 1), (1, 1), (500, 4), (8, 500_000)] {
        assert_eq!(DeskClient::new(connection).ring(times, &vec![7; len]), Ok(times));
        let heard: Vec<_> = heard.try_iter().collect();
        assert_eq!(heard, (0..times).map(|time| (time, len)).collect::<Vec<_>>());
    }
    // Megabytes each way, and nothing is awaited meanwhile.
    for _ in 0..40 {
        assert_eq!(DeskClient::new(connection).ring_back(1, &[7; 200_000]), Ok(()));
    }
    goes_on(connection);
    assert_eq!(heard.try_iter().count(), 40);
}

pub fn deadlines(connection: &mut Connection) {
    connection.set_deadline(Duration::from_millis(100));
    let start = Instant::now();
    let problem = may_have_run(DeskClient::new(connection).wait(500));
    assert_eq!(problem.reason, Reason::Deadline);
    let took = start.elapsed();
    assert!((Duration::from_millis(90)..Duration::from_millis(450)).contains(&took), "{took:?}");
    // The late answer is nobody's.
    connection.set_deadline(Duration::from_secs(10));
    goes_on(connection);
}

pub fn limits(connection: &mut Connection) {
    let mut desk = DeskClient::new(connection);
    // A reply's head is 9 bytes with the length field, a call's is 25, and this length takes 3.
    let most = (1 << 20) - 9 - 3;
    assert_eq!(desk.blob(7, most).map(|blob| blob.len()), Ok(most as usize));
    assert_eq!(may_have_run(desk.blob(7, most + 1)).reason, Reason::ReplyTooLarge);
    let most = vec![7; (1 << 20) - 25 - 3];
    assert!(desk.echo(&most).as_deref() == Ok(&*most));
    assert_eq!(not_run(desk.echo(&[&*most, &[7]].concat())).reason, Reason::RequestTooLarge);
    goes_on(connection);
}

/// Sixteen threads make the first sockets of the process at once, every other one to listen. They
/// have the endpoint before, as to read a file takes each of them another time.
pub fn at_once(name: &str) {
    super::say("begins");
    let endpoint = find(name, Duration::from_secs(5)).expect("somebody serves").to_text();
    let barrier = Barrier::new(16);
    thread::scope(|scope| {
        for n in 0..16 {
            let (barrier, endpoint) = (&barrier, &endpoint);
            scope.spawn(move || {
                barrier.wait();
                let _listens = (n % 2 == 0).then(|| Server::bind_trusting_all(0).expect("a port"));
                let mut connection = Connection::open_endpoint(endpoint).expect("it is let in");
                assert_eq!(DeskClient::new(&mut connection).add(n, 1), Ok(n + 1));
            });
        }
    });
}
