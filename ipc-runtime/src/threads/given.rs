//! A client's connection in the hands of the program, which calls the client on it.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::crowd::Leave;
use crate::Connection;
use crate::limits::ServerLimits;
use crate::transport::{Attempt, Raw, Stream, Transport};

/// What is done with it.
pub(super) type Connected = Arc<dyn Fn(Connection) + Send + Sync>;

/// The connection of a client that has proved itself.
pub(super) fn connection(
    stream: Arc<TcpStream>,
    leave: Leave,
    limits: &ServerLimits,
) -> Connection {
    let mut connection = Connection::over(Box::new(Given { stream, _leave: leave }));
    connection.set_limits(limits.connection);
    connection.set_deadline(Duration::from_millis(limits.deadline.into()));
    connection.set_in_flight(limits.in_flight);
    connection
}

/// The client stays one of its server's for as long as this is there.
struct Given {
    stream: Arc<TcpStream>,
    _leave: Leave,
}

impl Transport for Given {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        self.stream.read(into, waits)
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        self.stream.write(from, waits)
    }
}

impl Stream for Given {
    fn set_timeouts(&self, read: u32, write: u32) {
        self.stream.set_timeouts(read, write);
    }

    fn shut_down(&self) {
        Stream::shut_down(&self.stream);
    }

    fn raw(&self) -> Raw {
        Stream::raw(&self.stream)
    }
}
