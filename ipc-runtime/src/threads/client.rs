//! One client on its thread: its services, and what its calls have to wait for.

use std::cell::{Cell, RefCell};
use std::mem;
use std::net::TcpStream;
use std::sync::Arc;

use ipc_core::error::{DecodeError, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::method::Method;
use ipc_core::service::{self, Service};
use ipc_core::session::Session;

use super::Gate;
use super::crowd::Leave;
use super::given::{self, Connected};
use crate::aside::{self, LOOK};
use crate::limits::ServerLimits;
use crate::offer::{self, Make};
use crate::spin::Spin;
use crate::sys::{self, socket};
use crate::transport::{Attempt, Raw, Stream, Transport, transmit};
use crate::wire::{NOBODY, Wire};

/// Milliseconds that an idle client is waited for at a time.
const IDLE: u32 = 3_600_000;

/// Makes the services of one name.
#[derive(Clone)]
pub(super) struct Factory {
    pub(super) make: Arc<dyn Fn() -> Box<dyn Service> + Send + Sync>,
    /// Whether another is made when one is at work.
    pub(super) again: bool,
    pub(super) sends_later: bool,
}

/// What the thread of a client is given.
pub(super) struct Client {
    pub(super) stream: Arc<TcpStream>,
    pub(super) gate: Option<Arc<dyn Gate>>,
    pub(super) services: Vec<Factory>,
    pub(super) connected: Option<Connected>,
    pub(super) limits: ServerLimits,
    pub(super) spin: Spin,
    /// Calls within calls that its stack has room for.
    pub(super) depth: u32,
    // Last: it says that all else is gone.
    pub(super) leave: Leave,
}

impl Client {
    pub(super) fn serve(mut self) {
        let limits = self.limits;
        if let Some(gate) = &self.gate
            && !(gate.is_proved(&mut self.stream, limits.handshake_time)
                && self.leave.crowd.proved(self.leave.id, limits.clients))
        {
            return;
        }
        if let Some(connected) = self.connected {
            return connected(given::connection(self.stream, self.leave, &limits));
        }
        let mut wire = Wire::new(Box::new(Socket(self.stream.clone())));
        wire.deadline = limits.deadline.max(1);
        wire.spin = self.spin;
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
        let (unsent, read_at) = (session.unsent_len(), wire.spin.since());
        let timeout = if session.is_idle() { IDLE } else { stall.max(1) };
        if let Err(reason) = wire.exchange(session, timeout, false) {
            return if ENDED.get() { finish(wire, session, stall) } else { Err(reason) };
        }
        wire.step(session, NOBODY)?;
        let now = socket::now();
        if session.is_idle() || session.unsent_len() < unsent || wire.spin.since() != read_at {
            since = now;
        } else if now.wrapping_sub(since) >= stall {
            return Err(wire.close(session, Reason::Disconnected));
        }
    }
}

/// The client sends no more. It gets the answers to what it sent before, unless it does not read
/// them or is gone altogether (WIRE.md §4).
fn finish(wire: &mut Wire, session: &mut Session, stall: u32) -> Result<(), Reason> {
    let mut since = socket::now();
    // To who is gone the first goes in vain, and the second fails.
    let mut cancels = 2;
    loop {
        // Asked for before, as what has been answered by then is sent now.
        let open = aside::open_calls(wire) > 0;
        let unsent = session.unsent_len();
        if let Some(before) = wire.before {
            before(wire, session)?;
        }
        if !transmit(&mut *wire.stream, session, true) {
            return Err(Reason::Disconnected);
        }
        let (left, now) = (session.unsent_len(), socket::now());
        if left == 0 && !open {
            return Ok(());
        }
        if left == 0 || left < unsent {
            since = now;
        } else if now.wrapping_sub(since) >= stall {
            return Err(Reason::Disconnected);
        }
        if open && cancels > 0 {
            cancels -= 1;
            session.cancel(0);
        }
        sys::sleep(LOOK);
    }
}

/// A client's socket. The end of what it sends is not the end of what it is sent.
struct Socket(Arc<TcpStream>);

impl Transport for Socket {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        let attempt = self.0.read(into, waits);
        if attempt == Attempt::Moved(0) {
            ENDED.set(true);
        }
        attempt
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        self.0.write(from, waits)
    }
}

impl Stream for Socket {
    fn set_timeouts(&self, read: u32, write: u32) {
        self.0.set_timeouts(read, write);
    }

    fn shut_down(&self) {
        if !ENDED.get() {
            self.0.shut_down();
        }
    }

    fn raw(&self) -> Raw {
        self.0.raw()
    }
}

thread_local! {
    /// The services of the thread's client; `None`: it is at work. Not in its connection, because
    /// that may be sent to another thread, and they may not.
    static SERVICES: RefCell<Vec<Option<Box<dyn Service>>>> = const { RefCell::new(Vec::new()) };
    static LIMITS: Cell<ServerLimits> = const { Cell::new(ServerLimits::DEFAULT) };
    /// Calls that may still be served, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The client sends no more.
    static ENDED: Cell<bool> = const { Cell::new(false) };
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
    let mut unsent = session.unsent_len();
    while session.unsent_len() > limits.write_queue {
        // What others send to a client that is slow waits as their rules say.
        if let Some(before) = wire.before
            && before(wire, session).is_err()
        {
            return false;
        }
        let sent = transmit(&mut *wire.stream, session, true);
        let now = socket::now();
        if session.unsent_len() < unsent {
            unsent = session.unsent_len();
            since = now;
        }
        if !sent || now.wrapping_sub(since) >= limits.stall_time {
            wire.close(session, Reason::Disconnected);
            return false;
        }
    }
    true
}
