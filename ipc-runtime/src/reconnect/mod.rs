//! A connection that comes back.
//!
//! ```text
//!              ┌── dial fails: pause, twice as long each time ──┐
//!   begin: Writer ─→ finish: connected? ─ no ─→ dial ─→ offer ─→ connection
//!                              │                                    │ gone: again, if that is safe
//!                              └─ yes ─→ send, wait for the answer ─┘
//! ```

use std::error::Error as StdError;
use std::time::Duration;

use ipc_core::codec::Writer;
use ipc_core::error::Reason;
use ipc_core::method::Method;
use ipc_core::session::Limits;

use self::attempt::may_pass;
use self::back_off::BackOff;
use crate::connection::millis;
use crate::endpoint::{self, Search};
use crate::sys::socket;
use crate::{Connection, Error};

mod attempt;
mod back_off;
mod call;

/// Milliseconds that [`Reconnecting::poll`] gives an attempt to connect though it is to wait for
/// less: none would succeed otherwise.
const POLL_TIME: u32 = 100;

/// Milliseconds that calls take at most, unless the user says otherwise.
const DEADLINE: u32 = 10_000;

/// A client that comes back: generated clients made on it find the server afresh when their
/// connection is gone, because the server was restarted or has crashed.
///
/// It repeats by itself only what is safe to repeat: a call that certainly did not run is made
/// again on the new connection, and so is one of a method that is marked `#[ipc(idempotent)]`,
/// though it may have run. Any other call that may have run is reported as
/// [`MayHaveRun`](crate::CallError::MayHaveRun). All of it stays within the call's deadline.
///
/// Between attempts to connect it pauses for a random time of up to 10 ms, then 20, and so on up to
/// a second, so that the clients of a server that comes back do not all come at once.
///
/// What the server is to have of this side, the services offered to it and whatever this side
/// subscribes to, is gone with a connection: [`Reconnecting::offer`] says how it gets that again.
///
/// ```
/// use ipc_runtime::{Change, Reconnecting, Server, service};
///
/// #[service]
/// trait Clock {
///     #[ipc(idempotent)]
///     fn time(&mut self) -> u64;
/// }
///
/// struct Here(u64);
///
/// impl Clock for Here {
///     fn time(&mut self) -> u64 {
///         self.0
///     }
/// }
///
/// /// Serves until the handle that it returns says stop.
/// fn start(name: &str, time: u64) -> (ipc_runtime::Handle, std::thread::JoinHandle<()>) {
///     let (send, receive) = std::sync::mpsc::channel();
///     let name = name.to_owned();
///     let thread = std::thread::spawn(move || {
///         let mut server = Server::publish(&name).expect("a free name");
///         server.add(ClockService(Here(time))).expect("one of its name");
///         send.send(server.handle().expect("a waker")).expect("waited for");
///         server.run().expect("the loop goes on");
///     });
///     (receive.recv().expect("it starts"), thread)
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let name = format!("doc-clock-{}", std::process::id());
/// let mut connection = Reconnecting::open(&name)?;
/// connection.on_change(|change| match change {
///     Change::Connected { attempts } => println!("connected at attempt {attempts}"),
///     Change::Failed { attempts, error } => println!("attempt {attempts} failed: {error}"),
///     Change::Lost(reason) => println!("lost: {reason}"),
///     _ => {}
/// });
/// let mut clock = ClockClient::new(&mut connection);
///
/// let (first, thread) = start(&name, 1);
/// assert_eq!(clock.time(), Ok(1));
/// first.stop();
/// thread.join().expect("no panic");
///
/// let (second, thread) = start(&name, 2);
/// assert_eq!(clock.time(), Ok(2));
/// second.stop();
/// # thread.join().expect("no panic");
/// # Ok(())
/// # }
/// ```
pub struct Reconnecting {
    dial: Box<dyn FnMut(Duration) -> Result<Connection, Error> + Send>,
    offer: Option<Offer>,
    changed: Option<Changed>,
    connection: Option<Connection>,
    back_off: BackOff,
    /// Milliseconds that a call may take.
    deadline: u32,
    limits: Limits,
    /// The call that was begun, and its arguments until it has ended.
    method: &'static Method,
    arguments: Writer,
    /// The value of the latest answer.
    answer: Vec<u8>,
}

