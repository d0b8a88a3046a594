//! The client's side of the handshake, over a blocking socket.

use std::net::TcpStream;

use ipc_core::auth::ClientHandshake;

use super::{Endpoint, EndpointError};
use crate::sys::{self, socket};
use crate::transport::{Attempt, Transport};

/// Milliseconds that one attempt may take at most.
const LONGEST: u32 = 2_000;

/// Connects to the server of an endpoint, makes it prove that it is that one, and proves the same to
/// it. Blocks for up to `within` milliseconds, and 2 seconds at most.
///
/// # Errors
///
/// [`EndpointError::Stale`] when nothing listens there, [`EndpointError::NoAnswer`] when the time
/// was up, [`EndpointError::TurnedAway`] when the connection was closed,
/// [`EndpointError::NotOurProtocol`] and [`EndpointError::WrongKey`] when something else answered,
/// [`EndpointError::NoRandom`].
#[inline(never)]
pub fn dial(endpoint: &Endpoint, within: u32) -> Result<TcpStream, EndpointError> {
    let within = within.clamp(1, LONGEST);
    match socket::connect(endpoint.secret().port, within) {
        Ok(stream) => shake_hands(endpoint, stream, within),
        Err(error) if socket::is_refused(error) => Err(EndpointError::Stale),
        Err(_) => Err(EndpointError::NoAnswer),
    }
}

/// The handshake of [`dial`], over a socket that is connected.
#[inline(never)]
pub(crate) fn shake_hands(
    endpoint: &Endpoint,
    mut stream: TcpStream,
    within: u32,
) -> Result<TcpStream, EndpointError> {
    let start = socket::now();
    let mut nonce = [0; 16];
    if !sys::random(&mut nonce) {
        return Err(EndpointError::NoRandom);
    }
    let mut handshake = ClientHandshake::new(&endpoint.secret(), nonce);
    send(&mut stream, handshake.hello())?;
    loop {
        let left = within.clamp(1, LONGEST).saturating_sub(socket::now().wrapping_sub(start));
        if left == 0 {
            return Err(EndpointError::NoAnswer);
        }
        socket::set_timeouts(&stream, left, left);
        let n = match Transport::read(&mut stream, handshake.space(), true) {
            Attempt::Moved(n @ 1..) => n,
            Attempt::NotNow => 0,
            Attempt::Moved(0) | Attempt::Failed => return Err(EndpointError::TurnedAway),
        };
        if let Some(proof) = handshake.filled(n)? {
            send(&mut stream, proof)?;
            return Ok(stream);
        }
    }
}

/// A new socket takes so few bytes at once.
#[inline(never)]
fn send(stream: &mut TcpStream, message: &[u8]) -> Result<(), EndpointError> {
    if Transport::write(stream, message, true) == Attempt::Moved(message.len()) {
        Ok(())
    } else {
        Err(EndpointError::TurnedAway)
    }
}
