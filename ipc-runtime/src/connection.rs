//! A blocking connection: all its I/O is done on the calling thread, and it starts no other.

use std::net::TcpStream;
use std::time::Duration;

use ipc_core::codec::Writer;
use ipc_core::error::{Problem, Reason};
use ipc_core::keeper::{Then, Ticket};
use ipc_core::method::Method;
use ipc_core::pending::Pipeline;
use ipc_core::service::{Caller, Service};
use ipc_core::session::{Answer, Limits, Session};

use crate::Error;
use crate::aside;
use crate::endpoint::{self, Endpoint, EndpointError, Search};
use crate::offer::offer;
use crate::sys::socket;
use crate::tap::{self, Tap};
use crate::transport::Stream;
use crate::wire::Wire;

/// Milliseconds that a connection attempt may take. Loopback answers at once or not at all.
const CONNECT_TIME: u32 = 2_000;

/// How long [`Connection::run`] waits at a time.
const RUN: Duration = Duration::from_secs(3600);

/// How long the server of a name is waited for.
const OPEN_TIME: Duration = Duration::from_secs(5);

/// How the server of an endpoint is reached, within so many milliseconds.
type Dial = fn(&Endpoint, u32) -> Result<TcpStream, EndpointError>;

/// One connection to a server, on which calls are made by generated clients.
///
/// While a call waits for its answer, calls that come the other way are served. After an error
/// that closed it every call fails with [`Reason::Disconnected`] or what it was closed for.
///
/// It may be sent to another thread. Threads that call at the same time open one each.
pub struct Connection {
    // On the heap, because a connection is handed from function to function while it is made.
    state: Box<State>,
}

struct State {
    wire: Wire,
    session: Session,
    /// How one-way calls are sent, if not as they are at first: a function, so that who says nothing
    /// of it has but one way.
    post: Option<Post>,
}

/// Sends the one-way call that was begun.
type Post = fn(&mut Wire, &mut Session) -> Result<(), Problem>;

/// What a one-way call does while the other side does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It blocks until it is sent, for as long as a call may take.
    Wait,
    /// It never blocks. What the system does not take at once is kept, and goes with what is sent
    /// next; where that is more than 64 KiB, or with the call more than the largest frame, the call
    /// fails with [`Reason::WouldBlock`], and does not run.
    Fail,
}

impl Connection {
    /// Connects to the server that is [published](crate::Server::publish) under `name`, and makes
    /// it prove that it is that one. Blocks for up to 5 seconds while there is no such server yet.
    ///
    /// # Errors
    ///
    /// As [`Connection::open_within`].
    pub fn open(name: &str) -> Result<Connection, Error> {
        Connection::open_within(name, OPEN_TIME)
    }

    /// As [`Connection::open`], but blocks for up to `within`, which is 49 days at most.
    ///
    /// # Errors
    ///
    /// [`Error::Endpoint`] with what the last attempt came to: no server of that name ever
    /// appeared, it was there and is gone, it did not answer, or it is not the one that it should
    /// be. At once when waiting cannot help.
    pub fn open_within(name: &str, within: Duration) -> Result<Connection, Error> {
        Connection::search(name, within, endpoint::dial)
    }

    /// As [`Connection::open_within`], over a Unix-domain socket if the server
    /// [listens on one](crate::Server::listen_local), and over TCP if not.
    ///
    /// # Errors
    ///
    /// As [`Connection::open_within`].
    pub fn open_local(name: &str, within: Duration) -> Result<Connection, Error> {
        Connection::search(name, within, |endpoint, within| {
            #[cfg(target_os = "linux")]
            match crate::local::connect(endpoint, within.min(CONNECT_TIME)) {
                Ok(stream) => return endpoint::shake_hands(endpoint, stream, within),
                // It listens there, and is too busy: over TCP it would be no less so.
                Err(error) if crate::sys::is_transient(error.0) => {
                    return Err(EndpointError::NoAnswer);
                }
                Err(_) => {}
            }
            endpoint::dial(endpoint, within)
        })
    }

    fn search(name: &str, within: Duration, dial: Dial) -> Result<Connection, Error> {
        let mut search = Search::new(name, within).map_err(Error::Endpoint)?;
        loop {
            match search.look().and_then(|endpoint| dial(&endpoint, search.left())) {
                Err(error) if error.may_pass() && search.pause() => {}
                outcome => return outcome.map(Connection::new).map_err(Error::Endpoint),
            }
        }
    }

