//! Who is at the other end: before anything else is said, each side proves that it holds the key of
//! the same endpoint (WIRE.md §7).
//!
//! No I/O and no allocation: bytes in, bytes out, in structs of fixed size. The server proves itself
//! first, and until a client has proved itself it draws nothing but one [`HELLO_S`].

use core::fmt;
use core::hint::black_box;

use siphasher::sip128::SipHasher24;

/// The version of the protocol that this is.
pub const VERSION: u8 = 1;

/// Bytes of the client's first message: a hello.
pub const HELLO_C: usize = HELLO;
/// Bytes of the server's only message: a hello and a proof.
pub const HELLO_S: usize = HELLO + AUTH;
/// Bytes of the client's second message: a proof. Calls may follow at once.
pub const AUTH: usize = 16;

/// A hello: prefix and nonce.
const HELLO: usize = 32;

const MAGIC_C: [u8; 4] = *b"\xf5ipC";
const MAGIC_S: [u8; 4] = *b"\xf5ipS";

/// What every hello of one side begins with: magic, version, flags, reserved.
const PREFIX: usize = 16;
const VERSION_AT: usize = 4;

/// What both sides know before they meet. It stays between them: whoever has it is trusted.
#[derive(Clone)]
pub struct Secret {
    /// The server's key, drawn anew for each start.
    pub key: [u8; 16],
    /// Which start of the server this is.
    pub instance: [u8; 16],
    /// The TCP port that the server listens on.
    pub port: u16,
}

/// Shows the port only.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a client does not go on with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthError {
    /// What listens there speaks something else.
    NotOurProtocol,
    /// The server speaks a version of the protocol that this side does not.
    OtherVersion,
    /// The server could not prove that it holds the endpoint's key: it is another one.
    WrongKey,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthError::NotOurProtocol => {
                "what listens there is no server of this library; start the server again"
            }
            AuthError::OtherVersion => {
                "the server speaks another version of the protocol; build both sides from one version"
            }
            AuthError::WrongKey => {
                "the server does not hold this endpoint's key; look the endpoint up again"
            }
        })
    }
}

impl core::error::Error for AuthError {}

/// The client's side. Send [`hello`](Self::hello), read [`HELLO_S`] bytes, give them to
/// [`finish`](Self::finish), and send what it returns, ahead of the first call.
pub struct ClientHandshake {
    transcript: Transcript,
}

impl ClientHandshake {
    /// `nonce` must be unpredictable, and never used before.
    pub fn new(secret: &Secret, nonce: [u8; 16]) -> ClientHandshake {
        let mut transcript = Transcript::new(secret);
        transcript.put(HELLO_C_AT, &prefix(MAGIC_C));
        transcript.put(HELLO_C_AT + PREFIX, &nonce);
        ClientHandshake { transcript }
    }

    /// The first message.
    pub fn hello(&self) -> [u8; HELLO_C] {
        self.transcript.get(HELLO_C_AT)
    }

    /// Whether the first bytes of an answer, however many there are, can become one. To be asked
    /// as they come in, so as not to wait for the rest of something else.
    ///
    /// # Errors
    ///
    /// All but [`AuthError::WrongKey`].
    pub fn check(so_far: &[u8]) -> Result<(), AuthError> {
        match so_far.iter().zip(prefix(MAGIC_S)).position(|(&byte, right)| byte != right) {
            None => Ok(()),
            Some(at) if at < MAGIC_S.len() => Err(AuthError::NotOurProtocol),
            Some(_) => Err(AuthError::OtherVersion),
        }
    }

    /// Checks the server's proof, and gives the client's own, which is the second message. On an
    /// error nothing more may be sent.
    ///
    /// # Errors
    ///
    /// Any [`AuthError`].
    pub fn finish(mut self, answer: &[u8; HELLO_S]) -> Result<[u8; AUTH], AuthError> {
        ClientHandshake::check(answer)?;
        let (Some(hello), Some(proof)) = (answer.first_chunk::<HELLO>(), answer.last_chunk())
        else {
            return Err(AuthError::NotOurProtocol);
        };
        self.transcript.put(HELLO_S_AT, hello);
        if !same(&self.transcript.proof(SERVER), proof) {
            return Err(AuthError::WrongKey);
        }
        Ok(self.transcript.proof(CLIENT))
    }
}

/// The server's side: [`feed`](Self::feed) it what comes in, in whatever pieces it comes.
pub struct ServerHandshake {
    transcript: Transcript,
    /// What has come of the client's proof.
    proof: [u8; AUTH],
    /// How many bytes have come: of the hello first, then of the proof. [`OVER`] at the end.
    taken: usize,
}

/// What a server does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for more bytes.
    NeedMore,
    /// Send this, and wait for more bytes.
    Send([u8; HELLO_S]),
    /// Trust the client. What follows the first `consumed` of the bytes is its first calls.
    Done {
        /// How many of the bytes that were fed last belong to the handshake.
        consumed: usize,
    },
    /// Close the connection and send nothing.
    Refuse,
}

