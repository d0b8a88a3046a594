//! Many clients, each on a blocking thread of its own.
//!
//! ```text
//!   run: accept ─→ a thread: handshake ─→ serve ... ─→ gone
//!                     '─ Crowd: who is there, and who has proved itself ─'
//! ```
//!
//! A client is served by the machinery of [`Connection`](crate::Connection): its handlers may wait
//! for what they call.

use std::cell::{Cell, RefCell};
use std::io;
use std::mem;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use ipc_core::auth::Step;
use ipc_core::error::{DecodeError, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::method::Method;
use ipc_core::service::{self, Service};
use ipc_core::session::Session;

use crate::endpoint::{self, Claim, Endpoint};
use crate::limits::ServerLimits;
use crate::offer::{self, Make};
use crate::sys::socket;
use crate::transport::{Attempt, Raw, Stream, Transport, transmit};
use crate::wire::{NOBODY, Wire};
use crate::{Error, OsError, aside};

/// How long to wait until the system may have what it lacked: descriptors, most likely.
const LACK: Duration = Duration::from_millis(50);

/// Threads that may be on their way out, beside those of clients.
const LEAVING: usize = 32;

/// Bytes of stack for each call within a call.
const LEVEL: usize = 16 * 1024;

/// Milliseconds that an idle client is waited for at a time.
const IDLE: u32 = 3_600_000;

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
    stack: usize,
    limits: ServerLimits,
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
            stack: 256 * 1024,
            limits: ServerLimits::DEFAULT,
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
    /// other, as there are 16 KiB, and 16 times at most; calls beyond get [`Reason::Busy`].
    pub fn set_stack_size(&mut self, bytes: usize) {
        self.stack = bytes;
    }

    /// Sets what clients may take that come from now on. A client that has `in_flight` calls
    /// which are to be answered later gets [`Reason::Busy`] for further ones.
    pub fn set_limits(&mut self, limits: ServerLimits) {
        self.limits = limits;
    }

    /// Offers a service: `make` is called on the thread of each client that has come and proved
    /// itself. Of two services of one name, the first is found.
    ///
    /// While a handler waits for an answer of its peer, other services can be called, but this one
    /// is at work: calls of it get [`Reason::Reentered`].
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
    /// None so far.
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
            limits: self.limits,
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
            let n = match stream.read(handshake.space()) {
                Attempt::Moved(n @ 1..) => n,
                Attempt::NotNow => continue,
                Attempt::Moved(0) | Attempt::Failed => return false,
            };
            match handshake.filled(n) {
                Step::NeedMore => {}
                // A socket that has no room for its first 48 bytes is none to go on with.
                Step::Send(hello) if stream.write(hello) == Attempt::Moved(hello.len()) => {}
                Step::Done => return true,
                Step::Send(_) | Step::Refuse => return false,
            }
        }
    }

    fn text(&self) -> String {
        self.to_text()
    }
}

/// Who is there.
#[derive(Default)]
struct Crowd {
    guests: Mutex<Guests>,
    /// A thread has ended.
    left: Condvar,
    stop: AtomicBool,
}

#[derive(Default)]
struct Guests {
    /// In the order in which they came.
    there: Vec<Guest>,
    /// Threads that there are, those included whose clients are no guests any more.
    threads: usize,
    last: u64,
}

/// One who has come.
struct Guest {
    id: u64,
    stream: Arc<TcpStream>,
    /// It has yet to prove itself.
    pending: bool,
}

impl Guest {
    /// Has its thread end, as soon as its handler has returned.
    fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Guests {
    /// How many have proved themselves.
    fn clients(&self) -> usize {
        self.there.iter().filter(|guest| !guest.pending).count()
    }
}

impl Crowd {
    /// Nothing that panics is done while it is locked.
    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Closes all connections.
    fn close(&self) {
        for guest in &self.guests().there {
            guest.close();
        }
    }

