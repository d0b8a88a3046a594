//! The client's side of the handshake, over a blocking socket.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};

use ipc_core::auth::{AUTH, ClientHandshake, HELLO_S};

use super::{Endpoint, EndpointError};
use crate::sys::socket;
use crate::transport::{Attempt, Transport};

/// Connects to the server of an endpoint and makes it prove that it is that one; blocks for up to
/// `within` milliseconds. What comes with the socket is this side's own proof, to be sent before
/// anything else.
///
/// # Errors
///
/// [`EndpointError::Stale`] when nothing listens there or the connection was closed,
/// [`EndpointError::NoAnswer`] when the time was up, [`EndpointError::Auth`] when something else
/// answered, [`EndpointError::NoRandom`].
#[inline(never)]
pub fn dial(endpoint: &Endpoint, within: u32) -> Result<(TcpStream, [u8; AUTH]), EndpointError> {
    let start = socket::now();
    let handshake = endpoint.client_handshake()?;
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, endpoint.secret().port);
    let Ok(mut stream) = socket::connect(address, within) else { return Err(EndpointError::Stale) };
    if stream.write_all(&handshake.hello()).is_err() {
        return Err(EndpointError::Stale);
    }
    let mut answer = [0; HELLO_S];
    let mut received = 0;
    while let Some(space @ [_, ..]) = answer.get_mut(received..) {
        let left = within.saturating_sub(socket::now().wrapping_sub(start));
        if left == 0 {
            return Err(EndpointError::NoAnswer);
        }
        socket::set_timeouts(&stream, left, left);
        match Transport::read(&mut stream, space) {
            Attempt::Moved(n @ 1..) => received += n,
            Attempt::NotNow => {}
            Attempt::Moved(0) | Attempt::Failed => return Err(EndpointError::Stale),
        }
        ClientHandshake::check(answer.get(..received).unwrap_or_default())
            .map_err(EndpointError::Auth)?;
    }
    let auth = handshake.finish(&answer).map_err(EndpointError::Auth)?;
    Ok((stream, auth))
}