/// What is done with each new connection.
type Offer = Box<dyn FnMut(&mut Connection) -> Result<(), Box<dyn StdError>> + Send>;

/// Who is told of changes.
type Changed = Box<dyn FnMut(Change<'_>) + Send>;

/// What becomes of the connection of a [`Reconnecting`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Change<'a> {
    /// There is a connection, and what is to be [offered](Reconnecting::offer) on it is.
    Connected {
        /// How many attempts it took, this one included, since the last connection or pause in
        /// which nobody asked for one.
        attempts: u32,
    },
    /// An attempt to connect, or to offer, failed. There will be others, unless waiting cannot help.
    Failed {
        /// How many there have been since there was a connection.
        attempts: u32,
        /// What went wrong: an [`Error`], or what the offering returned.
        error: &'a (dyn StdError + 'static),
    },
    /// The connection is gone.
    Lost(Reason),
}

impl Reconnecting {
    /// Connects to the server that is [published](crate::Server::publish) under `name` as soon as
    /// something is called. Does not block.
    ///
    /// # Errors
    ///
    /// [`Error::Endpoint`] when `name` is none, or there is no place for endpoints.
    pub fn open(name: &str) -> Result<Reconnecting, Error> {
        let name = name.to_owned();
        Search::new(&name, Duration::ZERO).map_err(Error::Endpoint)?;
        Ok(Reconnecting::with(move |within| {
            let search = Search::new(&name, within).map_err(Error::Endpoint)?;
            let stream = search.look().and_then(|it| endpoint::dial(&it, millis(within)));
            stream.map(Connection::new).map_err(Error::Endpoint)
        }))
    }

    /// As [`Reconnecting::open`], with the server
    /// [that trusts every local process](crate::Server::bind_trusting_all) at this port.
    pub fn open_trusting_all(port: u16) -> Reconnecting {
        Reconnecting::with(move |_| Connection::connect_trusting_all(port))
    }

    /// As [`Reconnecting::open`], by any other means: `dial` makes one attempt to connect, which
    /// should take no longer than it is given.
    ///
    /// Attempts go on after [`Error::Connect`], [`Error::Closed`], and those of
    /// [`Error::Endpoint`] that [may pass](crate::EndpointError::may_pass); after others the call
    /// fails at once.
    ///
    /// ```
    /// use ipc_runtime::{Connection, Reconnecting};
    ///
    /// let by_socket =
    ///     Reconnecting::with(|within| Connection::open_local("reloaded", within));
    /// # drop(by_socket);
    /// ```
    pub fn with(
        dial: impl FnMut(Duration) -> Result<Connection, Error> + Send + 'static,
    ) -> Reconnecting {
        Reconnecting {
            dial: Box::new(dial),
            offer: None,
            changed: None,
            connection: None,
            back_off: BackOff::new(socket::now()),
            deadline: DEADLINE,
            limits: Limits::DEFAULT,
            method: &NONE,
            arguments: Writer::new(usize::MAX),
            answer: Vec::new(),
        }
    }

