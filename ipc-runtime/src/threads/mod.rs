//! Many clients, each on a blocking thread of its own.
//!
//! ```text
//!   run: accept ─→ a thread: handshake ─→ serve ... ─→ gone
//!                     '─ Crowd: who is there, and who has proved itself ─'
//! ```
//!
//! A client is served by the machinery of [`Connection`](crate::Connection): its handlers may wait
//! for what they call.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use ipc_core::auth::Step;
use ipc_core::service::Service;

use self::client::{Client, Factory};
use self::crowd::Crowd;
use self::given::Connected;
use crate::endpoint::{self, Claim, Endpoint};
use crate::limits::ServerLimits;
use crate::spin::Spin;
use crate::sys::socket;
use crate::transport::{Attempt, Raw, Stream, Transport};
use crate::{Error, OsError};

mod client;
mod crowd;
mod given;

/// How long to wait until the system may have what it lacked: descriptors, most likely.
const LACK: Duration = Duration::from_millis(50);

/// Bytes of stack for each call within a call.
const LEVEL: usize = 16 * 1024;

/// Answers the calls of many clients, each on a thread of its own, so that a handler that blocks
/// keeps nobody waiting but its own client.
///
/// Each client has services of its own, which are made on its thread when it has proved itself,
/// dropped there when it is gone, and need not be `Send`. What clients are to share, the services
/// hold an `Arc` of. A handler's [`Peer`](crate::Peer) calls wait for their answers, and what the
/// client calls meanwhile is served.
///
/// To serve many clients that mostly wait, a [`Server`](crate::Server) takes less memory.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use ipc_runtime::{Connection, ThreadedServer, service};
///
/// #[service]
/// trait Tickets {
///     fn draw(&mut self) -> u32;
/// }
///
/// struct Roll(Arc<AtomicU32>);
///
/// impl Tickets for Roll {
///     fn draw(&mut self) -> u32 {
///         self.0.fetch_add(1, Ordering::Relaxed)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut server = ThreadedServer::unpublished()?;
/// server.set_stack_size(64 * 1024);
/// let drawn = Arc::new(AtomicU32::new(1));
/// server.add(move || TicketsService(Roll(drawn.clone())));
/// let (endpoint, handle) = (server.endpoint().expect("it has a key"), server.handle());
/// let thread = std::thread::spawn(move || server.run());
///
/// for ticket in 1..=3 {
///     let mut connection = Connection::open_endpoint(&endpoint)?;
///     assert_eq!(TicketsClient::new(&mut connection).draw(), Ok(ticket));
/// }
/// handle.stop();
/// thread.join().expect("no panic")?;
/// # Ok(())
/// # }
/// ```
pub struct ThreadedServer {
    listener: Arc<TcpListener>,
    /// Who is let in; without it, everybody.
    gate: Option<Arc<dyn Gate>>,
    /// What removes the endpoint file.
    _published: Option<Box<dyn Send>>,
    services: Vec<Factory>,
    /// Who takes the connections of clients, if they are not served here.
    connected: Option<Connected>,
    stack: usize,
    limits: ServerLimits,
    spin: Spin,
    crowd: Arc<Crowd>,
}

/// Stops a [`ThreadedServer`] from another thread.
#[derive(Clone)]
pub struct ThreadedHandle {
    listener: Weak<TcpListener>,
    crowd: Arc<Crowd>,
}

impl ThreadedHandle {
    /// Makes [`ThreadedServer::run`] return. Does not block, or for a second at most.
    pub fn stop(&self) {
        self.crowd.stop.store(true, Ordering::SeqCst);
        if let Some(listener) = self.listener.upgrade() {
            socket::stop_listening(&listener);
        }
    }
}

impl ThreadedServer {
    /// As [`Server::publish`](crate::Server::publish): listens on a port that the system chooses,
    /// and publishes it under `name`. The endpoint file is removed when this is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Endpoint`] when the name cannot be published, because it is in use or otherwise;
    /// [`Error::Bind`] when no port can be had.
    pub fn publish(name: &str) -> Result<ThreadedServer, Error> {
        let listener = listen(0)?;
        let published = endpoint::publish(name, socket::port(&listener), Claim::IfFree)
            .map_err(Error::Endpoint)?;
        let gate = Arc::new(published.endpoint().clone());
        Ok(ThreadedServer::new(listener, Some(gate), Some(Box::new(published))))
    }

