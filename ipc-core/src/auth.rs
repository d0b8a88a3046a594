//! Who is at the other end: before anything else is said, each side proves that it holds the key of
//! the same endpoint (WIRE.md §7).
//!
//! No I/O and no allocation: bytes in, bytes out, in structs of fixed size. The server proves itself
//! first, and until a client has proved itself it draws 48 bytes at most, and those not before its
//! hello is whole and right.

use core::fmt;
use core::hash::Hasher;
use core::hint::black_box;
use core::ops::Range;

use siphasher::sip128::{Hasher128, SipHasher24};

/// The version of the protocol that this is.
pub const VERSION: u8 = 1;

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
    /// The server could not prove that it holds the endpoint's key: it is another one.
    WrongKey,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthError::NotOurProtocol => {
                "what listens there is no server of this library; start the server again"
            }
            AuthError::WrongKey => {
                "the server does not hold this endpoint's key; look the endpoint up again"
            }
        })
    }
}

impl core::error::Error for AuthError {}

/// The client's side. Send [`hello`](Self::hello), read into [`space`](Self::space), say how much
/// with [`filled`](Self::filled), and send what that returns at last.
pub struct ClientHandshake(Handshake);

impl ClientHandshake {
    /// `nonce` must be unpredictable, and never used before.
    pub fn new(secret: &Secret, nonce: [u8; 16]) -> ClientHandshake {
        ClientHandshake(Handshake::new(secret, HELLO_C, &PREFIX_C, &nonce, HELLO_S..END))
    }

    /// The first message.
    pub fn hello(&self) -> &[u8] {
        self.0.get(HELLO_C..HELLO_S)
    }

    /// Room for what is missing of the server's message.
    pub fn space(&mut self) -> &mut [u8] {
        self.0.space()
    }

    /// Says that the first `n` bytes of [`space`](Self::space) have been read into. Gives the second
    /// message, which is this side's proof, once the server has proved itself; calls may follow it
    /// at once.
    ///
    /// # Errors
    ///
    /// Nothing may be sent any more.
    #[inline(never)]
    pub fn filled(&mut self, n: usize) -> Result<Option<&[u8]>, AuthError> {
        let handshake = &mut self.0;
        match handshake.filled(n, HELLO_S, &PREFIX_S) {
            Message::Part => Ok(None),
            Message::Whole if handshake.is_proved(SERVER) => {
                handshake.prove(CLIENT);
                Ok(Some(handshake.get(PROOF..END)))
            }
            Message::Whole => Err(AuthError::WrongKey),
            Message::Wrong => Err(AuthError::NotOurProtocol),
        }
    }
}

/// The server's side. Read into [`space`](Self::space), say how much with
/// [`filled`](Self::filled), and do what that says.
pub struct ServerHandshake(Handshake);

/// What a server does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Wait for more bytes.
    NeedMore,
    /// Send this, and wait for more bytes.
    Send(&'a [u8]),
    /// Trust the client. All that it sends from here on are calls.
    Done,
    /// Close the connection and send nothing.
    Refuse,
}

impl ServerHandshake {
    /// `nonce` must be unpredictable, and never used before.
    pub fn new(secret: &Secret, nonce: [u8; 16]) -> ServerHandshake {
        ServerHandshake(Handshake::new(secret, HELLO_S, &PREFIX_S, &nonce, HELLO_C..HELLO_S))
    }

    /// Room for what is missing of the client's message, so that nothing is read that comes after
    /// the handshake; empty once that is over.
    pub fn space(&mut self) -> &mut [u8] {
        self.0.space()
    }

    /// Says that the first `n` bytes of [`space`](Self::space) have been read into. A hello is
    /// refused at its first wrong byte; a proof only as a whole, so that nobody can find it byte by
    /// byte.
    #[inline(never)]
    pub fn filled(&mut self, n: usize) -> Step<'_> {
        let handshake = &mut self.0;
        match handshake.filled(n, HELLO_C, &PREFIX_C) {
            Message::Part => Step::NeedMore,
            Message::Whole if handshake.missing.end == HELLO_S => {
                handshake.prove(SERVER);
                handshake.missing = PROOF..END;
                Step::Send(handshake.get(HELLO_S..END))
            }
            Message::Whole if handshake.is_proved(CLIENT) => Step::Done,
            Message::Whole | Message::Wrong => Step::Refuse,
        }
    }
}

