//! Many clients on one thread: a mio loop around sessions.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ipc_core::schema::Schema;
use ipc_core::service::Service;
use mio::{Events, Poll, Token, Waker};

use self::client::Pause;
use self::clients::Clients;
use self::tapped::Taps;
use crate::limits::ServerLimits;
use crate::mail::Wake;
use crate::spin::Spin;
use crate::sys::socket;
use crate::tap::Tap;
use crate::{Error, OsError};

mod client;
mod clients;
mod gate;
mod later;
mod listen;
mod own;
mod signals;
mod tapped;

#[cfg(target_os = "linux")]
pub(crate) use clients::Accept;
pub use own::PeerInfo;

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// How often a server that is shutting down looks whether it is done.
const SHUTTING: Duration = Duration::from_millis(10);

/// Answers the calls of many clients, all on the thread that drives it.
///
/// Neither the server nor its services need be `Send`: build them on the thread that runs them. What
/// another thread wants of it, an endpoint or a [`Handle`], it is sent from there.
///
/// ```
/// # use ipc_runtime::{Server, service};
/// # #[service]
/// # trait Loader {
/// #     fn mods(&mut self) -> u32;
/// # }
/// # struct Mods;
/// # impl Loader for Mods {
/// #     fn mods(&mut self) -> u32 {
/// #         0
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (sender, started) = std::sync::mpsc::channel();
/// let thread = std::thread::spawn(move || -> Result<(), ipc_runtime::Error> {
///     let mut server = Server::unpublished()?;
///     server.add(LoaderService(Mods))?;
///     let _ = sender.send((server.endpoint(), server.handle()?));
///     server.run()
/// });
/// let (endpoint, handle) = started.recv()?;
/// # drop(endpoint);
/// handle.stop();
/// thread.join().expect("no panic")?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    // On the heap, because a server is handed from function to function while it is set up.
    state: Box<State>,
}

struct State {
    poll: Poll,
    events: Events,
    clients: Clients,
    /// Kept also because a waker that is dropped takes its wake-ups with it.
    handle: Option<Handle>,
    spin: Spin,
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

struct Shared {
    stop: AtomicBool,
    waker: Waker,
}

impl Wake for Shared {
    fn wake(&self) {
        // If this fails the loop is gone already. An error of std's is dropped in one place.
        let _ = self.waker.wake().map_err(OsError::from);
    }
}

impl Handle {
    /// Makes [`Server::run`] return as soon as the call that it is serving is done.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.wake();
    }

    /// Whether the server has been told to stop: for who drives it by [`Server::poll`].
    pub fn is_stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Acquire)
    }
}

impl Server {
    /// Sets what clients may take. Those that are connected keep the limits of their connection.
    pub fn set_limits(&mut self, limits: ServerLimits) {
        self.state.clients.shared.limits = limits;
    }