    /// Listens on a port that the system chooses, for whoever is given
    /// [`ThreadedServer::endpoint`].
    ///
    /// # Errors
    ///
    /// As [`ThreadedServer::publish`].
    pub fn unpublished() -> Result<ThreadedServer, Error> {
        let listener = listen(0)?;
        let endpoint = Endpoint::new(socket::port(&listener)).map_err(Error::Endpoint)?;
        Ok(ThreadedServer::new(listener, Some(Arc::new(endpoint)), None))
    }

    /// Listens at a port of this machine for any process on it. Port 0 lets the system choose, see
    /// [`ThreadedServer::port`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when the port is taken.
    pub fn bind_trusting_all(port: u16) -> Result<ThreadedServer, Error> {
        Ok(ThreadedServer::new(listen(port)?, None, None))
    }

    fn new(
        listener: TcpListener,
        gate: Option<Arc<dyn Gate>>,
        published: Option<Box<dyn Send>>,
    ) -> ThreadedServer {
        ThreadedServer {
            listener: Arc::new(listener),
            gate,
            _published: published,
            services: Vec::new(),
            connected: None,
            stack: 256 * 1024,
            limits: ServerLimits::DEFAULT,
            spin: Spin::new(),
            crowd: Arc::default(),
        }
    }

    /// The port that the server listens at.
    pub fn port(&self) -> u16 {
        socket::port(&*self.listener)
    }

    /// The endpoint as text, to be handed over; see [`Server::endpoint`](crate::Server::endpoint).
    /// `None`: the server has no key.
    pub fn endpoint(&self) -> Option<String> {
        self.gate.as_ref().map(|gate| gate.text())
    }

    /// Sets the bytes of stack that the threads of clients have which come from now on; 256 KiB at
    /// first. 16 KiB are enough for plain handlers, 64 KiB in a debug build; what decoding deeply
    /// nested arguments takes comes on top. Systems give no less than they please: Linux 16 KiB.
    ///
    /// A handler that waits for its peer may meanwhile be called: as many times, one within the
    /// other, as there are 16 KiB, and 16 times at most; calls beyond get [`Reason::Busy`](crate::Reason::Busy).
    pub fn set_stack_size(&mut self, bytes: usize) {
        self.stack = bytes;
    }

    /// Sets what clients may take that come from now on. A client that has `in_flight` calls
    /// which are to be answered later gets [`Reason::Busy`](crate::Reason::Busy) for further ones.
    pub fn set_limits(&mut self, limits: ServerLimits) {
        self.limits = limits;
    }

    /// As [`Server::set_spin`](crate::Server::set_spin), for the threads of clients that come from
    /// now on.
    pub fn set_spin(&mut self, most: Duration) {
        self.spin.set_most(most);
    }

