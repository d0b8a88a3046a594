//! The handshake, byte by byte: who is let in, and what the others draw. Its bytes themselves are
//! checked by the vectors of WIRE.md.

use std::hash::Hasher;

use ipc_core::auth::{AuthError, ClientHandshake, Secret, ServerHandshake, Step};
use siphasher::sip128::{Hasher128, SipHasher24};

const SECRET: Secret = Secret { key: [0x4b; 16], instance: [0x49; 16], port: 40_000 };
const CLIENTS: [u8; 16] = [0xc1; 16];
const SERVERS: [u8; 16] = [0x5e; 16];

const HELLO_C: usize = 32;
const HELLO_S: usize = 48;
const AUTH: usize = 16;

/// Everything that both sides say, when they are honest.
struct Transcript {
    hello_c: Vec<u8>,
    hello_s: Vec<u8>,
    auth: Vec<u8>,
}

fn recorded(secret: &Secret, clients: [u8; 16], servers: [u8; 16]) -> Transcript {
    let mut client = ClientHandshake::new(secret, clients);
    let mut server = Server::new(secret, servers);
    let hello_c = client.hello().to_vec();
    let Verdict::Waits { hello_s: Some(hello_s) } = server.take(&hello_c) else {
        panic!("an honest hello is answered");
    };
    let auth = answer(&mut client, &hello_s).expect("honest").expect("whole");
    Transcript { hello_c, hello_s, auth }
}

/// What a server made of all that has come so far.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It waits for more, and what it has sent.
    Waits { hello_s: Option<Vec<u8>> },
    /// It trusts the client, and how many of the bytes it took.
    Trusts { taken: usize },
    /// It closes, and whether it had sent anything.
    Closes { answered: bool },
}

/// A server's side, with a stream in front of it.
struct Server {
    handshake: ServerHandshake,
    hello_s: Option<Vec<u8>>,
    taken: usize,
}

impl Server {
    fn new(secret: &Secret, nonce: [u8; 16]) -> Server {
        Server { handshake: ServerHandshake::new(secret, nonce), hello_s: None, taken: 0 }
    }

    /// Takes from what has come as much as it wants.
    fn take(&mut self, mut come: &[u8]) -> Verdict {
        while !come.is_empty() {
            let space = self.handshake.space();
            let n = space.len().min(come.len());
            assert!(n > 0, "a handshake that goes on has room for more");
            space[..n].copy_from_slice(&come[..n]);
            come = &come[n..];
            self.taken += n;
            match self.handshake.filled(n) {
                Step::NeedMore => {}
                Step::Send(hello_s) => {
                    assert_eq!(self.hello_s.replace(hello_s.to_vec()), None, "one answer");
                }
                Step::Done => return Verdict::Trusts { taken: self.taken },
                Step::Refuse => return Verdict::Closes { answered: self.hello_s.is_some() },
            }
        }
        Verdict::Waits { hello_s: self.hello_s.clone() }
    }
}

/// What the client says to the server's bytes.
fn answer(client: &mut ClientHandshake, mut come: &[u8]) -> Result<Option<Vec<u8>>, AuthError> {
    while !come.is_empty() {
        let space = client.space();
        let n = space.len().min(come.len());
        space[..n].copy_from_slice(&come[..n]);
        come = &come[n..];
        if let Some(auth) = client.filled(n)? {
            assert!(come.is_empty(), "the server says no more");
            return Ok(Some(auth.to_vec()));
        }
    }
    Ok(None)
}

fn client() -> ClientHandshake {
    ClientHandshake::new(&SECRET, CLIENTS)
}

fn server() -> Server {
    Server::new(&SECRET, SERVERS)
}

fn honest() -> Transcript {
    recorded(&SECRET, CLIENTS, SERVERS)
}

#[test]
fn honest_sides_trust_each_other_and_calls_are_left_alone() {
    let Transcript { hello_c, hello_s, auth } = honest();
    assert_eq!((hello_c.len(), hello_s.len(), auth.len()), (HELLO_C, HELLO_S, AUTH));
    let mut server = server();
    assert_eq!(server.take(&hello_c), Verdict::Waits { hello_s: Some(hello_s) });
    let with_calls = [auth.as_slice(), b"calls"].concat();
    assert_eq!(server.take(&with_calls), Verdict::Trusts { taken: HELLO_C + AUTH });
}

