//! Many clients on one thread: a mio loop around sessions.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ipc_core::service::{self, Host, Service};
use ipc_core::frame::{Frame, Head};
use ipc_core::session::{Buffers, Limits, Session};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::offer::{Services, run};
use crate::transport::{Receipt, receive, transmit};
use crate::sys::socket;
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
    // On the heap, because a server is handed from function to function while it is set up.
    state: Box<State>,
}

struct State {
    poll: Poll,
    events: Events,
    clients: Clients,
    port: u16,
    /// Kept also because a waker that is dropped takes its wake-ups with it.
    handle: Option<Handle>,
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    stop: AtomicBool,
    waker: Waker,
}

impl Handle {
    /// Makes [`Server::run`] return as soon as the call that it is serving is done.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        // If this fails the loop is gone already.
        let _ = self.shared.waker.wake();
    }

    fn is_stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Acquire)
    }
}

impl Server {
    /// Listens at a port of this machine for any process on it. Port 0 lets the system choose, see
    /// [`Server::port`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the port is taken.
    pub fn bind_trusting_all(port: u16) -> Result<Server, Error> {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
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
        let port = listener.local_addr().map_err(bind_error)?.port();
        Server::new(TcpListener::from_std(listener), port).map_err(poll_error)
    }

    fn new(mut listener: TcpListener, port: u16) -> io::Result<Server> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let clients = Clients {
            listener,
            slots: Vec::new(),
            any_more: false,
            services: Services::new(),
            spare: Buffers::default(),
            limits: Limits::DEFAULT,
        };
        let events = Events::with_capacity(EVENTS);
        Ok(Server { state: Box::new(State { poll, events, clients, port, handle: None }) })
    }

    /// The port that the server listens at.
    pub fn port(&self) -> u16 {
        self.state.port
    }

    /// Offers a service to every client.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add(&mut self, service: impl Service + 'static) -> Result<(), Error> {
        self.state.clients.services.add(Box::new(service))
    }

    /// A handle that stops the server from another thread.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn handle(&mut self) -> Result<Handle, Error> {
        let State { poll, handle, .. } = &mut *self.state;
        match handle {
            Some(handle) => Ok(handle.clone()),
            None => {
                let waker = Waker::new(poll.registry(), WAKER).map_err(poll_error)?;
                let shared = Arc::new(Shared { stop: AtomicBool::new(false), waker });
                Ok(handle.insert(Handle { shared }).clone())
            }
        }
    }

    /// Serves until a [`Handle`] says stop. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn run(&mut self) -> Result<(), Error> {
        while !self.state.handle.as_ref().is_some_and(Handle::is_stopped) {
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
        let State { poll, events, clients, .. } = &mut *self.state;
        let timeout = if clients.any_more { Some(Duration::ZERO) } else { timeout };
        match poll.poll(events, timeout) {
            Err(error) if !error.raw_os_error().is_some_and(socket::is_transient) => {
                return Err(poll_error(error));
            }
            _ => {}
        }
        if std::mem::take(&mut clients.any_more) {
            clients.serve_more();
        }
        for event in &*events {
            match event.token() {
                LISTENER => clients.accept(poll.registry()),
                WAKER => {}
                Token(index) => clients.serve(index),
            }
        }
        Ok(())
    }
}

fn bind_error(error: io::Error) -> Error {
    Error::Bind(OsError::from(error))
}

fn poll_error(error: io::Error) -> Error {
    Error::Poll(OsError::from(error))
}

/// What the loop looks after.
struct Clients {
    listener: TcpListener,
    /// Indexed by token.
    slots: Vec<Option<Box<Client>>>,
    /// Some have more to do than they were given time for.
    any_more: bool,
    services: Services<dyn Service>,
    spare: Buffers,
    limits: Limits,
}

impl Clients {
    fn accept(&mut self, registry: &Registry) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream, registry),
                // Nobody is left, or the one who was has gone.
                Err(error) => return drop(OsError::from(error)),
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, registry: &Registry) {
        let index = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        let session = Session::new(self.limits);
        let mut client = Box::new(Client { stream, session, ended: false, more: false });
        // A connection that cannot be set up is closed.
        if client.set_up(registry, Token(index)).is_ok() {
            match self.slots.get_mut(index) {
                Some(slot) => *slot = Some(client),
                None => self.slots.push(Some(client)),
            }
        }
    }

    /// Goes on with those that have more to do.
    #[cold]
    fn serve_more(&mut self) {
        for index in 0..self.slots.len() {
            if matches!(self.slots.get(index), Some(Some(client)) if client.more) {
                self.serve(index);
            }
        }
    }

    /// Does what can be done for a client without waiting for it.
    fn serve(&mut self, index: usize) {
        let Some(Some(client)) = self.slots.get_mut(index) else { return };
        match client.serve(&mut self.services, &mut self.spare) {
            Ok(more) => {
                client.more = more;
                self.any_more |= more;
            }
            Err(Gone) => self.drop(index),
        }
    }

    #[inline(never)]
    fn drop(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = None;
        }
    }
}

/// One accepted connection.
struct Client {
    stream: TcpStream,
    session: Session,
    /// The client will send no more.
    ended: bool,
    /// There is more to do for it, but others came first.
    more: bool,
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
    #[inline(never)]
    fn answer(&mut self, services: &mut Services<dyn Service>) -> Result<bool, Gone> {
        while self.session.unsent().len() <= WRITE_QUEUE {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    let mut host = Host { offer: services, run, outbox: None, connection: 0 };
                    service::serve(&mut self.session, &mut host, &head, payload);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(_) => return Err(Gone),
            }
        }
        Ok(true)
    }
}