/// Stands for all the bytes of a handshake that is done, or was refused.
const OVER: usize = HELLO_C + AUTH;

impl ServerHandshake {
    /// `nonce` must be unpredictable, and never used before.
    pub fn new(secret: &Secret, nonce: [u8; 16]) -> ServerHandshake {
        let mut transcript = Transcript::new(secret);
        transcript.put(HELLO_S_AT, &prefix(MAGIC_S));
        transcript.put(HELLO_S_AT + PREFIX, &nonce);
        ServerHandshake { transcript, proof: [0; AUTH], taken: 0 }
    }

    /// How many bytes are missing of the client's message: who reads no more than these at a time
    /// never reads what comes after the handshake.
    pub fn wanted(&self) -> usize {
        if self.taken < HELLO_C { HELLO_C - self.taken } else { OVER - self.taken }
    }

    /// Takes the next bytes. A hello is refused at its first wrong byte; a proof only as a whole,
    /// so that nobody can find it byte by byte. Once it is done or refused, all else is refused.
    #[inline(never)]
    pub fn feed(&mut self, bytes: &[u8]) -> Step {
        for (consumed, &byte) in (1..).zip(bytes) {
            let at = self.taken;
            self.taken += 1;
            if at < HELLO_C {
                self.transcript.put(HELLO_C_AT + at, &[byte]);
                let last = at + 1 == HELLO_C;
                // What a client sends before it has seen the server's nonce is no proof.
                if !may_be_hello(at, byte) || last && consumed < bytes.len() {
                    return self.refuse();
                }
                if last {
                    return Step::Send(self.answer());
                }
            } else {
                let Some(slot) = self.proof.get_mut(at - HELLO_C) else { return self.refuse() };
                *slot = byte;
                if self.taken == OVER {
                    let right = self.transcript.proof(CLIENT);
                    let trusted = same(&right, &self.proof);
                    return if trusted { Step::Done { consumed } } else { Step::Refuse };
                }
            }
        }
        if self.taken < OVER { Step::NeedMore } else { Step::Refuse }
    }

    /// The hello, which is in the transcript, and the proof.
    fn answer(&mut self) -> [u8; HELLO_S] {
        let mut answer = [0; HELLO_S];
        let proof = self.transcript.proof(SERVER);
        let hello: [u8; HELLO] = self.transcript.get(HELLO_S_AT);
        for (slot, byte) in answer.iter_mut().zip(hello.into_iter().chain(proof)) {
            *slot = byte;
        }
        answer
    }

    #[cold]
    fn refuse(&mut self) -> Step {
        self.taken = OVER;
        Step::Refuse
    }
}

/// What the proofs are computed over:
///
/// ```text
///   0    1       2    4        20            52                84
///   role version port instance HelloC        HelloS less proof
/// ```
struct Transcript {
    key: [u8; 16],
    bytes: [u8; TRANSCRIPT],
}

const TRANSCRIPT: usize = 84;
const HELLO_C_AT: usize = 20;
const HELLO_S_AT: usize = 52;

/// The roles.
const CLIENT: u8 = b'C';
const SERVER: u8 = b'S';

impl Transcript {
    #[inline(never)]
    fn new(secret: &Secret) -> Transcript {
        let mut transcript = Transcript { key: secret.key, bytes: [0; TRANSCRIPT] };
        transcript.put(1, &[VERSION]);
        transcript.put(2, &secret.port.to_le_bytes());
        transcript.put(4, &secret.instance);
        transcript
    }

    fn put(&mut self, at: usize, part: &[u8]) {
        if let Some(slot) = self.bytes.get_mut(at..at + part.len()) {
            slot.copy_from_slice(part);
        }
    }

    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        let part = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        *part.unwrap_or(&[0; N])
    }

    /// What proves to the other side that this one, in this role, holds the key.
    #[inline(never)]
    fn proof(&mut self, role: u8) -> [u8; AUTH] {
        self.put(0, &[role]);
        SipHasher24::new_with_key(&self.key).hash(&self.bytes).as_bytes()
    }
}

/// A hello up to its nonce.
const fn prefix(magic: [u8; 4]) -> [u8; PREFIX] {
    let [a, b, c, d] = magic;
    [a, b, c, d, VERSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// Whether a client's hello may have this byte in this place. A later version than this one is
/// answered with this one, and it is for the client to go on or not.
fn may_be_hello(at: usize, byte: u8) -> bool {
    match prefix(MAGIC_C).get(at) {
        Some(_) if at == VERSION_AT => byte >= VERSION,
        Some(&right) => byte == right,
        None => true,
    }
}

/// Compares in a time that does not tell where they differ.
fn same(a: &[u8; AUTH], b: &[u8; AUTH]) -> bool {
    // One number, that the compiler must not look into.
    black_box(u128::from_le_bytes(*a) ^ u128::from_le_bytes(*b)) == 0
}
