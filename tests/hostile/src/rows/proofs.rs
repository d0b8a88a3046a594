//! R19: what each bit of a handshake is worth, to a server and to a client; what a recorded one is, one
//! that is passed on, and one that is sent back.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ipc_runtime::{Connection, EndpointError, Error};

use super::handshake::{Fate, attempt};
use crate::honest::Honest;
use crate::keys::{
    AUTH, HELLO_C, HELLO_S, Secret, client_hello, client_proof, made_up, nonce, server_hello,
    text_of, with_secret,
};
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::read_to_end;
use crate::tap::Tap;

const HOST: u8 = 8;

pub fn row(report: &mut Report) {
    let served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    bits_of_the_client(report, &served.secret());
    bits_of_the_server(report);
    said_before(report, &served.secret());
    passed_on(report, &served);
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn bits_of_the_client(report: &mut Report, secret: &Secret) {
    const BITS: usize = 8 * (HELLO_C + AUTH);
    let (mut refused, mut unanswered) = (0, 0);
    for bit in 0..BITS {
        let hello = client_hello(nonce());
        let in_hello = bit < 8 * HELLO_C;
        let said = if in_hello { flipped(&hello, bit) } else { hello.to_vec() };
        let fate = attempt(HOST, secret.port, &said, |answer| {
            let proof = client_proof(secret, &hello, answer);
            if in_hello { proof.to_vec() } else { flipped(&proof, bit - 8 * HELLO_C) }
        });
        refused += u32::from(fate != Fate::Trusted);
        unanswered += u32::from(fate == Fate::Refused(0));
    }
    // All of the hello but its nonce is seen to be wrong before anything is said.
    report.check(
        refused == BITS as u32 && unanswered == 8 * 16,
        format!("each of {BITS} bits of a client's flipped: {refused} refused, {unanswered} of them without a byte"),
    );
}

/// Against the real client, by somebody who would have the key otherwise.
fn bits_of_the_server(report: &mut Report) {
    const BITS: usize = 8 * HELLO_S;
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let secret = made_up(listener.local_addr().expect("it listens").port());
    let impostor = thread::spawn(move || {
        (0..BITS).map(|bit| answer_wrongly(&listener, &secret, bit)).max().unwrap_or(0)
    });
    let text = text_of(&secret);
    let refused = (0..BITS).filter(|_| Connection::open_endpoint(&text).is_err()).count();
    let heard = impostor.join().expect("it came to its end");
    report.check(
        refused == BITS && heard == HELLO_C,
        format!("each of {BITS} bits of a server's flipped: {refused} refused, {heard} bytes heard at most"),
    );
}

/// Says how many bytes it was told.
fn answer_wrongly(listener: &TcpListener, secret: &Secret, bit: usize) -> usize {
    let mut stream = listener.accept().expect("somebody connects").0;
    let mut hello = [0; HELLO_C];
    stream.read_exact(&mut hello).expect("a hello");
    let _ = stream.write_all(&flipped(&server_hello(secret, &hello, nonce()), bit));
    HELLO_C + rest(stream)
}

fn rest(mut stream: TcpStream) -> usize {
    read_to_end(&mut stream, Duration::from_secs(10)).expect("it is closed").len()
}

fn said_before(report: &mut Report, secret: &Secret) {
    let hello = client_hello(nonce());
    let say = |hello: &[u8], proof: &dyn Fn(&[u8; HELLO_S]) -> Vec<u8>| {
        attempt(HOST, secret.port, hello, proof)
    };
    let prove = |with: Secret, answer: &[u8; HELLO_S]| client_proof(&with, &hello, answer).to_vec();
    let (mut recorded, mut servers) = (Vec::new(), Vec::new());
    let first = attempt(HOST, secret.port, &hello, |answer| {
        servers = answer.to_vec();
        recorded = prove(*secret, answer);
        recorded.clone()
    });
    report.check(first == Fate::Trusted, "a handshake that is recorded is accepted");
    let early = [&hello[..], &[0]].concat();
    let old = Secret { instance: nonce(), ..*secret };
    let elsewhere = Secret { port: secret.port ^ 1, ..*secret };
    for (what, fate) in [
        ("replayed", say(&hello, &|_| recorded.clone())),
        ("with the server's own proof", say(&hello, &|answer| answer[32..].to_vec())),
        ("with the server's own hello", say(&servers[..HELLO_C], &|_| recorded.clone())),
        ("of an earlier start", say(&hello, &|answer| prove(old, answer))),
        ("for another port", say(&hello, &|answer| prove(elsewhere, answer))),
        ("with a byte too many", say(&early, &|answer| prove(*secret, answer))),
    ] {
        report.check(fate != Fate::Trusted, format!("{what}: {fate:?}"));
    }
}

/// By somebody at another port, who has a client believe that the server is there.
fn passed_on(report: &mut Report, served: &Served) {
    let tap = Tap::start(served.port());
    let secret = Secret { port: tap.port, ..served.secret() };
    let outcome = Connection::open_endpoint(&with_secret(&served.endpoint, &secret)).map(drop);
    // What it would say next.
    thread::sleep(Duration::from_millis(200));
    let [_, sent, back] = tap.counted();
    report.check(
        outcome == Err(Error::Endpoint(EndpointError::WrongKey)) && sent == HELLO_C as u64,
        format!("passed on: {outcome:?}, {sent} bytes of the client's and {back} of the server's"),
    );
}
