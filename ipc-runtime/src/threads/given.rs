//! A client's connection in the hands of the program, which calls the client on it.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::ThreadedServer;
use super::crowd::Leave;
use crate::Connection;
use crate::limits::ServerLimits;
use crate::transport::{Attempt, Raw, Stream, Transport};

/// What is done with it.
pub(super) type Connected = Arc<dyn Fn(Connection) + Send + Sync>;

impl ThreadedServer {
    /// Has `connected` given the connection of each client, when it has come and proved itself:
    /// for a server that calls its clients, as a host calls the plug-ins that it has started. It is
    /// called on the client's thread, and may serve the client there, or send the connection to
    /// another one.
    ///
    /// Services that the client is to have are [added](Connection::add) to the connection; those
    /// that were added to the server are not there. Until it is dropped it is one of the server's:
    /// it counts as a client, and is closed when [`ThreadedServer::run`] returns.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// use ipc_runtime::{Connection, ThreadedServer, service};
    ///
    /// #[service]
    /// trait Plugin {
    ///     fn words(&mut self, text: &str) -> u32;
    /// }
    ///
    /// struct Counting;
    ///
    /// impl Plugin for Counting {
    ///     fn words(&mut self, text: &str) -> u32 {
    ///         text.split_whitespace().count() as u32
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut server = ThreadedServer::unpublished()?;
    /// let (sender, plugins) = mpsc::channel();
    /// server.on_connect(move |connection| drop(sender.send(connection)));
    /// let (endpoint, handle) = (server.endpoint().expect("it has a key"), server.handle());
    /// let serving = std::thread::spawn(move || server.run());
    ///
    /// // The plug-in: a process, mostly, that got the endpoint in its environment.
    /// let plugin = std::thread::spawn(move || {
    ///     let mut host = Connection::open_endpoint(&endpoint)?;
    ///     host.add(PluginService(Counting))?;
    ///     host.run()
    /// });
    ///
    /// let mut connection = plugins.recv_timeout(Duration::from_secs(5))?;
    /// assert_eq!(PluginClient::new(&mut connection).words("one two"), Ok(2));
    /// drop(connection);
    /// plugin.join().expect("no panic")?;
    /// # handle.stop();
    /// # serving.join().expect("no panic")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_connect(&mut self, connected: impl Fn(Connection) + Send + Sync + 'static) {
        self.connected = Some(Arc::new(connected));
    }
}

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