    /// Has `changed` called when something becomes of the connection: on the thread that calls,
    /// while it does.
    pub fn on_change(&mut self, changed: impl FnMut(Change<'_>) + Send + 'static) {
        self.changed = Some(Box::new(changed));
    }

    /// Has `offer` called with each new connection before it is used: to
    /// [add](Connection::add) services, and to call what subscribes this side to events. When it
    /// fails, so has the attempt to connect.
    ///
    /// ```
    /// # use ipc_runtime::{service, Reconnecting};
    /// #[service]
    /// trait Game {
    ///     fn subscribe(&mut self);
    /// }
    ///
    /// #[service]
    /// trait Events {
    ///     #[ipc(oneway)]
    ///     fn enabled(&mut self, id: &str);
    /// }
    ///
    /// struct Printer;
    ///
    /// impl Events for Printer {
    ///     fn enabled(&mut self, id: &str) {
    ///         println!("{id} is on");
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), ipc_runtime::Error> {
    /// let mut connection = Reconnecting::open("reloaded")?;
    /// connection.offer(|connection| {
    ///     connection.add(EventsService(Printer))?;
    ///     GameClient::new(connection).subscribe()?;
    ///     Ok(())
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn offer(
        &mut self,
        offer: impl FnMut(&mut Connection) -> Result<(), Box<dyn StdError>> + Send + 'static,
    ) {
        self.offer = Some(Box::new(offer));
    }

    /// How long calls take at most from now on, connecting included; 10 seconds at first. At least
    /// a millisecond, at most 49 days.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = millis(deadline).max(1);
    }

    /// Sets what connections may take that are made from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether there is a connection, as far as is known. Does not block, and reads nothing.
    pub fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.closed().is_none())
    }

    /// The connection that there is, to [start](crate::Pending) calls on it: what a loop that must
    /// not wait calls, together with [`Reconnecting::poll`]. `None`: there is none. Does not block.
    ///
    /// Nothing that is called on it is repeated. A call that was started and is still under way
    /// when the connection is lost fails, and may have run; so it does if the next connection is
    /// asked for its answer.
    ///
    /// ```
    /// # use ipc_runtime::{Reconnecting, service};
    /// #[service]
    /// trait Updater {
    ///     fn update(&mut self, package: &str) -> u32;
    /// }
    ///
    /// # fn frame(updater: &mut Reconnecting) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(connection) = updater.connection() {
    ///     let update = UpdaterCalls::new(connection).update("sonic.hd")?;
    ///     update.then(connection, |version| println!("it is {version:?} now"));
    /// }
    /// // Once a frame: the answer comes in here, or the news that there will be none.
    /// updater.poll(std::time::Duration::ZERO)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connection(&mut self) -> Option<&mut Connection> {
        self.look();
        let deadline = time(self.deadline);
        let connection = self.connection.as_mut()?;
        connection.set_deadline(deadline);
        Some(connection)
    }

    /// Connects, if there is no connection, for up to `within`. Blocks.
    ///
    /// # Errors
    ///
    /// What the last attempt came to; when there was time for none, [`Error::Closed`].
    pub fn connect(&mut self, within: Duration) -> Result<(), Error> {
        self.connected(socket::now(), millis(within), 0)
    }

    /// Serves the calls that have come in, and connects if there is no connection: what a
    /// subscriber's own loop calls. Waits for up to `timeout` if nothing has come in; an attempt to
    /// connect, of which there is at most one for each pause, may take up to 100 ms all the same.
    /// `false`: there is no connection so far.
    ///
    /// # Errors
    ///
    /// Why there is no connection, if waiting cannot help.
    pub fn poll(&mut self, timeout: Duration) -> Result<bool, Error> {
        let start = socket::now();
        let timeout = millis(timeout);
        match self.connected(start, timeout, POLL_TIME) {
            Err(error) if may_pass(error) => return Ok(false),
            outcome => outcome?,
        }
        let left = timeout.saturating_sub(socket::now().wrapping_sub(start));
        if let Some(connection) = &mut self.connection {
            // What it came to is seen by looking.
            connection.set_deadline(time(self.deadline));
            let _ = connection.poll(time(left));
        }
        self.look();
        Ok(self.connection.is_some())
    }
}

fn time(millis: u32) -> Duration {
    Duration::from_millis(millis.into())
}

/// Stands where no method was called.
static NONE: Method = Method::new("", "", "", ipc_core::schema::Schema::signature());
