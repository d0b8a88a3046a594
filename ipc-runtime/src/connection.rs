//! A blocking connection: all its I/O is done on the calling thread, and it starts no other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use ipc_core::codec::Writer;
use ipc_core::error::{Problem, Reason};
use ipc_core::method::Method;
use ipc_core::service::{self, Caller, Service};
use ipc_core::session::{Answer, Incoming, Limits, Session, Started};

use crate::offer::{Services, guard};
use crate::{Error, OsError};

/// How long a connection attempt may take. Loopback answers at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call waits for its answer, unless the user says otherwise.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long a write or a read may block while the other way is stuck too. Both sides writing and
/// neither reading would be a deadlock.
const STALL: Duration = Duration::from_millis(10);

/// One connection to a server, on which calls are made by generated clients.
///
/// While a call waits for its answer, calls that come the other way are served. After an error
/// that closed it every call fails with [`Reason::Disconnected`] or what it was closed for.
pub struct Connection {
    stream: TcpStream,
    session: Session,
    services: Services<dyn Service + Send>,
    /// How long a call may take.
    deadline: Duration,
    /// The read timeout that is set on the socket.
    read_timeout: Duration,
}

impl Connection {
    /// Connects to a server that [trusts every local process](crate::Server::bind_trusting_all),
    /// and trusts whatever listens there. Blocks for up to 2 seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when nothing listens at `address`.
    pub fn connect_trusting_all(address: SocketAddr) -> Result<Connection, Error> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)
            .map_err(|error| Error::Connect(error.into()))?;
        Connection::new(stream, Limits::DEFAULT).map_err(Error::Connect)
    }

    fn new(stream: TcpStream, limits: Limits) -> Result<Connection, OsError> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(STALL))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Connection {
            stream,
            session: Session::new(limits),
            services: Services::new(),
            deadline: DEADLINE,
            read_timeout: DEADLINE,
        })
    }

    /// Offers a service to the other side. Its calls are served while this side waits for an
    /// answer.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    pub fn add(&mut self, service: impl Service + Send + 'static) -> Result<(), Error> {
        self.services.add(Box::new(service))
    }

    /// How long calls wait for their answers from now on; 10 seconds at first. At least a
    /// millisecond, at most 49 days.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Blocks until `call` is answered, serving the calls that come the other way.
    fn wait(&mut self, call: Started) -> Result<(), Reason> {
        let start = Instant::now();
        while !self.session.is_answered(call) {
            if self.step(Some(call))? {
                continue;
            }
            let left = self.deadline.checked_sub(start.elapsed()).unwrap_or_default();
            if left.is_zero() {
                return Err(Reason::Deadline);
            }
            if self.flush()? {
                self.read(left)?;
            } else {
                self.read(STALL.min(left))?;
            }
        }
        Ok(())
    }

    /// Takes one frame that has been received, and serves it if it is a call. `false`: there is none.
    fn step(&mut self, awaited: Option<Started>) -> Result<bool, Reason> {
        match self.session.next(awaited) {
            Ok(Incoming::Nothing) => return Ok(false),
            Ok(Incoming::Call(head, args)) => {
                service::serve(&mut self.session, &mut self.services, guard, &head, args);
            }
            Ok(_) => {}
            Err(_) => return Err(self.close(Reason::Protocol)),
        }
        Ok(true)
    }

    /// Writes what is unsent, or as much of it as the socket takes for now. `true`: all of it.
    fn flush(&mut self) -> Result<bool, Reason> {
        let unsent = self.session.unsent();
        if unsent.is_empty() {
            return Ok(true);
        }
        match self.stream.write(unsent) {
            Ok(n) => self.session.sent(n),
            Err(error) if is_transient(error.kind()) => {}
            Err(_) => return Err(self.close(Reason::Disconnected)),
        }
        Ok(self.session.unsent().is_empty())
    }

    /// Reads what there is, and blocks for up to `timeout` if there is nothing.
    fn read(&mut self, timeout: Duration) -> Result<(), Reason> {
        // A system call that is worth making only when it changes something that matters.
        if timeout > self.read_timeout || self.read_timeout - timeout > STALL / 2 {
            self.read_timeout = timeout;
            if self.stream.set_read_timeout(Some(timeout)).is_err() {
                return Err(self.close(Reason::Disconnected));
            }
        }
        match self.stream.read(self.session.space()) {
            Ok(n @ 1..) => self.session.filled(n),
            Err(error) if is_transient(error.kind()) => {}
            _ => return Err(self.close(Reason::Disconnected)),
        }
        Ok(())
    }

    fn close(&mut self, reason: Reason) -> Reason {
        self.session.close(reason);
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        reason
    }
}

impl Caller for Connection {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        let deadline = u32::try_from(self.deadline.as_millis()).unwrap_or(0);
        self.session.begin_call(method, deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let call = self.session.end_call()?;
        match self.wait(call) {
            Ok(()) => self.session.collect(call),
            Err(reason) => Err(self.session.abandon(call, reason)),
        }
    }

    fn post(&mut self) -> Result<(), Problem> {
        let call = self.session.end_call()?;
        let start = Instant::now();
        loop {
            let reason = match self.flush() {
                Ok(true) => return Ok(()),
                Ok(false) if start.elapsed() < self.deadline => continue,
                Ok(false) => Reason::Deadline,
                Err(reason) => reason,
            };
            return Err(self.session.abandon(call, reason));
        }
    }
}

/// Nothing is wrong but the moment: no bytes yet, no room yet, a signal.
fn is_transient(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
