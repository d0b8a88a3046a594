//! An endpoint as bytes and as text (WIRE.md §8).

use ipc_core::auth::{ClientHandshake, Secret, ServerHandshake, VERSION};

use super::EndpointError;
use crate::sys;

/// Where a server listens, and how both sides prove that they know it from a private place.
#[derive(Clone, Debug)]
pub struct Endpoint {
    secret: Secret,
    pid: u32,
}

/// Bytes of an endpoint.
pub(super) const LEN: usize = 48;

const MAGIC: [u8; 4] = *b"\xf5ipE";

/// Flag: written where files have no modes, so that of this one says nothing.
pub(super) const MODELESS: u8 = 1;

impl Endpoint {
    /// An endpoint of this process: the server has listened on `port` of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`EndpointError::NoRandom`].
    pub fn new(port: u16) -> Result<Endpoint, EndpointError> {
        Ok(Endpoint {
            secret: Secret { key: random()?, instance: random()?, port },
            pid: std::process::id(),
        })
    }

    /// What the handshake takes.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The process id that the server gave: to show, not to trust.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The server's side of the handshake with one client.
    ///
    /// # Errors
    ///
    /// [`EndpointError::NoRandom`]: the client is to be refused.
    pub fn server_handshake(&self) -> Result<ServerHandshake, EndpointError> {
        Ok(ServerHandshake::new(&self.secret, random()?))
    }

    /// The client's side of the handshake.
    ///
    /// # Errors
    ///
    /// [`EndpointError::NoRandom`].
    pub fn client_handshake(&self) -> Result<ClientHandshake, EndpointError> {
        Ok(ClientHandshake::new(&self.secret, random()?))
    }

    pub(super) fn encode(&self) -> [u8; LEN] {
        let Secret { key, instance, port } = &self.secret;
        let flags = if sys::MODES { 0 } else { MODELESS };
        let mut bytes = [0; LEN];
        let parts: [&[u8]; 7] = [
            &MAGIC,
            &[VERSION, flags],
            &port.to_le_bytes(),
            &self.pid.to_le_bytes(),
            &[0; 4],
            instance,
            key,
        ];
        for (slot, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *slot = *byte;
        }
        bytes
    }

    /// The endpoint and its flags.
    #[inline(never)]
    pub(super) fn decode(bytes: &[u8]) -> Result<(Endpoint, u8), EndpointError> {
        if let Some((&MAGIC, [version, ..])) = bytes.split_first_chunk()
            && *version != VERSION
        {
            return Err(EndpointError::OtherVersion);
        }
        match parse(bytes) {
            Some(parsed) => Ok(parsed),
            None => Err(EndpointError::Malformed),
        }
    }

    /// The endpoint as 96 hexadecimal digits, for an environment variable or the standard input of
    /// a child that is to connect. Whoever reads it is trusted by the server.
    pub fn to_text(&self) -> String {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
        self.encode().into_iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
    }

    /// The endpoint that was handed over as text; white space around it is ignored.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Malformed`] and [`EndpointError::OtherVersion`].
    pub fn from_text(text: &str) -> Result<Endpoint, EndpointError> {
        let mut bytes = [0; LEN];
        let digits = text.trim_ascii().as_bytes();
        if digits.len() != 2 * LEN {
            return Err(EndpointError::Malformed);
        }
        for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                match char::from(*digit).to_digit(16) {
                    Some(nibble) => *slot = (*slot << 4) + u8::try_from(nibble).unwrap_or_default(),
                    None => return Err(EndpointError::Malformed),
                }
            }
        }
        Endpoint::decode(&bytes).map(|(endpoint, _)| endpoint)
    }
}

/// An endpoint of this version, if it is one.
fn parse(bytes: &[u8]) -> Option<(Endpoint, u8)> {
    let (magic, rest) = bytes.split_first_chunk()?;
    let ([_, flags], rest) = rest.split_first_chunk()?;
    let (port, rest) = rest.split_first_chunk()?;
    let (pid, rest) = rest.split_first_chunk()?;
    let ([_, _, _, _], rest) = rest.split_first_chunk()?;
    let (instance, rest) = rest.split_first_chunk()?;
    let key = rest.try_into().ok()?;
    let secret = Secret { key, instance: *instance, port: u16::from_le_bytes(*port) };
    (*magic == MAGIC).then_some((Endpoint { secret, pid: u32::from_le_bytes(*pid) }, *flags))
}

/// Bytes for a key, an instance or a nonce.
#[inline(never)]
pub(crate) fn random() -> Result<[u8; 16], EndpointError> {
    let mut bytes = [0; 16];
    if sys::random(&mut bytes) { Ok(bytes) } else { Err(EndpointError::NoRandom) }
}
