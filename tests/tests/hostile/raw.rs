//! The attacker's own end of a connection, and the bytes that it makes by hand.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ipc_runtime::Service;

use crate::keys::{HELLO_S, Secret, client_hello, client_proof, is_proved, nonce};
use crate::target::{Counter, TargetService};

/// No single read or write takes longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// One end of a connection.
pub struct Raw(pub TcpStream);

impl Raw {
    pub fn connect(port: u16) -> Raw {
        Raw::new(TcpStream::connect(("127.0.0.1", port)).expect("somebody listens"))
    }

    pub fn new(stream: TcpStream) -> Raw {
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
        Raw(stream)
    }

    /// One that has proved itself, as who has the key can.
    pub fn let_in(secret: &Secret) -> Raw {
        let mut raw = Raw::connect(secret.port);
        let proof = raw.begin(secret);
        raw.send(&proof);
        raw
    }

    /// Goes through the handshake as far as the proof, which is what is to be sent next.
    pub fn begin(&mut self, secret: &Secret) -> [u8; 16] {
        let hello = client_hello(nonce());
        self.send(&hello);
        let answer = self.read_array::<HELLO_S>();
        assert!(is_proved(secret, &hello, &answer), "it is another server");
        client_proof(secret, &hello, &answer)
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the peer takes it");
    }

    /// As much of it as the peer takes before it closes.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    pub fn read_array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).expect("so many bytes");
        bytes
    }

    /// All that comes until the other side closes.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            match self.0.read(&mut chunk) {
                Ok(0) => return bytes,
                Ok(n) => bytes.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return bytes,
                Err(error) => panic!("not closed: {error}"),
            }
        }
    }

    /// A whole frame, its length field included.
    pub fn frame(&mut self) -> Vec<u8> {
        let mut frame = self.read_array::<4>().to_vec();
        let len = u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]);
        frame.resize(4 + len as usize, 0);
        self.0.read_exact(&mut frame[4..]).expect("the rest of a frame");
        frame
    }

    /// Whether the other side has nothing to say and is there still, after so long.
    pub fn is_open_after(&mut self, wait: Duration) -> bool {
        self.0.set_read_timeout(Some(wait)).expect("a socket");
        let outcome = self.0.read(&mut [0]);
        self.0.set_read_timeout(Some(PATIENCE)).expect("a socket");
        outcome.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock))
    }

    /// How long from `start` until it is closed without another byte.
    pub fn closed_after(&mut self, start: Instant) -> Duration {
        let rest = self.read_to_end();
        assert_eq!(rest, [], "bytes before it was closed");
        start.elapsed()
    }
}

/// A frame: WIRE.md §4.
pub fn frame(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(1 + 4 + payload.len()).expect("a frame is that short");
    [&len.to_le_bytes(), [kind].as_slice(), &id.to_le_bytes(), payload].concat()
}

/// Bytes of a call's frame before its arguments.
pub const CALL_HEAD: usize = 25;

/// A call without a deadline.
pub fn call(id: u32, name: &str, args: &[u8]) -> Vec<u8> {
    let methods = TargetService(Counter::default()).methods();
    let method = methods.iter().find(|method| method.name == format!("Target.{name}"));
    let method = method.expect("there is such a method");
    let head = [method.service, method.id, method.signature, 0].map(u32::to_le_bytes);
    frame(1, id, &[&head.concat(), args].concat())
}

/// A call that every attacker can make once it is let in, and what it is answered with.
pub fn add(id: u32) -> (Vec<u8>, Vec<u8>) {
    let args = [[2, 0, 0, 0], [3, 0, 0, 0]].concat();
    (call(id, "add", &args), frame(2, id, &[5, 0, 0, 0]))
}

/// A length, count or tag: WIRE.md §2.
pub fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

/// Noise that is the same each time.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_be_bytes()[0]).collect()
    }
}
