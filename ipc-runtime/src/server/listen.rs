//! How a server comes to be: where it listens, and for whom.

use std::io;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll};

use super::clients::Clients;
use super::gate::Gate;
use super::{LISTENER, Server, State, poll_error};
use crate::endpoint::{self, Claim, Endpoint};
use crate::spin::Spin;
use crate::sys::socket;
use crate::{Error, OsError};

/// Events taken from the operating system at a time.
const EVENTS: usize = 64;

impl Server {
    /// Listens on a port that the system chooses, and publishes it under `name` for processes of
    /// the same user. The endpoint file (WIRE.md §8) is removed when the server is dropped.
    ///
    /// One server has a name at a time. A program that is to run once finds by
    /// [`EndpointError::NameInUse`] that it runs already, and can call the one that does.
    ///
    /// # Errors
    ///
    /// [`Error::Endpoint`] when the name cannot be published, [`EndpointError::NameInUse`] among
    /// them; [`Error::Bind`] when no port can be had; [`Error::Poll`] when the operating system
    /// cannot wait.
    ///
    /// [`EndpointError::NameInUse`]: crate::EndpointError::NameInUse
    pub fn publish(name: &str) -> Result<Server, Error> {
        Server::claim(name, Claim::IfFree)
    }

    /// As [`Server::publish`], and takes the name over from a server that is using it. That one
    /// keeps the clients it has.
    ///
    /// # Errors
    ///
    /// As [`Server::publish`], without [`NameInUse`](crate::EndpointError::NameInUse).
    pub fn publish_over(name: &str) -> Result<Server, Error> {
        Server::claim(name, Claim::TakeOver)
    }

    /// Listens on a port that the system chooses, for whoever is given [`Server::endpoint`].
    ///
    /// # Errors
    ///
    /// As [`Server::publish`].
    pub fn unpublished() -> Result<Server, Error> {
        let listener = socket::listen(0).map_err(Error::Bind)?;
        let endpoint = Endpoint::new(socket::port(&listener)).map_err(Error::Endpoint)?;
        Server::new(listener, Some(Box::new(endpoint)))
    }

    fn claim(name: &str, claim: Claim) -> Result<Server, Error> {
        let listener = socket::listen(0).map_err(Error::Bind)?;
        let port = socket::port(&listener);
        let published = endpoint::publish(name, port, claim).map_err(Error::Endpoint)?;
        Server::new(listener, Some(Box::new(published)))
    }

    /// Listens on a Unix-domain socket too, for clients that
    /// [ask for one](crate::Connection::open_local): they are served the same, and sooner. `false`:
    /// there is none such on this system, or the server has no endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the socket cannot be had.
    pub fn listen_local(&mut self) -> Result<bool, Error> {
        #[cfg(target_os = "linux")]
        if let Some(gate) = &self.state.clients.gate {
            let registry = self.state.poll.registry();
            let listener = crate::local::LocalListener::new(gate.endpoint(), registry, LISTENER)
                .map_err(Error::Bind)?;
            self.state.clients.local = Some(Box::new(listener));
            return Ok(true);
        }
        Ok(false)
    }

    /// The endpoint as text, to be handed to a child process in an environment variable or its
    /// standard input, or to a parent. Whoever has it is let in. `None`: the server has no key.
    pub fn endpoint(&self) -> Option<String> {
        self.state.clients.gate.as_ref().map(|gate| gate.endpoint().to_text())
    }

    /// Listens at a port of this machine for any process on it. Port 0 lets the system choose, see
    /// [`Server::port`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the port is taken.
    pub fn bind_trusting_all(port: u16) -> Result<Server, Error> {
        Server::new(socket::listen(port).map_err(Error::Bind)?, None)
    }

    /// Takes over a listener, whose address the rest of the program knows already, for any process
    /// that can reach it.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the listener cannot be made non-blocking, [`Error::Poll`] when the
    /// operating system cannot wait for it.
    pub fn listen_trusting_all(listener: std::net::TcpListener) -> Result<Server, Error> {
        listener.set_nonblocking(true).map_err(bind_error)?;
        Server::new(listener, None)
    }

    /// The port that the server listens at.
    pub fn port(&self) -> u16 {
        socket::port(&self.state.clients.listener)
    }

    fn new(
        listener: std::net::TcpListener,
        gate: Option<Box<dyn Gate + Send>>,
    ) -> Result<Server, Error> {
        let mut listener = TcpListener::from_std(listener);
        let poll = Poll::new().map_err(poll_error)?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE).map_err(poll_error)?;
        let clients = Clients::new(listener, gate);
        let events = Events::with_capacity(EVENTS);
        Ok(Server {
            state: Box::new(State { poll, events, clients, handle: None, spin: Spin::new() }),
        })
    }
}

fn bind_error(error: io::Error) -> Error {
    Error::Bind(OsError::from(error))
}
