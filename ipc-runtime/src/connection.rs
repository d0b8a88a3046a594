//! A blocking connection: all its I/O is done on the calling thread, and it starts no other.

use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use ipc_core::codec::Writer;
use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::method::Method;
use ipc_core::service::{Caller, Service};
use ipc_core::session::{Answer, Limits, Session, Started};

use crate::Error;
use crate::endpoint::{self, Endpoint, EndpointError, Search};
use crate::offer::{Offered, Services};
use crate::sys::socket;
use crate::transport::{Receipt, receive, transmit};

/// Milliseconds that a connection attempt may take. Loopback answers at once or not at all.
const CONNECT_TIME: u32 = 2_000;

/// How long the server of a name is waited for.
const OPEN_TIME: Duration = Duration::from_secs(5);

/// Milliseconds that a call waits for its answer, unless the user says otherwise.
const DEADLINE: u32 = 10_000;

/// Milliseconds that a write or a read may block while the other way is stuck too: both sides
/// writing and neither reading would be a deadlock.
const STALL: u32 = 10;

/// How the server of an endpoint is reached, within so many milliseconds.
type Dial = fn(&Endpoint, u32) -> Result<TcpStream, EndpointError>;

/// One connection to a server, on which calls are made by generated clients.
///
/// While a call waits for its answer, calls that come the other way are served. After an error
/// that closed it every call fails with [`Reason::Disconnected`] or what it was closed for.
pub struct Connection {
    // On the heap, because a connection is handed from function to function while it is made.
    state: Box<State>,
}

struct State {
    stream: TcpStream,
    session: Session,
    /// What the other side may call.
    offered: Option<Box<dyn Offered>>,
    /// Milliseconds that a call may take.
    deadline: u32,
    /// Milliseconds of read timeout that are set on the socket.
    read_timeout: u32,
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
            if let Some(stream) = crate::local::connect(endpoint) {
                return endpoint::shake_hands(endpoint, stream, within);
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
    /// As [`Connection::open_endpoint`]; a variable that is not set is no endpoint.
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

    fn new(stream: TcpStream) -> Connection {
        socket::set_timeouts(&stream, DEADLINE, STALL);
        let state = Box::new(State {
            stream,
            session: Session::new(Limits::DEFAULT),
            offered: None,
            deadline: DEADLINE,
            read_timeout: DEADLINE,
        });
        Connection { state }
    }

    /// Sets what the connection may take from now on. For calls to get through, the other side's
    /// frame limit is to be the same.
    pub fn set_limits(&mut self, limits: Limits) {
        self.state.session.set_limits(limits);
    }

    /// Offers a service to the other side. Its calls are served while this side waits for an
    /// answer.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add(&mut self, service: impl Service + Send + 'static) -> Result<(), Error> {
        let offered = &mut self.state.offered;
        offered.get_or_insert_with(|| Box::new(Services::new())).add(Box::new(service))
    }

    /// How long calls wait for their answers from now on; 10 seconds at first. At least a
    /// millisecond, at most 49 days.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.state.deadline = u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX).max(1);
    }
}

impl State {
    /// Blocks until `call` is sent and, if it is to be, answered; serves the calls that come the
    /// other way. Sends nothing without reading too: the other side may be stuck until this one
    /// reads.
    fn wait(&mut self, call: Started) -> Result<Option<Frame>, Reason> {
        let start = socket::now();
        loop {
            let answer = self.step(call.id)?;
            if answer.is_some() {
                return Ok(answer);
            }
            let sent = self.flush()?;
            if sent && call.id == 0 {
                return Ok(None);
            }
            let left = self.deadline.saturating_sub(socket::now().wrapping_sub(start));
            if left == 0 {
                return Err(Reason::Deadline);
            }
            self.read(if sent { left } else { left.min(STALL) })?;
        }
    }

    /// Goes through the frames that have been received, up to the answer to the call of id
    /// `awaited`; calls are served.
    fn step(&mut self, awaited: u32) -> Result<Option<Frame>, Reason> {
        loop {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => match &mut self.offered {
                    Some(offered) => offered.serve(&mut self.session, &head, payload),
                    None => self.session.refuse(&head, Reason::UnknownService),
                },
                Ok(Some(frame @ Frame { head: Head::Reply(id) | Head::Fault(id), .. }))
                    if id == awaited =>
                {
                    return Ok(Some(frame));
                }
                // An answer that nobody waits for any more.
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(_) => return Err(self.close(Reason::Protocol)),
            }
        }
    }

    /// Writes what is unsent, or as much of it as the socket takes for now. `true`: all of it.
    fn flush(&mut self) -> Result<bool, Reason> {
        if !transmit(&mut self.stream, &mut self.session) {
            return Err(self.close(Reason::Disconnected));
        }
        Ok(self.session.unsent().is_empty())
    }

    /// Reads what there is, and blocks for up to `timeout` milliseconds if there is nothing.
    fn read(&mut self, timeout: u32) -> Result<(), Reason> {
        // A system call that is worth making only when it changes something that matters.
        if timeout > self.read_timeout || self.read_timeout - timeout > STALL / 2 {
            self.read_timeout = timeout;
            socket::set_timeouts(&self.stream, timeout, STALL);
        }
        match receive(&mut self.stream, &mut self.session) {
            Receipt::Bytes { .. } | Receipt::Nothing => Ok(()),
            Receipt::End | Receipt::Failed => Err(self.close(Reason::Disconnected)),
        }
    }

    #[cold]
    #[inline(never)]
    fn close(&mut self, reason: Reason) -> Reason {
        self.session.close(reason);
        let _ = self.stream.shutdown(Shutdown::Both);
        reason
    }
}

impl Caller for Connection {
    #[inline(never)]
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        let state = &mut *self.state;
        // Calls that were given up on are still to be sent, and pile up if nobody takes them.
        if state.session.unsent().len() > state.session.limits().frame {
            state.close(Reason::Disconnected);
        }
        state.session.begin_call(method, state.deadline)
    }

    #[inline(never)]
    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let state = &mut *self.state;
        let call = state.session.end_call()?;
        match state.wait(call) {
            Ok(Some(frame)) => state.session.answer(call, frame),
            Ok(None) => Err(gave_up(call, Reason::Dropped)),
            Err(reason) => Err(gave_up(call, reason)),
        }
    }

    fn post(&mut self) -> Result<(), Problem> {
        let state = &mut *self.state;
        let call = state.session.end_call()?;
        state.wait(call).map(drop).map_err(|reason| gave_up(call, reason))
    }
}

/// The call was sent, or part of it, and no answer is to come.
fn gave_up(call: Started, reason: Reason) -> Problem {
    Problem { method: call.method, reason, detail: None, may_have_run: true }
}
