//! Who has no key gets nowhere, and learns nothing (R18, R19): seen by a server that is attacked,
//! and by a client that is.

use std::io::ErrorKind;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, EndpointError, Error, ServerLimits};

use crate::harness::{Running, serve, watchdog};
use crate::honest::Honest;
use crate::keys::{
    AUTH, HELLO_C, HELLO_S, Secret, client_hello, client_proof, is_proved, made_up, nonce, secret,
    server_hello, text_of, with_secret,
};
use crate::raw::{Noise, Raw, add};
use crate::target::TargetClient;

/// What programs that mean somebody else begin with.
const STRANGERS: [&[u8]; 10] = [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"id\":1}\n",
    b"\0AUTH EXTERNAL 30\r\n",
    b"*1\r\n$4\r\nPING\r\n",
    &[0; 64],
];

#[test]
fn strangers_draw_no_byte_and_are_closed_at_their_first() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    for stranger in STRANGERS {
        let mut raw = server.raw();
        raw.try_send(stranger);
        assert_eq!(raw.read_to_end(), [], "{}", stranger.escape_ascii());
        let mut raw = server.raw();
        let start = Instant::now();
        raw.send(&stranger[..1]);
        // Not when the time for the handshake is up.
        assert!(raw.closed_after(start) < Duration::from_secs(1), "{}", stranger.escape_ascii());
    }
    honest.was_served();
}

#[test]
fn a_hello_is_refused_at_its_first_wrong_byte() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let right = client_hello(nonce());
    for at in 0..16 {
        let mut wrong = right;
        wrong[at] ^= 1;
        let mut raw = server.raw();
        raw.send(&wrong[..at]);
        let start = Instant::now();
        raw.send(&wrong[at..=at]);
        assert!(raw.closed_after(start) < Duration::from_secs(1), "byte {at}");
    }
}

/// What a connection has done that went through the handshake like this.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// Closed before it was answered.
    Hello,
    /// Closed after the server's hello, having learnt no more.
    Refused,
    /// A call was answered.
    Trusted,
}

/// Says `hello`, and then what `proof` makes of the answer, with a call behind it.
fn attack(server: &Running, hello: &[u8], proof: impl FnOnce(&[u8; HELLO_S]) -> Vec<u8>) -> Fate {
    let mut raw = server.raw();
    raw.send(hello);
    let mut answer = [0; HELLO_S];
    if let Err(error) = std::io::Read::read_exact(&mut raw.0, &mut answer) {
        assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset));
        return Fate::Hello;
    }
    let (call, reply) = add(1);
    raw.try_send(&[proof(&answer), call].concat());
    // Who is trusted has to be told that there is no more.
    let _ = raw.0.shutdown(Shutdown::Write);
    match raw.read_to_end() {
        said if said.is_empty() => Fate::Refused,
        said => {
            assert_eq!(said, reply);
            Fate::Trusted
        }
    }
}

#[test]
fn a_client_without_the_right_secret_is_refused() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let right = server.secret();
    let with = |secret: Secret| {
        let hello = client_hello(nonce());
        attack(&server, &hello, |answer| client_proof(&secret, &hello, answer).to_vec())
    };
    assert_eq!(with(right), Fate::Trusted);
    for at in 0..128 {
        let flipped = |mut bytes: [u8; 16]| {
            bytes[at / 8] ^= 1 << (at % 8);
            bytes
        };
        assert_eq!(with(Secret { key: flipped(right.key), ..right }), Fate::Refused);
        let old = Secret { instance: flipped(right.instance), ..right };
        assert_eq!(with(old), Fate::Refused);
    }
    assert_eq!(with(Secret { port: right.port ^ 1, ..right }), Fate::Refused);
    honest.was_served();
}