#[test]
fn every_split_of_the_streams_comes_to_the_same() {
    let Transcript { hello_c, hello_s, auth } = honest();
    let sent = [hello_c, auth.clone()].concat();
    // Three pieces, in all ways; a piece may be empty.
    for first in 0..=sent.len() {
        for second in first..=sent.len() {
            let mut server = server();
            let mut verdict = Verdict::Waits { hello_s: None };
            for piece in [&sent[..first], &sent[first..second], &sent[second..]] {
                if !piece.is_empty() {
                    verdict = server.take(piece);
                }
            }
            assert_eq!(verdict, Verdict::Trusts { taken: 48 }, "{first} {second}");
            assert_eq!(server.hello_s.as_deref(), Some(hello_s.as_slice()));
        }
    }
    for first in 0..=HELLO_S {
        for second in first..=HELLO_S {
            let mut client = client();
            let pieces = [&hello_s[..first], &hello_s[first..second], &hello_s[second..]];
            let said = pieces.map(|piece| answer(&mut client, piece).expect("honest"));
            let said: Vec<_> = said.into_iter().flatten().collect();
            assert_eq!(said.concat(), auth, "{first} {second}");
        }
    }
}

#[test]
fn nothing_is_done_before_the_last_byte() {
    let Transcript { hello_c, hello_s, auth } = honest();
    let sent = [hello_c, auth].concat();
    for len in 0..sent.len() {
        let expected = (len >= HELLO_C).then(|| hello_s.clone());
        assert_eq!(server().take(&sent[..len]), Verdict::Waits { hello_s: expected }, "{len}");
    }
    for len in 0..HELLO_S {
        assert_eq!(answer(&mut client(), &hello_s[..len]), Ok(None), "{len}");
    }
}

#[test]
fn every_flipped_bit_of_what_a_client_says_is_refused() {
    let Transcript { hello_c, hello_s, auth } = honest();
    let sent = [hello_c, auth].concat();
    for bit in 0..sent.len() * 8 {
        let mut flipped = sent.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut server = server();
        let Verdict::Closes { answered } = server.take(&flipped) else {
            panic!("bit {bit} is not refused");
        };
        match bit / 8 {
            0..16 => assert!(!answered, "bit {bit}: a wrong prefix draws nothing"),
            16..HELLO_C => assert_ne!(server.hello_s, Some(hello_s.clone()), "bit {bit}: proof"),
            _ => assert_eq!(server.hello_s, Some(hello_s.clone()), "bit {bit}: the same hello"),
        }
    }
}

#[test]
fn every_flipped_bit_of_what_a_server_says_is_refused() {
    let Transcript { hello_s, .. } = honest();
    for bit in 0..HELLO_S * 8 {
        let mut flipped = hello_s.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = answer(&mut client(), &flipped);
        let expected = if bit < 16 * 8 { AuthError::NotOurProtocol } else { AuthError::WrongKey };
        assert_eq!(error, Err(expected), "bit {bit}");
    }
}

#[test]
fn the_first_wrong_byte_closes_and_draws_nothing() {
    let Transcript { hello_c, .. } = honest();
    for at in 0..16 {
        for wrong in (0..=255).filter(|byte| *byte != hello_c[at]) {
            let mut server = server();
            assert_eq!(server.take(&hello_c[..at]), Verdict::Waits { hello_s: None });
            assert_eq!(server.take(&[wrong]), Verdict::Closes { answered: false }, "{at}");
            assert_eq!(server.handshake.space(), [0_u8; 0], "nothing more is read");
        }
    }
}

#[test]
fn other_protocols_draw_nothing() {
    let others: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"id\":1}",
        b"\0\0\0\0",
        b"\xff\xfe\xfd\xfc",
        b"\x05\x00\x00\x00\x04\x01\x00\x00\x00",
    ];
    for other in others {
        assert_eq!(server().take(&other[..1]), Verdict::Closes { answered: false });
        assert_eq!(server().take(other), Verdict::Closes { answered: false });
    }
}

#[test]
fn a_million_random_clients_are_refused() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let Transcript { hello_c, .. } = honest();
    let mut answered = 0;
    for round in 0..1_000_000 {
        let mut sent = [0; HELLO_C + AUTH];
        random.fill(&mut sent);
        // Every other one gets as far as a hello.
        if round % 2 == 0 {
            sent[..16].copy_from_slice(&hello_c[..16]);
        }
        match server().take(&sent) {
            Verdict::Closes { answered: true } => answered += 1,
            Verdict::Closes { answered: false } => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
    assert_eq!(answered, 500_000);
}

#[test]
fn a_hundred_thousand_random_servers_are_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let Transcript { hello_s, .. } = honest();
    for round in 0..100_000 {
        let mut sent = [0; HELLO_S];
        random.fill(&mut sent);
        if round % 2 == 0 {
            sent[..16].copy_from_slice(&hello_s[..16]);
        }
        assert!(answer(&mut client(), &sent).is_err(), "round {round}");
    }
}

