//! An endpoint as bytes and as text (WIRE.md §8).

use std::fmt;

use ipc_core::auth::{Secret, ServerHandshake, VERSION};

use super::EndpointError;
use crate::sys;

/// Where a server listens, and how both sides prove that they know it from a private place.
// In whole words, because it is copied from result to result.
#[derive(Clone)]
#[repr(align(8))]
pub struct Endpoint {
    /// ```text
    ///   0     4       5     6        10  14   16       32  48
    ///   magic version flags reserved pid port instance key
    /// ```
    bytes: [u8; LEN],
}

/// Bytes of an endpoint of this version. What follows them is for later versions.
const LEN: usize = 48;

const MAGIC: [u8; 4] = *b"\xf5ipE";
const VERSION_AT: usize = 4;
const FLAGS_AT: usize = 5;
const PID_AT: usize = 10;
const PORT_AT: usize = 14;
const INSTANCE_AT: usize = 16;
const KEY_AT: usize = 32;

/// Flag: written where files have no modes, so that the mode of this one says nothing.
const MODELESS: u8 = 1;

impl Endpoint {
    /// An endpoint of this process, whose server has listened on `port` of 127.0.0.1: to be handed
    /// over as [text](Endpoint::to_text), or for [`publish`](super::publish) to write.
    ///
    /// # Errors
    ///
    /// [`EndpointError::NoRandom`].
    pub fn new(port: u16) -> Result<Endpoint, EndpointError> {
        let mut endpoint = Endpoint::unread();
        let flags = if sys::MODES { 0 } else { MODELESS };
        endpoint.put(0, &MAGIC);
        endpoint.put(VERSION_AT, &[VERSION, flags]);
        endpoint.put(PID_AT, &std::process::id().to_le_bytes());
        endpoint.put(PORT_AT, &port.to_le_bytes());
        let unpredictable = endpoint.bytes.get_mut(INSTANCE_AT..).unwrap_or_default();
        if sys::random(unpredictable) { Ok(endpoint) } else { Err(EndpointError::NoRandom) }
    }

    /// What the handshake takes.
    pub fn secret(&self) -> Secret {
        Secret { key: self.get(KEY_AT), instance: self.get(INSTANCE_AT), port: self.port() }
    }

    /// The server's side of the handshake with one client.
    ///
    /// # Errors
    ///
    /// [`EndpointError::NoRandom`]: the client is to be turned away.
    pub fn server_handshake(&self) -> Result<ServerHandshake, EndpointError> {
        let mut nonce = [0; 16];
        if sys::random(&mut nonce) {
            Ok(ServerHandshake::new(&self.secret(), nonce))
        } else {
            Err(EndpointError::NoRandom)
        }
    }

    /// The TCP port of 127.0.0.1 that the server listens on.
    pub fn port(&self) -> u16 {
        u16::from_le_bytes(self.get(PORT_AT))
    }

    /// The process id that the server gave: to show, not to trust.
    pub fn pid(&self) -> u32 {
        u32::from_le_bytes(self.get(PID_AT))
    }

    /// Whether both are of one start of one server.
    pub(super) fn is_same_start(&self, other: &Endpoint) -> bool {
        self.get::<16>(INSTANCE_AT) == other.get(INSTANCE_AT)
    }

    /// Whether the mode of the file that this was in says nothing about it.
    pub(super) fn is_modeless(&self) -> bool {
        let [flags] = self.get(FLAGS_AT);
        flags & MODELESS != 0
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Room to read an endpoint into. It is none until it is [checked](Endpoint::check).
    pub(super) const fn unread() -> Endpoint {
        Endpoint { bytes: [0; LEN] }
    }

    pub(super) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Whether the first `n` bytes, which have been read into, are an endpoint.
    pub(super) fn check(&self, n: usize) -> Result<(), EndpointError> {
        if n <= VERSION_AT || self.get(0) != MAGIC {
            return Err(EndpointError::Malformed);
        }
        if self.get(VERSION_AT) != [VERSION] {
            return Err(EndpointError::OtherVersion);
        }
        if n < LEN { Err(EndpointError::Malformed) } else { Ok(()) }
    }

    /// The endpoint as 96 hexadecimal digits, for an environment variable or the standard input of
    /// a child that is to connect. The server trusts whoever reads it.
    pub fn to_text(&self) -> String {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
        self.bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// The endpoint that was handed over as text; white space around it is ignored.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Malformed`] and [`EndpointError::OtherVersion`].
    pub fn from_text(text: &str) -> Result<Endpoint, EndpointError> {
        let digits = text.trim_ascii().as_bytes();
        let mut endpoint = Endpoint::unread();
        let (pairs, _) = digits.as_chunks();
        for (slot, [high, low]) in endpoint.bytes.iter_mut().zip(pairs) {
            let (Some(high), Some(low)) = (nibble(*high), nibble(*low)) else {
                return Err(EndpointError::Malformed);
            };
            *slot = high << 4 | low;
        }
        endpoint.check(pairs.len())?;
        Ok(endpoint)
    }

    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        let part = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        *part.unwrap_or(&[0; N])
    }

    fn put(&mut self, at: usize, part: &[u8]) {
        if let Some(slot) = self.bytes.get_mut(at..at + part.len()) {
            slot.copy_from_slice(part);
        }
    }
}

/// The value of a hexadecimal digit.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Shows what is no secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, pid) = (self.port(), self.pid());
        f.debug_struct("Endpoint").field("port", &port).field("pid", &pid).finish_non_exhaustive()
    }
}