#[test]
fn every_bit_of_what_a_client_says_counts() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let secret = server.secret();
    for bit in 0..8 * (HELLO_C + AUTH) {
        let (hello, mask) = (client_hello(nonce()), 1 << (bit % 8));
        let mut said = hello;
        if let Some(byte) = said.get_mut(bit / 8) {
            *byte ^= mask;
        }
        let fate = attack(&server, &said, |answer| {
            // A client that took this for an answer to what it said itself would be wrong.
            let believed = is_proved(&secret, &hello, answer);
            assert_eq!(believed, bit >= 8 * HELLO_C, "bit {bit}");
            let mut proof = client_proof(&secret, &hello, answer).to_vec();
            if let Some(byte) = (bit / 8).checked_sub(HELLO_C).and_then(|at| proof.get_mut(at)) {
                *byte ^= mask;
            }
            proof
        });
        // All but the nonce is seen at once.
        let expected = if bit < 8 * 16 { Fate::Hello } else { Fate::Refused };
        assert_eq!(fate, expected, "bit {bit}");
    }
}

#[test]
fn what_was_said_once_proves_nothing_again() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let (secret, hello) = (server.secret(), client_hello(nonce()));
    let mut recorded = Vec::new();
    let first = attack(&server, &hello, |answer| {
        recorded = client_proof(&secret, &hello, answer).to_vec();
        recorded.clone()
    });
    assert_eq!(first, Fate::Trusted);
    for _ in 0..20 {
        assert_eq!(attack(&server, &hello, |_| recorded.clone()), Fate::Refused);
    }
}

#[test]
fn a_servers_own_words_prove_nothing() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    // Its proof, sent back to it, of this connection and of another with the same nonce.
    let hello = client_hello(nonce());
    let mut other = server.raw();
    other.send(&hello);
    let elsewhere = other.read_array::<HELLO_S>();
    assert_eq!(attack(&server, &hello, |own| own[32..].to_vec()), Fate::Refused);
    assert_eq!(attack(&server, &hello, |_| elsewhere[32..].to_vec()), Fate::Refused);
    // Its hello, sent back to it as a hello.
    assert_eq!(attack(&server, &elsewhere[..HELLO_C], |_| vec![]), Fate::Hello);
}

#[test]
fn bytes_in_between_are_refused() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let secret = server.secret();
    for extra in [1, 2, 16, 32] {
        let hello = client_hello(nonce());
        let proof = |answer: &[u8; HELLO_S]| client_proof(&secret, &hello, answer);
        // Behind the hello, and behind the server's answer.
        let early = attack(&server, &[&hello[..], &vec![0; extra]].concat(), |answer| {
            proof(answer).to_vec()
        });
        assert_eq!(early, Fate::Refused, "{extra} early");
        let late = attack(&server, &hello, |answer| [&vec![0; extra][..], &proof(answer)].concat());
        assert_eq!(late, Fate::Refused, "{extra} late");
    }
}

#[test]
fn random_handshakes_are_refused() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let mut noise = Noise(0xf5);
    for _ in 0..2_000 {
        let fate = attack(&server, &client_hello(nonce()), |_| noise.bytes(AUTH));
        assert_eq!(fate, Fate::Refused);
    }
    honest.was_served();
}

/// Listens, and does `answer` to whoever connects, with what they said first. Says what they said
/// after that.
fn impostor(
    count: usize,
    mut answer: impl FnMut(u16, &mut Raw, [u8; HELLO_C]) + Send + 'static,
) -> (u16, thread::JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let thread = thread::spawn(move || {
        let one = |_| {
            let mut raw = Raw::new(listener.accept().expect("somebody connects").0);
            let hello = raw.read_array();
            answer(port, &mut raw, hello);
            raw.read_to_end()
        };
        (0..count).map(one).collect()
    });
    (port, thread)
}