    /// Offers a service: `make` is called on the thread of each client that has come and proved
    /// itself. Of two services of one name, the first is found.
    ///
    /// While a handler waits for an answer of its peer, other services can be called, but this one
    /// is at work: calls of it get [`Reason::Reentered`](crate::Reason::Reentered).
    pub fn add<S: Service + 'static>(&mut self, make: impl Fn() -> S + Send + Sync + 'static) {
        self.services.push(Factory {
            make: Arc::new(move || Box::new(make())),
            again: false,
            sends_later: S::sends_later(),
        });
    }

    /// As [`ThreadedServer::add`], for a service that is called while a call of it waits: `make`
    /// is called for one more of it whenever all that the client has are at work.
    pub fn add_with<S: Service + 'static>(&mut self, make: impl Fn() -> S + Send + Sync + 'static) {
        self.add(make);
        if let Some(factory) = self.services.last_mut() {
            factory.again = true;
        }
    }

    /// What stops the server from another thread.
    pub fn handle(&self) -> ThreadedHandle {
        let (listener, crowd) = (Arc::downgrade(&self.listener), self.crowd.clone());
        ThreadedHandle { listener, crowd }
    }

    /// How many clients there are that have proved themselves.
    pub fn clients(&self) -> usize {
        self.crowd.guests().clients()
    }

    /// Lets clients in until a [`ThreadedHandle`] says stop, or at once if one has; then closes
    /// their connections and returns. Threads whose handlers are at work end when those return; for
    /// that it does not wait. Blocks.
    ///
    /// When the system has no more descriptors, memory or threads, clients wait or are turned away
    /// until it has; those that are there are served.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn run(&mut self) -> Result<(), Error> {
        while !self.crowd.is_stopped() {
            match self.listener.accept() {
                Ok((stream, _)) if !self.crowd.is_stopped() => self.admit(stream),
                Ok(_) => {}
                Err(error) if is_passing(&error) => {}
                Err(_) if self.crowd.is_stopped() => {}
                Err(_) => thread::sleep(LACK),
            }
        }
        self.crowd.close();
        Ok(())
    }

    /// Gives a client its thread, or turns it away.
    fn admit(&self, stream: TcpStream) {
        let stream = Arc::new(stream);
        let Some(leave) = self.crowd.enter(&stream, self.gate.is_some(), &self.limits) else {
            return;
        };
        // If this fails, nothing waits longer for it than before.
        let _ = stream.set_nodelay(true);
        let client = Client {
            stream,
            gate: self.gate.clone(),
            services: self.services.clone(),
            connected: self.connected.clone(),
            limits: self.limits,
            spin: self.spin,
            depth: u32::try_from(self.stack / LEVEL).unwrap_or(u32::MAX).max(1),
            leave,
        };
        // What cannot be spawned is dropped, and the client sees that it is turned away.
        let builder = thread::Builder::new().stack_size(self.stack);
        let _ = builder.spawn(move || client.serve());
    }
}

impl Drop for ThreadedServer {
    /// `run` may have ended by a panic.
    fn drop(&mut self) {
        self.crowd.stop.store(true, Ordering::SeqCst);
        self.crowd.close();
    }
}

/// A listener that blocks.
fn listen(port: u16) -> Result<TcpListener, Error> {
    let listener = socket::listen(port).map_err(Error::Bind)?;
    let blocks = listener.set_nonblocking(false);
    blocks.map_err(|error| Error::Bind(OsError::from(error)))?;
    Ok(listener)
}

/// Of the moment, or of the one connection that was to be accepted.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

/// Lets clients in. Behind a `dyn`, because servers without a key have none, and programs that
/// have no others nothing of it in them.
trait Gate: Send + Sync {
    /// Has the client prove itself within so many milliseconds; reads nothing that it has sent
    /// behind that.
    fn is_proved(&self, stream: &mut Arc<TcpStream>, within: u32) -> bool;

    fn text(&self) -> String;
}

impl Gate for Endpoint {
    fn is_proved(&self, stream: &mut Arc<TcpStream>, within: u32) -> bool {
        let Ok(mut handshake) = self.server_handshake() else { return false };
        let start = socket::now();
        loop {
            let left = within.saturating_sub(socket::now().wrapping_sub(start));
            if left == 0 {
                return false;
            }
            stream.set_timeouts(left, left);
            let n = match stream.read(handshake.space(), true) {
                Attempt::Moved(n @ 1..) => n,
                Attempt::NotNow => continue,
                Attempt::Moved(0) | Attempt::Failed => return false,
            };
            match handshake.filled(n) {
                Step::NeedMore => {}
                // A socket that has no room for its first 48 bytes is none to go on with.
                Step::Send(hello) if stream.write(hello, true) == Attempt::Moved(hello.len()) => {}
                Step::Done => return true,
                Step::Send(_) | Step::Refuse => return false,
            }
        }
    }

    fn text(&self) -> String {
        self.to_text()
    }
}

impl Stream for Arc<TcpStream> {
    fn set_timeouts(&self, read: u32, write: u32) {
        socket::set_timeouts(self, read, write);
    }

    fn shut_down(&self) {
        Stream::shut_down(&**self);
    }

    fn raw(&self) -> Raw {
        Stream::raw(&**self)
    }
}
