//! Many clients on one thread: a mio loop around sessions.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ipc_core::service::{self, Service};
use ipc_core::session::{Buffers, Incoming, Limits, Session};
use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use crate::offer::{Services, guard};
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
    listener: TcpListener,
    clients: Vec<Option<Client>>,
    /// Clients that have more to read than they were given time for.
    backlog: Vec<usize>,
    services: Services<dyn Service>,
    spare: Buffers,
    limits: Limits,
    stop: Option<Arc<AtomicBool>>,
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
}

impl Server {
    /// Listens at `address` for any process that can reach it. Port 0 lets the system choose, see
    /// [`Server::address`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the address is taken or not this machine's.
    pub fn bind_trusting_all(address: SocketAddr) -> Result<Server, Error> {
        Server::new(address).map_err(|error| Error::Bind(error.into()))
    }

    fn new(address: SocketAddr) -> io::Result<Server> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(address)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Server {
            poll,
            events: Events::with_capacity(EVENTS),
            listener,
            clients: Vec::new(),
            backlog: Vec::new(),
            services: Services::new(),
            spare: Buffers::default(),
            limits: Limits::DEFAULT,
            stop: None,
        })
    }

    /// Where the server listens.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the operating system cannot tell.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.listener.local_addr().map_err(|error| Error::Bind(error.into()))
    }

    /// Offers a service to every client.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add(&mut self, service: impl Service + 'static) -> Result<(), Error> {
        self.services.add(Box::new(service))
    }

    /// A handle that stops the server from another thread.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn handle(&mut self) -> Result<Handle, Error> {
        let waker = Waker::new(self.poll.registry(), WAKER).map_err(poll_error)?;
        let stop = self.stop.get_or_insert_with(Arc::default).clone();
        Ok(Handle { stop, waker: Arc::new(waker) })
    }

    /// Serves until a [`Handle`] says stop. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn run(&mut self) -> Result<(), Error> {
        while !self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Acquire)) {
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
        let timeout = if self.backlog.is_empty() { timeout } else { Some(Duration::ZERO) };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(poll_error(error)),
            _ => {}
        }
        for index in std::mem::take(&mut self.backlog) {
            self.serve(index);
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            match event.token() {
                LISTENER => self.accept(),
                WAKER => {}
                Token(index) => self.serve(index),
            }
        }
        self.events = events;
        Ok(())
    }

    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let index = self.clients.iter().position(Option::is_none).unwrap_or_else(|| {
                self.clients.push(None);
                self.clients.len() - 1
            });
            let interest = Interest::READABLE | Interest::WRITABLE;
            if stream.set_nodelay(true).is_ok()
                && self.poll.registry().register(&mut stream, Token(index), interest).is_ok()
                && let Some(slot) = self.clients.get_mut(index)
            {
                *slot = Some(Client { stream, session: Session::new(self.limits), ended: false });
            }
        }
    }

    /// Does what can be done for a client without waiting for it.
    fn serve(&mut self, index: usize) {
        let Some(slot) = self.clients.get_mut(index) else { return };
        let Some(client) = slot else { return };
        match client.serve(&mut self.services, &mut self.spare) {
            Progress::Waiting => {}
            Progress::More => self.backlog.push(index),
            Progress::Gone => *slot = None,
        }
    }
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

/// How it stands with a client after it was served.
enum Progress {
    /// The operating system will say when there is more to do.
    Waiting,
    /// There is more to read, but others come first.
    More,
    /// The connection is over.
    Gone,
}

impl Client {
    /// Writes what is left, then reads once, answers, and writes again.
    fn serve(&mut self, services: &mut Services<dyn Service>, spare: &mut Buffers) -> Progress {
        self.try_serve(services, spare).unwrap_or(Progress::Gone)
    }

    fn try_serve(
        &mut self,
        services: &mut Services<dyn Service>,
        spare: &mut Buffers,
    ) -> io::Result<Progress> {
        self.flush()?;
        self.session.swap_buffers(spare);
        // Calls that were left when the write queue was full come before new ones.
        let mut more = self.answer(services)?;
        if !more && !self.ended {
            more = self.read()?;
            more |= self.answer(services)?;
        }
        self.flush()?;
        self.session.swap_buffers(spare);
        Ok(match self.session.unsent().len() {
            0 if self.ended && !more => Progress::Gone,
            // The operating system says when the socket takes more.
            1.. => Progress::Waiting,
            _ if more => Progress::More,
            _ => Progress::Waiting,
        })
    }

    /// Reads once. `true`: there may be more.
    fn read(&mut self) -> io::Result<bool> {
        let space = self.session.space();
        let room = space.len();
        match self.stream.read(space) {
            Ok(0) => {
                self.ended = true;
                Ok(false)
            }
            Ok(n) => {
                self.session.filled(n);
                // A short read has emptied the socket; Windows wants to be told so by a fruitless one.
                Ok(n == room || cfg!(windows))
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => Ok(false),
                ErrorKind::Interrupted => Ok(true),
                _ => Err(error),
            },
        }
    }

    /// Serves the whole frames that have come in. `true`: some are left, because the write queue
    /// is full.
    fn answer(&mut self, services: &mut Services<dyn Service>) -> io::Result<bool> {
        while self.session.unsent().len() <= WRITE_QUEUE {
            match self.session.next(None) {
                Ok(Incoming::Nothing) => return Ok(false),
                Ok(Incoming::Call(head, args)) => {
                    service::serve(&mut self.session, services, guard, &head, args);
                }
                Ok(Incoming::Cancel(_) | Incoming::Answer) => {}
                Err(_) => return Err(ErrorKind::InvalidData.into()),
            }
        }
        Ok(true)
    }

    /// Writes until all is written or the socket takes no more.
    fn flush(&mut self) -> io::Result<()> {
        loop {
            let unsent = self.session.unsent();
            if unsent.is_empty() {
                return Ok(());
            }
            match self.stream.write(unsent) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => self.session.sent(n),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