#[test]
fn a_client_sends_its_proof_to_no_wrong_server() {
    let _watchdog = watchdog();
    const BITS: usize = 8 * HELLO_S;
    let (key, instance) = (nonce(), nonce());
    let secret = move |port| Secret { key, instance, port };
    let mut bit = 0;
    let (port, thread) = impostor(BITS, move |port, raw, hello| {
        let mut answer = server_hello(&secret(port), &hello, nonce());
        answer[bit / 8] ^= 1 << (bit % 8);
        bit += 1;
        raw.try_send(&answer);
    });
    let text = text_of(&secret(port));
    for bit in 0..BITS {
        let Err(Error::Endpoint(error)) = Connection::open_endpoint(&text) else {
            panic!("bit {bit} was overlooked")
        };
        let expected =
            if bit < 8 * 16 { EndpointError::NotOurProtocol } else { EndpointError::WrongKey };
        assert_eq!(error, expected, "bit {bit}");
    }
    for said in thread.join().expect("the impostor came to its end") {
        assert_eq!(said, [], "beyond the hello");
    }
}

#[test]
fn a_client_sends_its_proof_to_nobody_without_the_key() {
    let _watchdog = watchdog();
    type Answer = fn(u16, [u8; HELLO_C]) -> Vec<u8>;
    // With another key, with what it said itself, with other protocols' words, with a part.
    let answers: [Answer; 6] = [
        |port, hello| server_hello(&made_up(port), &hello, nonce()).to_vec(),
        |_, hello| [&hello[..], &hello[..16]].concat(),
        |_, hello| hello.to_vec(),
        |_, _| b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(),
        |_, _| b"OK 1234deadbeef\r\n".to_vec(),
        |_, _| vec![0; 4],
    ];
    let count = answers.len();
    let mut answers = answers.into_iter();
    let (port, thread) = impostor(count, move |port, raw, hello| {
        let answer = answers.next().expect("one for each");
        raw.try_send(&answer(port, hello));
    });
    let text = text_of(&made_up(port));
    for at in 0..count {
        let start = Instant::now();
        let Err(Error::Endpoint(error)) = Connection::open_endpoint(&text) else {
            panic!("answer {at} was taken")
        };
        let expected =
            if at == 0 { EndpointError::WrongKey } else { EndpointError::NotOurProtocol };
        assert_eq!(error, expected, "answer {at}");
        assert!(start.elapsed() < Duration::from_secs(1), "answer {at} was waited for");
    }
    for said in thread.join().expect("the impostor came to its end") {
        assert_eq!(said, [], "beyond the hello");
    }
}

/// Passes everything on between a client and the server at `to`, and says what the client said.
fn relay(to: u16) -> (u16, thread::JoinHandle<usize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let thread = thread::spawn(move || {
        let client = listener.accept().expect("somebody connects").0;
        let server = TcpStream::connect(("127.0.0.1", to)).expect("the server listens");
        let copy = |mut from: TcpStream, mut to: TcpStream| {
            let copied = std::io::copy(&mut from, &mut to).unwrap_or(usize::MAX as u64);
            let _ = to.shutdown(Shutdown::Write);
            usize::try_from(copied).expect("a handshake is that short")
        };
        let (back_from, back_to) = (server.try_clone(), client.try_clone());
        let back = (back_from.expect("a socket"), back_to.expect("a socket"));
        let back = thread::spawn(move || copy(back.0, back.1));
        let said = copy(client, server);
        let _ = back.join();
        said
    });
    (port, thread)
}

#[test]
fn a_relay_from_another_port_is_refused() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let (port, thread) = relay(server.port());
    let endpoint = with_secret(&server.endpoint, &Secret { port, ..server.secret() });
    let Err(error) = Connection::open_endpoint(&endpoint) else { panic!("it was let in") };
    assert_eq!(error, Error::Endpoint(EndpointError::WrongKey));
    assert_eq!(thread.join().expect("the relay came to its end"), HELLO_C, "bytes of the client's");
}

#[test]
fn an_old_endpoint_is_refused() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let now = server.secret();
    for old in
        [Secret { key: nonce(), ..now }, Secret { instance: nonce(), ..now }, made_up(now.port)]
    {
        let endpoint = with_secret(&server.endpoint, &old);
        assert_eq!(secret(&endpoint).key, old.key);
        let Err(error) = Connection::open_endpoint(&endpoint) else { panic!("it was let in") };
        assert_eq!(error, Error::Endpoint(EndpointError::WrongKey));
    }
    let mut connection = server.connect();
    assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
}
