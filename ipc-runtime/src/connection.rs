//! A blocking connection: all its I/O is done on the calling thread, and it starts no other.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use ipc_core::codec::Writer;
use ipc_core::error::{Problem, Reason};
use ipc_core::method::Method;
use ipc_core::service::{self, Caller, Service};
use ipc_core::frame::{Frame, Head};
use ipc_core::session::{Answer, Limits, Session, Started};

use crate::offer::{Services, guard};
use crate::transport::{Receipt, receive, transmit};
use crate::{Error, OsError};

/// How long a connection attempt may take. Loopback answers at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Milliseconds that a call waits for its answer, unless the user says otherwise.
const DEADLINE: u32 = 10_000;

/// Milliseconds that a write or a read may block while the other way is stuck too: both sides
/// writing and neither reading would be a deadlock.
const STALL: u32 = 10;

/// One connection to a server, on which calls are made by generated clients.
///
/// While a call waits for its answer, calls that come the other way are served. After an error
/// that closed it every call fails with [`Reason::Disconnected`] or what it was closed for.
pub struct Connection {
    stream: TcpStream,
    session: Session,
    services: Services<dyn Service + Send>,
    /// Milliseconds that a call may take.
    deadline: u32,
    /// Milliseconds of read timeout that are set on the socket.
    read_timeout: u32,
    /// When the connection was made.
    start: Instant,
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
        set_timeouts(&stream, DEADLINE);
        Ok(Connection {
            stream,
            session: Session::new(limits),
            services: Services::new(),
            deadline: DEADLINE,
            read_timeout: DEADLINE,
            start: Instant::now(),
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
        self.deadline = u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX).max(1);
    }

    /// Blocks until `call` is answered, serving the calls that come the other way.
    fn wait(&mut self, call: Started) -> Result<Frame, Reason> {
        let start = self.now();
        loop {
            if let Some(frame) = self.step(call.id)? {
                return Ok(frame);
            }
            let left = self.deadline.saturating_sub(self.now().wrapping_sub(start));
            if left == 0 {
                return Err(Reason::Deadline);
            }
            let timeout = if self.flush()? { left } else { left.min(STALL) };
            self.read(timeout)?;
        }
    }

    /// Goes through the frames that have been received, up to the answer to the call of id
    /// `awaited`; calls are served.
    fn step(&mut self, awaited: u32) -> Result<Option<Frame>, Reason> {
        loop {
            match self.session.next() {
                Ok(Some(Frame { head: Head::Call(head), payload })) => {
                    service::serve(&mut self.session, &mut self.services, guard, &head, payload);
                }
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
            set_timeouts(&self.stream, timeout);
        }
        match receive(&mut self.stream, &mut self.session) {
            Receipt::Bytes { .. } | Receipt::Nothing => Ok(()),
            Receipt::End | Receipt::Failed => Err(self.close(Reason::Disconnected)),
        }
    }

    /// Milliseconds since the connection was made.
    #[inline(never)]
    fn now(&self) -> u32 {
        // Wraps after 49 days; only differences are used.
        self.start.elapsed().as_millis() as u32
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
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.session.begin_call(method, self.deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let call = self.session.end_call()?;
        match self.wait(call) {
            Ok(frame) => self.session.answer(call, frame),
            Err(reason) => Err(gave_up(call, reason)),
        }
    }

    fn post(&mut self) -> Result<(), Problem> {
        let call = self.session.end_call()?;
        let start = self.now();
        loop {
            let reason = match self.flush() {
                Ok(true) => return Ok(()),
                Ok(false) if self.now().wrapping_sub(start) < self.deadline => continue,
                Ok(false) => Reason::Deadline,
                Err(reason) => reason,
            };
            return Err(gave_up(call, reason));
        }
    }
}

/// The call was sent, or part of it, and no answer is to come.
fn gave_up(call: Started, reason: Reason) -> Problem {
    Problem { method: call.method, reason, detail: None, may_have_run: true }
}

/// Sets how many milliseconds a read and a write may block: more than 0.
#[inline(never)]
fn set_timeouts(stream: &TcpStream, read: u32) {
    // If these fail, so will the read or the write.
    let _ = stream.set_read_timeout(Some(Duration::from_millis(u64::from(read))));
    let _ = stream.set_write_timeout(Some(Duration::from_millis(u64::from(STALL))));
}
