//! Each limit of a server at its edge and one beyond, over sockets.

use std::time::{Duration, Instant};

use ipc_core::codec::Budget;
use ipc_runtime::{Connection, DecodeError, EndpointError, Error, Limits, Reason, ServerLimits};

use crate::harness::{Running, serve, watchdog};
use crate::raw::{CALL_HEAD, Raw, add, call, frame, varint};
use crate::target::TargetClient;

/// Long enough to see that nothing happens.
const WHILE: Duration = Duration::from_millis(150);

fn with_connection(connection: Limits) -> Running {
    serve(ServerLimits { connection, ..ServerLimits::DEFAULT })
}

#[test]
fn frame_of_what_comes_in() {
    let _watchdog = watchdog();
    const FRAME: usize = 5_000;
    let server = with_connection(Limits { frame: FRAME, ..Limits::DEFAULT });
    // A text's length takes two bytes.
    let take = |len: usize| {
        let count = varint(u32::try_from(len).expect("a count"));
        call(1, "take", &[&count[..], &vec![0; len]].concat())
    };
    let edge = FRAME - CALL_HEAD - 2;
    assert_eq!(take(edge).len(), FRAME);
    let mut raw = server.let_in();
    raw.send(&take(edge));
    let len = u32::try_from(edge).expect("a count");
    assert_eq!(raw.frame(), frame(2, 1, &len.to_le_bytes()));
    raw.send(&take(edge + 1)[..4]);
    assert_eq!(raw.read_to_end(), []);
}

#[test]
fn frame_of_what_goes_out() {
    let _watchdog = watchdog();
    const FRAME: usize = 5_000;
    let limits = Limits { frame: FRAME, ..Limits::DEFAULT };
    let server = with_connection(limits);
    // A reply's head is 9 bytes, and a list's length takes two.
    let edge = u32::try_from(FRAME - 9 - 2).expect("a count");
    let mut raw = server.let_in();
    raw.send(&call(1, "blob", &edge.to_le_bytes()));
    assert_eq!(raw.frame().len(), FRAME);
    raw.send(&call(1, "blob", &(edge + 1).to_le_bytes()));
    assert_eq!(raw.frame(), frame(3, 1, &[Reason::ReplyTooLarge as u8]));
    // The same on the client's side.
    let mut connection = server.connect();
    connection.set_limits(limits);
    let mut target = TargetClient::new(&mut connection);
    let edge = FRAME - CALL_HEAD - 2;
    assert_eq!(target.take(&vec![0; edge]), Ok(u32::try_from(edge).expect("a count")));
    let refused = target.take(&vec![0; edge + 1]).expect_err("it is too long");
    assert_eq!(refused.reason(), Some(Reason::RequestTooLarge));
    assert_eq!(target.take(&vec![0; edge]), Ok(u32::try_from(edge).expect("a count")));
}

/// What a call of `method` is answered with that is refused for this.
fn refused(raw: &mut Raw, method: &str, args: &[u8], error: DecodeError) {
    raw.send(&call(1, method, args));
    let code = [Reason::BadArguments as u8, error as u8];
    assert_eq!(raw.frame()[4..11], [&[3, 1, 0, 0, 0][..], &code].concat());
}

fn accepted(raw: &mut Raw, method: &str, args: &[u8]) {
    raw.send(&call(1, method, args));
    assert_eq!(raw.frame(), frame(2, 1, &[]));
}

#[test]
fn heap_of_a_frame() {
    let _watchdog = watchdog();
    let budget = Budget { heap: 800, ..Budget::DEFAULT };
    let server = with_connection(Limits { budget, ..Limits::DEFAULT });
    let mut raw = server.let_in();
    accepted(&mut raw, "numbers", &[&[100][..], &[0; 800]].concat());
    refused(&mut raw, "numbers", &[&[101][..], &[0; 808]].concat(), DecodeError::TooMuchMemory);
    accepted(&mut raw, "units", &varint(800));
    refused(&mut raw, "units", &varint(801), DecodeError::TooMuchMemory);
    accepted(&mut raw, "text", &[&varint(800)[..], &[b'a'; 800]].concat());
    refused(
        &mut raw,
        "text",
        &[&varint(801)[..], &[b'a'; 801]].concat(),
        DecodeError::TooMuchMemory,
    );
}

#[test]
fn depth_of_a_frame() {
    let _watchdog = watchdog();
    for depth in [1, 5] {
        let budget = Budget { depth, ..Budget::DEFAULT };
        let server = with_connection(Limits { budget, ..Limits::DEFAULT });
        let mut raw = server.let_in();
        let nested = |levels: u8| [vec![1; usize::from(levels) - 1], vec![0]].concat();
        accepted(&mut raw, "by_vec", &nested(depth));
        refused(&mut raw, "by_vec", &nested(depth + 1), DecodeError::TooDeep);
    }
}

#[test]
fn clients_at_once() {
    let _watchdog = watchdog();
    const CLIENTS: usize = 3;
    let server = serve(ServerLimits { clients: CLIENTS, ..ServerLimits::DEFAULT });
    let mut there: Vec<Connection> = (0..CLIENTS).map(|_| server.connect()).collect();
    for connection in &mut there {
        assert_eq!(TargetClient::new(connection).add(1, 2), Ok(3));
    }
    let Err(error) = Connection::open_endpoint(&server.endpoint) else { panic!("one too many") };
    assert_eq!(error, Error::Endpoint(EndpointError::TurnedAway));
    for connection in &mut there {
        assert_eq!(TargetClient::new(connection).add(1, 2), Ok(3));
    }
    there.pop();
    // The next one that comes finds its place.
    let start = Instant::now();
    loop {
        match Connection::open_endpoint(&server.endpoint) {
            Ok(mut connection) => {
                break assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
            }
            Err(error) => assert!(start.elapsed() < Duration::from_secs(2), "{error}"),
        }
    }
}