/// Both sides' state: what the proofs are computed over, with the messages where they lie in it.
///
/// ```text
///   0    1       2    4    8        24     56     88    104
///   role version port zero instance HelloC HelloS proof
///   '------------ eleven words are hashed ------'
/// ```
///
/// HelloS and the server's proof are one message; the client's proof then takes the place of that.
struct Handshake {
    key: [u8; 16],
    bytes: [u8; END],
    /// What is missing of the message that is being received.
    missing: Range<usize>,
}

/// What has come of a message.
enum Message {
    Part,
    Whole,
    /// It cannot become one.
    Wrong,
}

const HELLO_C: usize = 24;
const HELLO_S: usize = 56;
const PROOF: usize = 88;
const END: usize = 104;

/// What a hello begins with: magic, version, flags, reserved. A nonce makes it whole.
const PREFIX: usize = 16;
static PREFIX_C: [u8; PREFIX] = prefix(*b"\xf5ipC");
static PREFIX_S: [u8; PREFIX] = prefix(*b"\xf5ipS");

const fn prefix(magic: [u8; 4]) -> [u8; PREFIX] {
    let [a, b, c, d] = magic;
    [a, b, c, d, VERSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The roles.
const CLIENT: u8 = b'C';
const SERVER: u8 = b'S';

impl Handshake {
    /// With this side's hello at its place, and the other side's message missing.
    #[inline(never)]
    fn new(
        secret: &Secret,
        hello: usize,
        prefix: &[u8; PREFIX],
        nonce: &[u8; 16],
        missing: Range<usize>,
    ) -> Handshake {
        let mut new = Handshake { key: secret.key, bytes: [0; END], missing };
        new.put(1, &[VERSION]);
        new.put(2, &secret.port.to_le_bytes());
        new.put(8, &secret.instance);
        new.put(hello, prefix);
        new.put(hello + PREFIX, nonce);
        new
    }

    fn get(&self, part: Range<usize>) -> &[u8] {
        self.bytes.get(part).unwrap_or_default()
    }

    fn put(&mut self, at: usize, part: &[u8]) {
        if let Some(slot) = self.bytes.get_mut(at..at + part.len()) {
            slot.copy_from_slice(part);
        }
    }

    #[inline(never)]
    fn space(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.missing.clone()).unwrap_or_default()
    }

    /// Says that `n` bytes more have been read, and what there is now of the message. Its hello,
    /// or the hello of the message before it, has this prefix. Once wrong, nothing is missing.
    #[inline(never)]
    fn filled(&mut self, n: usize, hello: usize, prefix: &[u8; PREFIX]) -> Message {
        let Range { start, end } = self.missing;
        let start = end.min(start + n);
        self.missing.start = start;
        if !prefix.starts_with(self.get(hello..start.min(hello + PREFIX))) {
            self.missing.start = end;
            return Message::Wrong;
        }
        if start < end { Message::Part } else { Message::Whole }
    }

    /// Puts the proof there that this side, in this role, holds the key.
    fn prove(&mut self, role: u8) {
        let proof = self.proof(role).to_le_bytes();
        self.put(PROOF, &proof);
    }

    /// Whether the proof that is there is that of the other side, in this role. How long that takes
    /// does not tell where they differ.
    fn is_proved(&mut self, role: u8) -> bool {
        let given = self.bytes.last_chunk().map_or(0, |proof| u128::from_le_bytes(*proof));
        // One number, that the compiler must not look into.
        black_box(self.proof(role) ^ given) == 0
    }

    #[inline(never)]
    fn proof(&mut self, role: u8) -> u128 {
        self.put(0, &[role]);
        let mut hasher = SipHasher24::new_with_key(&self.key);
        // Were their number known, the compiler would unroll the loop, to four times the bytes.
        for word in black_box(self.get(0..PROOF)).as_chunks().0 {
            hasher.write_u64(u64::from_ne_bytes(*word));
        }
        hasher.finish128().into()
    }
}
