//! Who is let in: the server's side of the handshake (WIRE.md §7).
//!
//! A server without a key has no gate, and a program without such servers has none of this in it.

use ipc_core::auth::{ServerHandshake, Step};

use crate::endpoint::{Endpoint, Published};

/// Lets clients in.
pub(super) trait Gate {
    /// Begins the handshake with a client. `None`: nothing unpredictable could be had to begin it
    /// with, and the client has to go.
    fn greet(&self) -> Option<Box<dyn Greeting>>;

    /// How clients find the server.
    fn endpoint(&self) -> &Endpoint;
}

/// The handshake with one client.
pub(super) trait Greeting {
    /// Takes what the client has sent.
    fn feed(&mut self, bytes: &[u8]) -> Step;
}

impl Greeting for ServerHandshake {
    fn feed(&mut self, bytes: &[u8]) -> Step {
        ServerHandshake::feed(self, bytes)
    }
}

/// An endpoint that is handed over by the user.
impl Gate for Endpoint {
    fn greet(&self) -> Option<Box<dyn Greeting>> {
        Some(Box::new(self.server_handshake().ok()?))
    }

    fn endpoint(&self) -> &Endpoint {
        self
    }
}

/// An endpoint whose file is there as long as this is.
impl Gate for Published {
    fn greet(&self) -> Option<Box<dyn Greeting>> {
        Published::endpoint(self).greet()
    }

    fn endpoint(&self) -> &Endpoint {
        Published::endpoint(self)
    }
}
