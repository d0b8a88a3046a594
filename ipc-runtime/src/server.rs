//! Many clients on one thread: a mio loop around sessions.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ipc_core::service::{self, Service};
use ipc_core::frame::{Frame, Head};
use ipc_core::session::{Buffers, Limits, Session};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::offer::{Services, guard};
use crate::transport::{Receipt, receive, transmit};
use crate::{Error, OsError};

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// Events taken from the operating system at a time.
const EVENTS: usize = 64;

/// A connection whose unsent answers are more than this is not read from.
const WRITE_QUEUE: usize = 256 * 1024;

/// Answers the calls of many clients, all on the thread that drives it.
///
/// Neither the server nor its services need be `Send`: build them on the thread that runs them.
pub struct Server {
    poll: Poll,
    events: Events,
    clients: Clients,
    /// Kept also because a waker that is dropped takes its wake-ups with it.
    handle: Option<Handle>,
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct Handle {
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl Handle {
    /// Makes [`Server::run`] return as soon as the call that it is serving is done.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        // If this fails the loop is gone already.
        let _ = self.waker.wake();
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl Server {
    /// Listens at `address` for any process that can reach it. Port 0 lets the system choose, see
    /// [`Server::address`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the address is taken or not this machine's.
    pub fn bind_trusting_all(address: SocketAddr) -> Result<Server, Error> {
        let listener = std::net::TcpListener::bind(address).map_err(bind_error)?;
        Server::listen_trusting_all(listener)
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
        Server::new(TcpListener::from_std(listener)).map_err(poll_error)
    }

    fn new(mut listener: TcpListener) -> io::Result<Server> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Server {
            poll,
            events: Events::with_capacity(EVENTS),
            clients: Clients {
                listener,
                slots: Vec::new(),
                backlog: Vec::new(),
                services: Services::new(),
                spare: Buffers::default(),
                limits: Limits::DEFAULT,
            },
            handle: None,
        })
    }

    /// Where the server listens.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the operating system cannot tell.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.clients.listener.local_addr().map_err(bind_error)
    }

    /// Offers a service to every client.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add(&mut self, service: impl Service + 'static) -> Result<(), Error> {
        self.clients.services.add(Box::new(service))
    }

    /// A handle that stops the server from another thread.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn handle(&mut self) -> Result<Handle, Error> {
        match &self.handle {
            Some(handle) => Ok(handle.clone()),
            None => {
                let waker = Waker::new(self.poll.registry(), WAKER).map_err(poll_error)?;
                let handle = Handle { stop: Arc::default(), waker: Arc::new(waker) };
                Ok(self.handle.insert(handle).clone())
            }
        }
    }

    /// Serves until a [`Handle`] says stop. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn run(&mut self) -> Result<(), Error> {
        while !self.handle.as_ref().is_some_and(Handle::is_stopped) {
            self.poll(None)?;
        }
        Ok(())
    }

    /// Waits for up to `timeout` (`None`: for as long as it takes) until there is something to do,
    /// does it, and returns. What a host's own loop calls.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system cannot wait. What goes wrong with one client ends
    /// that client's connection and is no error of the server.
    pub fn poll(&mut self, timeout: Option<Duration>) -> Result<(), Error> {
        let clients = &mut self.clients;
        let timeout = if clients.backlog.is_empty() { timeout } else { Some(Duration::ZERO) };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(poll_error(error)),
            _ => {}
        }
        for index in std::mem::take(&mut clients.backlog) {
            clients.serve(index);
        }
        for event in &self.events {
            match event.token() {
                LISTENER => clients.accept(self.poll.registry()),
                WAKER => {}
                Token(index) => clients.serve(index),
            }
        }
        Ok(())
    }
}

/// What the loop looks after.
struct Clients {
    listener: TcpListener,
    /// Indexed by token.
    slots: Vec<Option<Box<Client>>>,
    /// Those that have more to read than they were given time for.
    backlog: Vec<usize>,
    services: Services<dyn Service>,
    spare: Buffers,
    limits: Limits,
}

impl Clients {
    fn accept(&mut self, registry: &Registry) {
        while let Ok((stream, _)) = self.listener.accept() {
            let mut client = Box::new(Client {
                stream,
                session: Session::new(self.limits),
                ended: false,
            });
            let free = self.slots.iter().position(Option::is_none);
            let index = free.unwrap_or_else(|| {
                self.slots.push(None);
                self.slots.len() - 1
            });
            // A connection that cannot be set up is closed.
            if client.set_up(registry, Token(index)).is_ok()
                && let Some(slot) = self.slots.get_mut(index)
            {
                *slot = Some(client);
            }
        }
    }

    /// Does what can be done for a client without waiting for it.
    fn serve(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        let Some(client) = slot else { return };
        match client.serve(&mut self.services, &mut self.spare) {
            Ok(false) => {}
            Ok(true) => self.backlog.push(index),
            Err(Gone) => *slot = None,
        }
    }
}

fn bind_error(error: io::Error) -> Error {
    Error::Bind(OsError::from(error))
}

fn poll_error(error: io::Error) -> Error {
    Error::Poll(OsError::from(error))
}

/// One accepted connection.
struct Client {
    stream: TcpStream,
    session: Session,
    /// The client will send no more.
    ended: bool,
}

/// The connection is over.
struct Gone;

impl Client {
    fn set_up(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        registry.register(&mut self.stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Writes what is left, then reads once, answers, and writes again. `true`: there is more to
    /// do, but others come first.
    fn serve(
        &mut self,
        services: &mut Services<dyn Service>,
        spare: &mut Buffers,
    ) -> Result<bool, Gone> {
        let sent = transmit(&mut self.stream, &mut self.session);
        self.session.swap_buffers(spare);
        // Calls that were left when the write queue was full come before new ones.
        let mut more = self.answer(services)?;
        if !more && !self.ended {
            match receive(&mut self.stream, &mut self.session) {
                // A short read has emptied the socket; Windows wants to be told by a fruitless one.
                Receipt::Bytes { full } => more = full || cfg!(windows),
                Receipt::Nothing => {}
                Receipt::End => self.ended = true,
                Receipt::Failed => return Err(Gone),
            }
            more |= self.answer(services)?;
        }
        if !sent || !transmit(&mut self.stream, &mut self.session) {
            return Err(Gone);
        }
        self.session.swap_buffers(spare);
        // While something is unsent, the operating system says when there is room for it.
        if !self.session.unsent().is_empty() {
            return Ok(false);
        }
        if self.ended && !more { Err(Gone) } else { Ok(more) }
    }

    /// Serves the whole frames that have come in. `true`: some are left, because the write queue
    /// is full.
    fn answer(&mut self, services: &mut Services<dyn Service>) -> Result<bool, Gone> {
        while self.session.unsent().len() <= WRITE_QUEUE {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    service::serve(&mut self.session, services, guard, &head, payload);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(_) => return Err(Gone),
            }
        }
        Ok(true)
    }
}