    /// Takes one in; the oldest of those who have not proved themselves has to go if they are as
    /// many as may be. `None`: those who have are.
    fn enter(
        self: &Arc<Crowd>,
        stream: &Arc<TcpStream>,
        pending: bool,
        limits: &ServerLimits,
    ) -> Option<Leave> {
        let mut guests = self.guests();
        if guests.clients() >= limits.clients {
            return None;
        }
        let waiting = guests.there.len() - guests.clients();
        if waiting >= limits.handshakes
            && let Some(oldest) = guests.there.iter().position(|guest| guest.pending)
        {
            guests.there.remove(oldest).close();
        }
        // Who had to go takes a moment for it, and those who come must not pile up meanwhile.
        while guests.threads >= guests.there.len() + LEAVING && !self.is_stopped() {
            let waited = self.left.wait_timeout(guests, LACK);
            guests = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        guests.last += 1;
        guests.threads += 1;
        let id = guests.last;
        guests.there.push(Guest { id, stream: stream.clone(), pending });
        Some(Leave { crowd: self.clone(), id })
    }

    /// One has proved itself. `false`: it had to go meanwhile, or those who have are as many as may
    /// be.
    fn proved(&self, id: u64, most: usize) -> bool {
        let mut guests = self.guests();
        let room = guests.clients() < most;
        let guest = guests.there.iter_mut().find(|guest| guest.id == id);
        guest.filter(|_| room).map(|guest| guest.pending = false).is_some() && !self.is_stopped()
    }
}

/// Held by a client's thread for as long as it is there.
struct Leave {
    crowd: Arc<Crowd>,
    id: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut guests = self.crowd.guests();
        guests.there.retain(|guest| guest.id != self.id);
        guests.threads -= 1;
        self.crowd.left.notify_all();
    }
}

/// Makes the services of one name.
#[derive(Clone)]
struct Factory {
    make: Arc<dyn Fn() -> Box<dyn Service> + Send + Sync>,
    /// Whether another is made when one is at work.
    again: bool,
    sends_later: bool,
}

/// What the thread of a client is given.
struct Client {
    stream: Arc<TcpStream>,
    gate: Option<Arc<dyn Gate>>,
    services: Vec<Factory>,
    limits: ServerLimits,
    /// Calls within calls that its stack has room for.
    depth: u32,
    // Last: it says that all else is gone.
    leave: Leave,
}

impl Client {
    fn serve(mut self) {
        let limits = self.limits;
        if let Some(gate) = &self.gate
            && !(gate.is_proved(&mut self.stream, limits.handshake_time)
                && self.leave.crowd.proved(self.leave.id, limits.clients))
        {
            return;
        }
        let mut wire = Wire::new(Box::new(self.stream.clone()));
        wire.deadline = limits.deadline.max(1);
        aside::set_most(&mut wire, limits.in_flight);
        if self.services.iter().any(|factory| factory.sends_later) {
            aside::allow_sending_later(&mut wire);
        }
        for factory in self.services.drain(..) {
            let first = Box::new(Proxy::new(&factory));
            let more: Option<Make> = match factory.again {
                true => Some(Box::new(move || Box::new(Proxy::new(&factory)))),
                false => None,
            };
            // Two of one name: the first is found.
            let _ = offer::add(&mut wire, first, more, offer::on_line);
        }
        LIMITS.set(limits);
        DEPTH.set(self.depth);
        wire.other = other;
        let mut session = Session::new(limits.connection);
        // It is the connection that has ended; there is nobody to be told why.
        let _ = drive(&mut wire, &mut session, limits.stall_time);
        drop(wire);
        drop(SERVICES.take());
    }
}

/// Serves until the connection is closed, or has not moved for too long in the middle of something.
fn drive(wire: &mut Wire, session: &mut Session, stall: u32) -> Result<(), Reason> {
    let mut since = socket::now();
    loop {
        let (unsent, read_at) = (session.unsent().len(), wire.read_at);
        let timeout = if session.is_idle() { IDLE } else { stall.max(1) };
        wire.exchange(session, timeout, false)?;
        wire.step(session, NOBODY)?;
        let now = socket::now();
        if session.is_idle() || session.unsent().len() < unsent || wire.read_at != read_at {
            since = now;
        } else if now.wrapping_sub(since) >= stall {
            return Err(wire.close(session, Reason::Disconnected));
        }
    }
}

thread_local! {
    /// The services of the thread's client; `None`: it is at work. Not in its connection, because
    /// that may be sent to another thread, and they may not.
    static SERVICES: RefCell<Vec<Option<Box<dyn Service>>>> = const { RefCell::new(Vec::new()) };
    static LIMITS: Cell<ServerLimits> = const { Cell::new(ServerLimits::DEFAULT) };
    /// Calls that may still be served, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Stands in a connection for a service of its thread.
struct Proxy {
    methods: &'static [Method],
    /// Which one.
    at: usize,
}

impl Proxy {
    /// Makes the service.
    fn new(factory: &Factory) -> Proxy {
        let service = (factory.make)();
        let methods = service.methods();
        let at = SERVICES.with_borrow_mut(|services| {
            services.push(Some(service));
            services.len() - 1
        });
        Proxy { methods, at }
    }
}

impl Service for Proxy {
    fn methods(&self) -> &'static [Method] {
        self.methods
    }

    fn dispatch(&mut self, index: usize, call: &mut service::Call<'_>) -> Result<(), DecodeError> {
        let at = self.at;
        let mut lent = Lent { at, service: replace(at, None) };
        match &mut lent.service {
            Some(service) => service.dispatch(index, call),
            // It is one call at a time that a proxy is given.
            None => Err(DecodeError::Invalid),
        }
    }
}

/// A service that is at work. It is put back though its handler panics.
struct Lent {
    at: usize,
    service: Option<Box<dyn Service>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        replace(self.at, self.service.take());
    }
}