    /// Connects to the server whose [endpoint](crate::Server::endpoint) was handed over as text,
    /// and makes it prove that it is that one. Blocks for up to 2 seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Endpoint`]: the text is no endpoint, the server is gone, does not answer, or is
    /// another one.
    pub fn open_endpoint(text: &str) -> Result<Connection, Error> {
        let endpoint = Endpoint::from_text(text).map_err(Error::Endpoint)?;
        Connection::dial(&endpoint, CONNECT_TIME).map_err(Error::Endpoint)
    }

    /// As [`Connection::open_endpoint`], with the text in an environment variable.
    ///
    /// # Errors
    ///
    /// As [`Connection::open_endpoint`]; a variable that is not set is no endpoint, and gets
    /// [`EndpointError::Malformed`].
    pub fn open_env(variable: &str) -> Result<Connection, Error> {
        Connection::open_endpoint(&std::env::var(variable).unwrap_or_default())
    }

    fn dial(endpoint: &Endpoint, within: u32) -> Result<Connection, EndpointError> {
        let stream = endpoint::dial(endpoint, within)?;
        Ok(Connection::new(stream))
    }

    /// Connects to a server that [trusts every local process](crate::Server::bind_trusting_all)
    /// on this machine, and trusts whatever listens there. Blocks for up to 2 seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when nothing listens at `port`.
    pub fn connect_trusting_all(port: u16) -> Result<Connection, Error> {
        let stream = socket::connect(port, CONNECT_TIME).map_err(Error::Connect)?;
        Ok(Connection::new(stream))
    }

    pub(crate) fn new(stream: TcpStream) -> Connection {
        Connection::over(Box::new(stream))
    }

    pub(crate) fn over(stream: Box<dyn Stream>) -> Connection {
        let (wire, session) = (Wire::new(stream), Session::new(Limits::DEFAULT));
        Connection { state: Box::new(State { wire, session, post: None }) }
    }

    /// Sets what the connection may take from now on. For calls to get through, the other side's
    /// frame limit is to be the same.
    pub fn set_limits(&mut self, limits: Limits) {
        self.state.session.set_limits(limits);
    }

    /// Sets what one-way calls do from now on while the other side does not read; at first they
    /// [wait](WhenFull::Wait).
    pub fn set_when_full(&mut self, when_full: WhenFull) {
        self.state.post = match when_full {
            WhenFull::Wait => None,
            WhenFull::Fail => Some(Wire::post_or_fail),
        };
    }

