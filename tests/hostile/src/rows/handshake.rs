//! R19: who has no key, a million times.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::keys::{AUTH, HELLO_C, HELLO_S, Secret, client_hello, client_proof, nonce};
use crate::raw::{Noise, add};
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::{connect_from, read_to_end};

/// No read takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

const ATTEMPTS: u32 = 1_000_000;

/// A machine that is too slow for so many in so long makes as many as it can.
const TIME: Duration = Duration::from_secs(200);

/// What one handshake came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Closed; was sent so many bytes.
    Refused(usize),
    Trusted,
}

/// Says `hello`, and then what `proof` makes of the answer, with a call behind it.
pub fn attempt(
    host: u8,
    port: u16,
    hello: &[u8],
    proof: impl FnOnce(&[u8; HELLO_S]) -> Vec<u8>,
) -> Fate {
    let mut stream = connect_from(host, port).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let _ = stream.write_all(hello);
    let mut answer = [0; HELLO_S];
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    if stream.read_exact(&mut answer).is_err() {
        return Fate::Refused(0);
    }
    let (call, reply) = add(1);
    let _ = stream.write_all(&[&proof(&answer)[..], &call].concat());
    let mut said = vec![0; reply.len()];
    match stream.read_exact(&mut said) {
        Ok(()) => Fate::Trusted,
        Err(_) => {
            Fate::Refused(HELLO_S + read_to_end(&mut stream, PATIENCE).map_or(0, |rest| rest.len()))
        }
    }
}

/// Somebody without the key: a guess; the right proof but for a bit; that of another key; random bytes.
fn stranger(secret: &Secret, noise: &mut Noise) -> Fate {
    let (dice, port) = (noise.next(), secret.port);
    let hello = client_hello(nonce());
    let host = 10 + (noise.next() >> 59) as u8;
    match dice % 4 {
        0 => attempt(host, port, &hello, |_| noise.bytes(AUTH)),
        1 => attempt(host, port, &hello, |answer| {
            let mut proof = client_proof(secret, &hello, answer);
            proof[usize::from(dice.to_le_bytes()[6]) % AUTH] ^= 1 << (dice >> 61);
            proof.to_vec()
        }),
        2 => attempt(host, port, &hello, |answer| {
            let other = Secret { key: nonce(), ..*secret };
            client_proof(&other, &hello, answer).to_vec()
        }),
        _ => attempt(host, port, &noise.bytes(HELLO_C), |_| vec![0; AUTH]),
    }
}

/// Half of the attempts: how many were let in, how many were not, and the most that one was sent.
fn batter(secret: &Secret, mut noise: Noise, start: Instant) -> (u32, u32, usize) {
    let (mut trusted, mut refused, mut said) = (0, 0, 0);
    while trusted + refused < ATTEMPTS / 2 && start.elapsed() < TIME {
        match stranger(secret, &mut noise) {
            Fate::Trusted => trusted += 1,
            Fate::Refused(bytes) => {
                refused += 1;
                said = said.max(bytes);
            }
        }
    }
    (trusted, refused, said)
}

pub fn row(report: &mut Report) {
    let mut served = Served::start(&[]);
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let idle = honest.watch(Duration::from_secs(2));
    let (rss, descriptors) = (served.process.rss(), served.process.descriptors());
    let start = Instant::now();
    let threads =
        [0x19, 0x91].map(|seed| thread::spawn(move || batter(&secret, Noise(seed), start)));
    let [one, two] = threads.map(|thread| thread.join().expect("it only counts"));
    let (trusted, refused, said) = (one.0 + two.0, one.1 + two.1, one.2.max(two.2));
    let taken = start.elapsed();
    report.check(
        trusted == 0 && (refused >= ATTEMPTS || taken >= TIME),
        format!("{refused} refused, {trusted} let in, in {taken:.1?}"),
    );
    report.check(said <= HELLO_S, format!("none drew more than {said} bytes"));
    // The same by somebody who has it is right.
    let hello = client_hello(nonce());
    let right =
        attempt(9, secret.port, &hello, |answer| client_proof(&secret, &hello, answer).to_vec());
    report.check(right == Fate::Trusted, "one with the key is let in");
    let lap = honest.lap();
    report.say(format!("idle p99 {} us", idle.p99));
    report.check(lap.is_served(), lap);
    report.check(
        served.process.comes_down_to(descriptors),
        format!("descriptors afterwards no more than before: {descriptors}"),
    );
    let grown = served.process.rss().saturating_sub(rss) / 1024;
    report.check(grown <= 512, format!("memory grew by {grown} KiB"));
    report.check(served.process.is_alive(), "the server is there");
}