fn replace(at: usize, by: Option<Box<dyn Service>>) -> Option<Box<dyn Service>> {
    SERVICES.with_borrow_mut(|services| mem::replace(services.get_mut(at)?, by))
}

/// What is done with frames that are not the answer which is waited for: what a connection does,
/// within the limits of a server.
fn other(wire: &mut Wire, session: &mut Session, frame: Frame, awaited: u32) {
    let Head::Call(call) = frame.head else {
        return offer::other(wire, session, frame, awaited);
    };
    let (limits, depth) = (LIMITS.get(), DEPTH.get());
    if session.closed().is_some() || !make_room(wire, session, &limits) {
        return;
    }
    if depth == 0 || aside::open_calls(wire) >= limits.in_flight.max(1) {
        return session.refuse(&call, Reason::Busy);
    }
    DEPTH.set(depth - 1);
    offer::other(wire, session, frame, awaited);
    DEPTH.set(depth);
}

/// Waits until there is room for answers, for as long as those that there are are being read.
/// `false`: they are not, and the connection is closed.
fn make_room(wire: &mut Wire, session: &mut Session, limits: &ServerLimits) -> bool {
    let mut since = socket::now();
    let mut unsent = session.unsent().len();
    while session.unsent().len() > limits.write_queue {
        let sent = transmit(&mut *wire.stream, session);
        let now = socket::now();
        if session.unsent().len() < unsent {
            unsent = session.unsent().len();
            since = now;
        }
        if !sent || now.wrapping_sub(since) >= limits.stall_time {
            wire.close(session, Reason::Disconnected);
            return false;
        }
    }
    true
}

impl Stream for Arc<TcpStream> {
    fn set_timeouts(&self, read: u32, write: u32) {
        socket::set_timeouts(self, read, write);
    }

    fn set_blocking(&self, blocking: bool) {
        Stream::set_blocking(&**self, blocking);
    }

    fn shut_down(&self) {
        Stream::shut_down(&**self);
    }

    fn raw(&self) -> Raw {
        Stream::raw(&**self)
    }
}