    /// Offers a service to the other side. Its calls are served while this side waits for an
    /// answer, and by [`Connection::poll`] and [`Connection::run`].
    ///
    /// While a handler itself waits for an answer, other services can be called, but this one is
    /// at work: calls of it get [`Reason::Reentered`], though the other side started them earlier.
    /// While the other side leaves more unread than 32 of the largest frames, calls that are
    /// answered get [`Reason::Busy`].
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add<S: Service + Send + 'static>(&mut self, service: S) -> Result<(), Error> {
        offer(&mut self.state.wire, service, None)
    }

    /// As [`Connection::add`], for a service that is called while a call of it waits for an answer
    /// to one of its own: `make` is asked for one more of it whenever all there are are at work.
    ///
    /// # Errors
    ///
    /// As [`Connection::add`].
    pub fn add_with<S: Service + Send + 'static>(
        &mut self,
        make: impl FnMut() -> S + Send + 'static,
    ) -> Result<(), Error> {
        let mut make = make;
        let first = make();
        offer(&mut self.state.wire, first, Some(Box::new(move || Box::new(make()))))
    }

    /// Sets how many calls may be [started](ipc_core::pending::Pending) and not answered yet; 32
    /// at first. One more waits until there is room.
    pub fn set_in_flight(&mut self, most: usize) {
        aside::set_most(&mut self.state.wire, most);
    }

    /// From now on an answer is waited for without going to sleep for up to `most`, if the last
    /// ones came within twice of that. On two cores a call then takes a fraction of the time, most of all
    /// where the server [does the same](crate::Server::set_spin). The core is left to others who
    /// want it in between; who waits for nothing, or for long, spends no time on it.
    ///
    /// At first it is 50 µs on Linux and nothing elsewhere, as a look that finds nothing costs as
    /// much under Wine as to be woken. [`Duration::ZERO`] goes to sleep at once; more than 10 ms
    /// are taken for these.
    pub fn set_spin(&mut self, most: Duration) {
        self.state.wire.spin.set_most(most);
    }

    /// Sends what is to be sent, serves the calls that have come in, and takes in answers to calls
    /// that were started. Waits for up to `timeout` if nothing has come in. What a host's own loop
    /// calls.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the connection is closed, and why.
    pub fn poll(&mut self, timeout: Duration) -> Result<(), Error> {
        let State { wire, session, .. } = &mut *self.state;
        let went = match session.closed() {
            Some(reason) => Err(wire.close(session, reason)),
            None => wire.poll(session, millis(timeout)),
        };
        went.map_err(|reason| {
            aside::fail(wire, reason);
            Error::Closed(reason)
        })
    }

    /// Serves the calls of the other side until the connection is closed. Blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] unless the other side closed it.
    pub fn run(&mut self) -> Result<(), Error> {
        loop {
            match self.poll(RUN) {
                Ok(()) => {}
                Err(Error::Closed(Reason::Disconnected | Reason::ShuttingDown)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Why the connection is gone, if it is known to be.
    pub(crate) fn closed(&self) -> Option<Reason> {
        self.state.session.closed()
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self, reason: Reason) {
        let State { wire, session, .. } = &mut *self.state;
        wire.close(session, reason);
    }

    /// Has a tap see what is read and written from now on, beside those that are set already. To
    /// see whole frames it is set before anything is called.
    pub fn tap(&mut self, tap: impl Tap + 'static) {
        tap::set(&mut self.state.wire, Box::new(tap));
    }

    /// How many calls were [started](ipc_core::pending::Pending) and not answered yet.
    pub fn in_flight(&self) -> usize {
        aside::in_flight(&self.state.wire)
    }

    /// How many bytes are to be sent that the operating system has not taken yet.
    pub fn queued_bytes(&self) -> usize {
        self.state.session.unsent_len()
    }

    /// How long calls wait for their answers from now on; 10 seconds at first. At least a
    /// millisecond, at most 49 days.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.state.wire.deadline = millis(deadline).max(1);
    }
}

/// For a host's own loop to wait for: when it can be read from, [`Connection::poll`] has something
/// to do. It has, too, if something is left from before that has been received already, and from
/// time to time if calls were started or handlers send later: poll before waiting, and don't wait
/// for long.
#[cfg(unix)]
impl std::os::fd::AsRawFd for Connection {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.state.wire.stream.raw()
    }
}

/// For a host's own loop to wait for: when it can be read from, [`Connection::poll`] has something
/// to do. It has, too, if something is left from before that has been received already, and from
/// time to time if calls were started or handlers send later: poll before waiting, and don't wait
/// for long.
#[cfg(windows)]
impl std::os::windows::io::AsRawSocket for Connection {
    fn as_raw_socket(&self) -> std::os::windows::io::RawSocket {
        self.state.wire.stream.raw()
    }
}

/// In whole milliseconds, 49 days at most.
pub(crate) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

impl Caller for Connection {
    #[inline(never)]
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        let State { wire, session, .. } = &mut *self.state;
        // Calls that were given up on are still to be sent, and pile up if nobody takes them.
        if session.unsent_len() > session.limits().frame {
            wire.close(session, Reason::Disconnected);
        }
        if socket::FORGETS && !method.oneway {
            wire.look(session);
        }
        session.begin_call(method, wire.deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let State { wire, session, .. } = &mut *self.state;
        wire.finish(session)
    }

    fn post(&mut self) -> Result<(), Problem> {
        let State { wire, session, post } = &mut *self.state;
        match post {
            None => wire.post(session),
            Some(post) => post(wire, session),
        }
    }
}

impl Pipeline for Connection {
    fn start(&mut self) -> Result<Ticket, Problem> {
        let State { wire, session, .. } = &mut *self.state;
        aside::start(wire, session)
    }

    fn wait(&mut self, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        let State { wire, session, .. } = &mut *self.state;
        aside::wait(wire, session, ticket)
    }

    fn then(&mut self, ticket: Ticket, then: Then) {
        let State { wire, session, .. } = &mut *self.state;
        aside::then(wire, session, ticket, then);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        aside::is_answered(&self.state.wire, ticket)
    }
}