#[test]
fn clients_at_once_and_those_on_their_way() {
    let _watchdog = watchdog();
    const CLIENTS: usize = 3;
    const HANDSHAKES: usize = 4;
    let limits = ServerLimits { clients: CLIENTS, handshakes: HANDSHAKES, ..ServerLimits::DEFAULT };
    let server = serve(limits);
    let secret = server.secret();
    let mut all: Vec<Raw> = (1..CLIENTS).map(|_| server.let_in()).collect();
    // With one place left, so many are half-way at once, and nobody is turned away any more.
    let on_their_way: Vec<_> = (0..HANDSHAKES)
        .map(|_| {
            let mut raw = server.raw();
            let proof = raw.begin(&secret);
            (raw, proof)
        })
        .collect();
    for (mut raw, proof) in on_their_way {
        raw.send(&proof);
        all.push(raw);
    }
    let (call, reply) = add(1);
    for raw in &mut all {
        raw.send(&call);
        assert_eq!(raw.frame(), reply);
    }
    assert_eq!(all.len(), CLIENTS + HANDSHAKES - 1);
    assert!(server.raw().closed_after(Instant::now()) < Duration::from_secs(1));
}

#[test]
fn handshakes_at_once_the_oldest_goes() {
    let _watchdog = watchdog();
    const HANDSHAKES: usize = 4;
    let server = serve(ServerLimits { handshakes: HANDSHAKES, ..ServerLimits::DEFAULT });
    let secret = server.secret();
    // In an order that the server has seen: each is answered before the next one comes.
    let mut pending = Vec::new();
    let one_more = |pending: &mut Vec<(Raw, [u8; 16])>| {
        let mut raw = server.raw();
        let proof = raw.begin(&secret);
        pending.push((raw, proof));
        // So that their ages differ, in milliseconds.
        std::thread::sleep(Duration::from_millis(3));
    };
    for _ in 0..HANDSHAKES {
        one_more(&mut pending);
    }
    for (raw, _) in &mut pending {
        assert!(raw.is_open_after(WHILE / 10));
    }
    one_more(&mut pending);
    let (mut oldest, _) = pending.remove(0);
    assert!(oldest.closed_after(Instant::now()) < Duration::from_secs(1));
    // All others can go on.
    let (call, reply) = add(1);
    for (raw, proof) in &mut pending {
        raw.send(&[&proof[..], &call].concat());
        assert_eq!(raw.frame(), reply);
    }
}

#[test]
fn handshake_time() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits { handshake_time: 600, ..ServerLimits::DEFAULT });
    let secret = server.secret();
    let half_way = || {
        let mut raw = server.raw();
        let proof = raw.begin(&secret);
        (raw, proof)
    };
    let (call, reply) = add(1);
    let (mut early, proof) = half_way();
    std::thread::sleep(Duration::from_millis(350));
    early.send(&[&proof[..], &call].concat());
    assert_eq!(early.frame(), reply);
    let (mut late, _) = half_way();
    let taken = late.closed_after(Instant::now());
    assert!(
        (Duration::from_millis(550)..Duration::from_millis(1_100)).contains(&taken),
        "{taken:?}"
    );
    // Who is let in has no such time.
    early.send(&call);
    assert_eq!(early.frame(), reply);
}

#[test]
fn stall_time() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits { stall_time: 600, ..ServerLimits::DEFAULT });
    let (call, reply) = add(1);
    let mut raw = server.let_in();
    raw.send(&call[..10]);
    std::thread::sleep(Duration::from_millis(350));
    raw.send(&call[10..]);
    assert_eq!(raw.frame(), reply);
    raw.send(&call[..10]);
    let taken = raw.closed_after(Instant::now());
    assert!(
        (Duration::from_millis(550)..Duration::from_millis(1_100)).contains(&taken),
        "{taken:?}"
    );
}

#[test]
fn write_queue() {
    let _watchdog = watchdog();
    const BLOB: usize = 60 * 1024;
    const BLOBS: usize = 400;
    for queue in [0, 200 * 1024, 4 << 20] {
        let server = serve(ServerLimits { write_queue: queue, ..ServerLimits::DEFAULT });
        let mut raw = server.let_in();
        let len = u32::try_from(BLOB).expect("a count");
        raw.send(&call(1, "blob", &len.to_le_bytes()).repeat(BLOBS));
        // Another client learns how many of them have run, once no more do.
        let mut other = server.connect();
        let mut target = TargetClient::new(&mut other);
        let mut ran = u32::MAX;
        while ran != target.ran().expect("an answer") {
            ran = target.ran().expect("an answer");
            std::thread::sleep(WHILE);
        }
        let ran = ran as usize;
        let waiting = pending(&raw);
        // What is neither in the client's socket nor in the server's is in the queue.
        assert!(ran * BLOB >= waiting, "{ran} and {waiting}");
        assert!(ran < BLOBS, "none had to wait");
        let held = ran * BLOB - waiting;
        assert!(held <= queue + BLOB + SOCKET, "{ran} ran with {queue}, {held} held");
        // They go on where they were as soon as they are read.
        for _ in 0..BLOBS {
            assert_eq!(raw.frame().len(), 9 + 3 + BLOB);
        }
    }
}

/// The most that a server's socket holds of what it has not sent.
const SOCKET: usize = 6 << 20;

/// Bytes that have come and have not been read.
fn pending(raw: &Raw) -> usize {
    let mut bytes = vec![0; 16 << 20];
    raw.0.peek(&mut bytes).unwrap_or(0)
}