    /// Offers a service to every client. It is owned from now on: what the rest of the program is to
    /// reach too, it shares, in an `Rc<RefCell<..>>` where that runs on this thread, as a game's loop
    /// does, and in an `Arc<Mutex<..>>` otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`] when a service of this name is offered already.
    /// Or [`Error::Poll`], where it sends later and the operating system has no more of what wakes
    /// a loop.
    pub fn add<S: Service + 'static>(&mut self, service: S) -> Result<(), Error> {
        // In a box before all else, so that it is dropped in one way.
        let service = Box::new(service);
        if S::sends_later() { self.add_later(service) } else { self.offer(service) }
    }

    fn add_later(&mut self, service: Box<dyn Service>) -> Result<(), Error> {
        self.post()?;
        self.offer(service)
    }

    fn offer(&mut self, service: Box<dyn Service>) -> Result<(), Error> {
        self.state.clients.shared.services.add(service)
    }

    /// Has a service of its own made for each client, when it has come and proved itself: what it
    /// holds is that client's, and is dropped when the client is gone. Its calls find it before
    /// one that was [added](Server::add) for all. If `make` panics, the client has none.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn add_for_each<S: Service + 'static>(
        &mut self,
        make: impl FnMut(&PeerInfo) -> S + 'static,
    ) -> Result<(), Error> {
        let mut make = make;
        if let Some(post) = self.post()? {
            post.more().makes().push(Box::new(move |client, handle| {
                Box::new(make(&PeerInfo::new(client, handle)))
            }));
        }
        Ok(())
    }

    /// Offers the service of this name, as the trait has it, no more. `false`: it was not offered
    /// to all clients alike.
    pub fn remove(&mut self, service: &str) -> bool {
        self.state.clients.shared.services.remove(Schema::primitive(service).fold())
    }

    /// What a server has more when services send later. Once, and not for each service: 1 KiB.
    #[inline(never)]
    fn post(&mut self) -> Result<Option<&mut later::Post>, Error> {
        let handle = self.handle()?;
        Ok(later::post(&mut self.state.clients.shared, handle))
    }

    /// A handle that stops the server from another thread.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn handle(&mut self) -> Result<Handle, Error> {
        let State { poll, handle, .. } = &mut *self.state;
        match handle {
            Some(handle) => Ok(handle.clone()),
            None => {
                let waker = Waker::new(poll.registry(), WAKER).map_err(poll_error)?;
                let shared = Arc::new(Shared { stop: AtomicBool::new(false), waker });
                Ok(handle.insert(Handle { shared }).clone())
            }
        }
    }

    /// Serves until a [`Handle`] says stop. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn run(&mut self) -> Result<(), Error> {
        while !self.state.handle.as_ref().is_some_and(Handle::is_stopped) {
            self.wait()?;
        }
        Ok(())
    }

    /// As [`Server::poll`] for as long as it takes, and looks for what comes before it goes to
    /// sleep, if what came last came soon.
    fn wait(&mut self) -> Result<(), Error> {
        let looks = self.state.spin.is_warm();
        self.poll(looks.then_some(Duration::ZERO))?;
        let State { events, spin, .. } = &mut *self.state;
        spin.looked(!events.is_empty());
        Ok(())
    }

    /// From now on [`Server::run`] waits for calls without going to sleep for up to `most`, if the
    /// last ones came within twice of that, as [`Connection::set_spin`](crate::Connection::set_spin) does
    /// on the other side. At first it is 50 µs on Linux and nothing elsewhere; [`Duration::ZERO`]
    /// goes to sleep at once.
    pub fn set_spin(&mut self, most: Duration) {
        self.state.spin.set_most(most);
    }

    /// As [`Server::run`], and returns too when no client has been there for `alone`, from the
    /// beginning or since the last one went. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn run_until_alone(&mut self, alone: Duration) -> Result<(), Error> {
        let mut since = Instant::now();
        while !self.state.handle.as_ref().is_some_and(Handle::is_stopped) {
            let left = alone.saturating_sub(since.elapsed());
            if self.clients() > 0 {
                self.wait()?;
                since = Instant::now();
            } else if left.is_zero() {
                return Ok(());
            } else {
                self.poll(Some(left))?;
            }
        }
        Ok(())
    }

    /// How many clients there are that have proved themselves.
    pub fn clients(&self) -> usize {
        self.state.clients.count()
    }

    /// How many calls are not answered yet: those that clients made and whose handlers answer
    /// later, and those that were made to clients.
    pub fn in_flight(&self) -> usize {
        self.state.clients.sum(later::in_flight)
    }

    /// How many bytes are to be sent that the operating system has not taken yet: clients are slow
    /// to read them. Events that wait behind these do not count.
    pub fn queued_bytes(&self) -> usize {
        self.state.clients.sum(|client| client.session.unsent_len())
    }

    /// Has a tap see what is read and written of clients, beside those that are set already: of
    /// clients that come from now on, and of none before it has proved itself.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system has no more of what wakes a loop.
    pub fn tap(&mut self, tap: impl Tap + 'static) -> Result<(), Error> {
        self.watch(Box::new(tap))
    }

    fn watch(&mut self, tap: Box<dyn Tap>) -> Result<(), Error> {
        if let Some(post) = self.post()? {
            post.more().taps().get_or_insert_with(|| Box::new(Taps::default())).add(tap);
        }
        Ok(())
    }

    /// Ends the server in good order: nobody is let in any more, calls that are under way are
    /// answered and sent for up to `within`, and all clients are told that the server is shutting
    /// down, which is what they get for their next call. What they call meanwhile does not run and
    /// gets [`Reason::ShuttingDown`](crate::Reason::ShuttingDown). Blocks. To end it at once, drop
    /// it: clients then see that the connection is closed, and not why.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn shut_down(mut self, within: Duration) -> Result<(), Error> {
        let State { poll, clients, .. } = &mut *self.state;
        clients.stop_accepting(poll.registry());
        let services = clients.shared.services.shut();
        let start = Instant::now();
        // Calls that have come in are answered, if only with why they are not run.
        self.poll(Some(Duration::ZERO))?;
        while self.state.clients.is_busy()
            && let Some(left) = within.checked_sub(start.elapsed())
        {
            self.poll(Some(left.min(SHUTTING)))?;
        }
        self.state.clients.say_goodbye();
        drop(services);
        Ok(())
    }

    /// As [`Server::poll`] without waiting, and returns when `budget` is used up, even if clients
    /// have more calls: they are served the next time, and clients take turns. What a game calls
    /// once a frame. A handler is not interrupted, and one call is served however small the budget
    /// is. Who calls and waits, and calls again, gets an answer or two a frame; calls that are
    /// [started](crate::Pending) together are served together.
    ///
    /// # Errors
    ///
    /// As [`Server::poll`].
    pub fn poll_within(&mut self, budget: Duration) -> Result<(), Error> {
        let shared = &mut self.state.clients.shared;
        shared.pause = Some(Pause { start: Instant::now(), budget, begun: false });
        shared.pauses = Some(Pause::is_up);
        let outcome = self.poll(Some(Duration::ZERO));
        self.state.clients.shared.pause = None;
        outcome
    }

    /// How long may be waited until the next [`Server::poll`], if nothing happens before: for
    /// hosts that wait by themselves, for other things too. `None`: for as long as it takes.
    pub fn timeout(&self) -> Option<Duration> {
        self.state.clients.timeout().map(Duration::from_millis)
    }

    /// Waits for up to `timeout` (`None`: for as long as it takes) until there is something to do,
    /// does it, and returns. What a host's own loop calls.
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system cannot wait. What goes wrong with one client ends
    /// that client's connection and is no error of the server.
    pub fn poll(&mut self, timeout: Option<Duration>) -> Result<(), Error> {
        let timeout = timeout.into_iter().chain(self.timeout()).min();
        let State { poll, events, clients, .. } = &mut *self.state;
        match poll.poll(events, timeout) {
            Err(error) if !error.raw_os_error().is_some_and(socket::is_transient) => {
                return Err(poll_error(error));
            }
            _ => {}
        }
        clients.catch_up();
        for event in &*events {
            match event.token() {
                LISTENER => clients.accept = true,
                WAKER => {}
                Token(index) => {
                    if event.is_write_closed() {
                        clients.gone(index);
                    }
                    clients.serve(index, event.is_read_closed());
                }
            }
        }
        // Those who are there come first: they would be the first to go for who comes.
        clients.accept(poll.registry());
        // What handlers sent does not wait for the next time, which may be a frame away.
        clients.deliver();
        Ok(())
    }
}

/// For a host's own loop to wait for, no longer than [`Server::timeout`]: when it can be read from,
/// [`Server::poll`] has something to do.
#[cfg(unix)]
impl std::os::fd::AsRawFd for Server {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.state.poll.as_raw_fd()
    }
}

fn poll_error(error: io::Error) -> Error {
    Error::Poll(OsError::from(error))
}