#[test]
fn an_old_transcript_is_refused_by_both_sides() {
    let old = honest();
    let mut server = Server::new(&SECRET, [0x5f; 16]);
    assert!(matches!(server.take(&old.hello_c), Verdict::Waits { hello_s: Some(_) }));
    assert_eq!(server.take(&old.auth), Verdict::Closes { answered: true });

    let mut client = ClientHandshake::new(&SECRET, [0xc2; 16]);
    assert_eq!(answer(&mut client, &old.hello_s), Err(AuthError::WrongKey));
}

#[test]
fn a_side_is_not_fooled_by_its_own_messages() {
    let Transcript { hello_c, hello_s, .. } = honest();
    assert_eq!(answer(&mut client(), &hello_c), Err(AuthError::NotOurProtocol), "self-connected");
    assert_eq!(server().take(&hello_s), Verdict::Closes { answered: false }, "reflected");
    // The server's proof is not the client's.
    let mut server = server();
    server.take(&hello_c);
    assert_eq!(server.take(&hello_s[HELLO_C..]), Verdict::Closes { answered: true });
    // Nor does a client prove anything to a server that sends its own nonce back.
    let mut reflected = hello_s.clone();
    reflected[16..32].copy_from_slice(&CLIENTS);
    assert_eq!(answer(&mut client(), &reflected), Err(AuthError::WrongKey));
}

#[test]
fn a_relay_between_two_endpoints_is_refused() {
    let others = [
        ("port", Secret { port: SECRET.port ^ 1, ..SECRET }),
        ("instance", Secret { instance: [0x4a; 16], ..SECRET }),
        ("key", Secret { key: [0x4c; 16], ..SECRET }),
    ];
    for (what, other) in others {
        let mut server = Server::new(&other, SERVERS);
        let mut client = client();
        let Verdict::Waits { hello_s: Some(hello_s) } = server.take(client.hello()) else {
            panic!("{what}: a hello says nothing of the endpoint");
        };
        assert_eq!(answer(&mut client, &hello_s), Err(AuthError::WrongKey), "another {what}");
        // A client that does not look goes no further either.
        let Transcript { auth, .. } = honest();
        assert_eq!(server.take(&auth), Verdict::Closes { answered: true }, "another {what}");
    }
}

#[test]
fn what_follows_a_hello_too_early_is_taken_for_a_proof_and_refused() {
    let Transcript { hello_c, .. } = honest();
    let sent = [hello_c.as_slice(), &[0; 64]].concat();
    let mut server = server();
    assert_eq!(server.take(&sent), Verdict::Closes { answered: true });
    assert_eq!(server.taken, HELLO_C + AUTH);
}

#[test]
fn saying_that_more_was_read_than_there_was_room_for_changes_nothing() {
    let mut server = ServerHandshake::new(&SECRET, SERVERS);
    assert_eq!(server.filled(usize::MAX / 2), Step::Refuse);
    let mut client = client();
    assert_eq!(client.filled(usize::MAX / 2), Err(AuthError::NotOurProtocol));
}

#[test]
fn the_hash_gives_its_authors_vectors() {
    // Key 00 01 .. 0f; messages 00 01 .. of this many bytes.
    let published = [
        (0, 0x930255c71472f66de6a825ba047f81a3_u128),
        (1, 0x45fc229b1159763444af996bd8c187da),
        (7, 0x3982f01fa64ab8c053c1dbd8beebf1a1),
        (8, 0xb49714f364e2830f61f55862baa9623b),
        (15, 0xd9c3cf970fec087e11a8b03399e99354),
        (16, 0x77052385bf1533fdbb54b067caa4e26e),
        (63, 0x7cbd3f979a063e504a83502f77d15051),
    ];
    let numbers: [u8; 64] = std::array::from_fn(|at| at as u8);
    let key = *numbers.first_chunk().expect("a key");
    for (len, hash) in published {
        let bytes = SipHasher24::new_with_key(&key).hash(&numbers[..len]).as_bytes();
        assert_eq!(u128::from_le_bytes(bytes), hash, "{len}");
    }
    // The handshake feeds it word by word and takes a number: it is the same.
    for words in 0..=8 {
        let mut hasher = SipHasher24::new_with_key(&key);
        for word in numbers.as_chunks().0.iter().take(words) {
            hasher.write_u64(u64::from_ne_bytes(*word));
        }
        let whole = SipHasher24::new_with_key(&key).hash(&numbers[..words * 8]);
        assert_eq!(u128::from(hasher.finish128()).to_le_bytes(), whole.as_bytes(), "{words}");
    }
}

#[test]
fn no_key_is_shown() {
    let shown = format!("{SECRET:?}");
    assert!(shown.contains("40000") && !shown.contains("75") && !shown.contains("4b"), "{shown}");
}

/// Xorshift: the same numbers each time.
struct Random(u64);

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
    }
}
