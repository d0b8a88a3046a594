//! Peers that have a key and make their frames by the library, but send and read them as they like.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ipc_core::auth::{ClientHandshake, Step};
use ipc_core::codec::to_bytes;
use ipc_core::method::Method;
use ipc_core::session::{Limits, Session};
use ipc_runtime::Service;
use ipc_runtime::endpoint::{Claim, Endpoint, dial, find, publish};
use tests::desk::{Clerk, DeskClient, DeskService};

/// No single read or write takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

fn method(name: &str) -> &'static Method {
    let methods = DeskService(Clerk::new()).methods();
    methods.iter().find(|method| method.name == name).expect("there is such a method")
}

/// So many calls with two numbers each.
fn calls(name: &str, count: u32, second: u32) -> Vec<u8> {
    let mut session = Session::new(Limits::DEFAULT);
    for first in 0..count {
        let arguments = session.begin_call(method(name), 0);
        arguments.put(first.to_le_bytes());
        arguments.put(second.to_le_bytes());
        session.end_call().expect("it is short");
    }
    session.unsent().to_vec()
}

/// What [`calls`] of `Desk.blob` are answered with.
fn blobs(count: u32, len: u32) -> Vec<u8> {
    let answer = |first: u32| {
        let blob = to_bytes(&vec![first.to_le_bytes()[0]; len as usize]);
        let rest = u32::try_from(5 + blob.len()).expect("a frame is that short");
        [&rest.to_le_bytes()[..], &[2], &(first + 1).to_le_bytes(), &blob].concat()
    };
    (0..count).map(answer).collect::<Vec<_>>().concat()
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

/// A connection that the server has let in.
fn let_in(name: &str) -> TcpStream {
    let endpoint = find(name, PATIENCE).expect("somebody serves");
    patient(dial(&endpoint, 2_000).expect("it is the one"))
}

/// Sends `len` bytes of a handshake with three calls behind it, and stays to be killed.
pub fn cut(name: &str, len: usize) {
    let endpoint = find(name, PATIENCE).expect("somebody serves");
    let stream = TcpStream::connect(("127.0.0.1", endpoint.port())).expect("it listens");
    let mut stream = patient(stream);
    let mut handshake = ClientHandshake::new(&endpoint.secret(), [7; 16]);
    let hello = handshake.hello().to_vec();
    let mut left = len;
    let mut send = |stream: &mut TcpStream, bytes: &[u8]| {
        let n = bytes.len().min(left);
        stream.write_all(&bytes[..n]).expect("the server takes it");
        left -= n;
        n == bytes.len()
    };
    if send(&mut stream, &hello) {
        let space = handshake.space();
        let wanted = space.len();
        stream.read_exact(space).expect("the server proves itself");
        let proof = handshake.filled(wanted).expect("it is the one").expect("it is all there");
        let all = [proof, &calls("Desk.add", 3, 1)].concat();
        if send(&mut stream, &all) {
            super::say("all");
        }
    }
    super::say("sent");
    super::until_input_ends();
}

/// Sends many calls and then no more, and gets every answer before the end.
pub fn half_close(name: &str) {
    for (count, len) in [(1, 1), (100, 10), (40, 300_000)] {
        let mut stream = let_in(name);
        stream.write_all(&calls("Desk.blob", count, len)).expect("the server takes it");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).expect("the server ends in good order");
        assert!(answers == blobs(count, len), "{count} of {len}: {}", answers.len());
    }
}

/// Sends a byte at a time; then asks for more than all buffers hold, and reads it late and in odd
/// pieces.
pub fn pieces(name: &str) {
    let mut stream = let_in(name);
    for byte in calls("Desk.blob", 20, 3) {
        stream.write_all(&[byte]).expect("the server takes it");
    }
    let mut answers = vec![0; blobs(20, 3).len()];
    stream.read_exact(&mut answers).expect("every answer");
    assert_eq!(answers, blobs(20, 3));

    let expected = blobs(16, 1_000_000);
    let mut stream = let_in(name);
    stream.write_all(&calls("Desk.blob", 16, 1_000_000)).expect("the server takes it");
    thread::sleep(Duration::from_millis(100));
    let (mut at, mut piece) = (0, 1);
    while at < expected.len() {
        let mut into = vec![0; piece.min(expected.len() - at)];
        stream.read_exact(&mut into).expect("more");
        assert!(into == expected[at..at + into.len()], "from {at} on");
        at += into.len();
        piece = piece * 3 % 100_003 + 1;
    }
}

/// Behind a slow call, one that waits for less than that: it does not run, and its caller is told.
pub fn late(name: &str) {
    let mut session = Session::new(Limits::DEFAULT);
    session.begin_call(method("Desk.wait"), 0).put(100_u32.to_le_bytes());
    session.end_call().expect("it is short");
    for deadline in [20, 60_000] {
        session.begin_call(method("Desk.add"), deadline).put([0; 8]);
        session.end_call().expect("it is short");
    }
    let mut stream = let_in(name);
    stream.write_all(session.unsent()).expect("the server takes it");
    // WIRE.md §4 and §6: a reply, the fault of a call that was late, a reply.
    let expected = [
        &[9, 0, 0, 0, 2, 1, 0, 0, 0, 100, 0, 0, 0][..],
        &[6, 0, 0, 0, 3, 2, 0, 0, 0, 5],
        &[9, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let mut answers = vec![0; expected.len()];
    stream.read_exact(&mut answers).expect("every answer");
    assert_eq!(answers, expected);
}

/// Leaves with answers unread, again and again, and harms nobody.
pub fn leaves(name: &str) {
    let mut honest = super::open(name);
    for round in 0..20 {
        let mut stream = let_in(name);
        stream.write_all(&calls("Desk.blob", 20, 500_000)).expect("the server takes it");
        stream.peek(&mut [0]).expect("an answer");
        drop(stream);
        assert_eq!(DeskClient::new(&mut honest).add(round, 1), Ok(round + 1));
    }
}

/// One write and one read a call, and nothing besides: the least that a blocking client can do.
pub fn speed(name: &str, count: u32) {
    let mut stream = let_in(name);
    let call = calls("Desk.add", 1, 1);
    let mut answer = [0; 13];
    super::say_median(count, |_| {
        stream.write_all(&call).expect("the server takes it");
        stream.read_exact(&mut answer).expect("an answer");
    });
}

/// Lets one client in and reads of its first call all (`closes`) or the length (`resets`), before
/// the connection is dropped. With bytes unread that is a reset.
pub fn serve_and(end: &str, name: &str) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let published = publish(name, port, Claim::IfFree).expect("the name is free");
    super::say("serving");
    let (stream, _) = listener.accept().expect("a client");
    let mut stream = patient(stream);
    prove(&mut stream, published.endpoint());
    let mut len = [0; 4];
    stream.read_exact(&mut len).expect("a call");
    if end == "closes" {
        let mut rest = vec![0; u32::from_le_bytes(len) as usize];
        stream.read_exact(&mut rest).expect("the rest of it");
    } else {
        stream.peek(&mut [0]).expect("the rest of it");
    }
}

/// Has a client prove itself, on a socket that blocks.
pub fn prove(stream: &mut TcpStream, endpoint: &Endpoint) {
    let mut handshake = endpoint.server_handshake().expect("random bytes");
    loop {
        let n = stream.read(handshake.space()).expect("a hello or a proof");
        match handshake.filled(n) {
            Step::NeedMore => {}
            Step::Send(hello) => stream.write_all(hello).expect("the client takes it"),
            Step::Done => return,
            Step::Refuse => panic!("it is not the one"),
        }
    }
}
