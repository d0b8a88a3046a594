//! What every test here stands on: a bound in time, and two connected ends.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipc_runtime::{CallError, Connection, Handle, Reason, Server, Service};

/// No test takes longer.
const BOUND: Duration = Duration::from_secs(120);

/// Aborts the program, with the test's name, if it is not dropped in time.
pub struct Watchdog {
    _alive: Sender<()>,
}

/// The first line of every test.
pub fn watchdog() -> Watchdog {
    let (alive, dropped) = mpsc::channel::<()>();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    thread::spawn(move || {
        if dropped.recv_timeout(BOUND) == Err(RecvTimeoutError::Timeout) {
            // Past the test's captured output, which an abort would lose.
            let _ = writeln!(io::stderr(), "\n{name}: not done after {BOUND:?}");
            std::process::abort();
        }
    });
    Watchdog { _alive: alive }
}

/// The end that serves, while it is set up. A test that needs no more than this of it runs over
/// whatever connects two ends.
pub struct Far<'s>(&'s mut Server);

impl Far<'_> {
    pub fn add<S: Service + 'static>(&mut self, service: S) {
        self.0.add(service).expect("there is no other of this name");
    }
}

/// Two connected ends: one on a thread of its own that serves what `offer` adds, until the first
/// value is dropped, and the other, to call from.
pub fn ends(offer: impl FnOnce(&mut Far<'_>) + Send + 'static) -> (Running, Connection) {
    let server = serve(|server| offer(&mut Far(server)));
    let connection = server.connect();
    (server, connection)
}

/// A server on a thread of its own, until it is dropped.
pub struct Running {
    pub port: u16,
    handle: Handle,
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

type Command = Box<dyn FnOnce(Server) -> Option<Server> + Send>;

/// Runs a server that `set_up` has set up.
pub fn serve(set_up: impl FnOnce(&mut Server) + Send + 'static) -> Running {
    let (sender, receiver) = mpsc::channel();
    let (commands, orders) = mpsc::channel::<Command>();
    let thread = thread::spawn(move || {
        let mut server = Server::bind_trusting_all(0).expect("a free port");
        set_up(&mut server);
        let port = server.port();
        sender.send((port, server.handle().expect("a waker"))).expect("the test waits for it");
        run(server, &orders);
    });
    let (port, handle) = receiver.recv().expect("the server starts");
    Running { port, handle, commands, thread: Some(thread) }
}

/// Runs it, again and again when there is something to be done with it in between.
fn run(mut server: Server, orders: &Receiver<Command>) {
    // A handle says stop once and for all, so the orders come between polls.
    loop {
        match orders.try_recv() {
            Ok(order) => match order(server) {
                Some(back) => server = back,
                None => return,
            },
            Err(mpsc::TryRecvError::Disconnected) => return,
            Err(mpsc::TryRecvError::Empty) => {
                server.poll(Some(Duration::from_millis(5))).expect("the loop goes on");
            }
        }
    }
}

impl Running {
    pub fn connect(&self) -> Connection {
        Connection::connect_trusting_all(self.port).expect("the server listens")
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Has something done with the server, and waits until it is.
    pub fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Server) -> T + Send + 'static,
    ) -> T {
        let (sender, done) = mpsc::channel();
        let command: Command = Box::new(move |mut server| {
            let _ = sender.send(act(&mut server));
            Some(server)
        });
        self.commands.send(command).expect("the server is there");
        done.recv().expect("the server's thread goes on")
    }

    /// Has something done that ends the server. Does not wait for it.
    pub fn end(&mut self, act: impl FnOnce(Server) + Send + 'static) {
        let command: Command = Box::new(move |server| {
            act(server);
            None
        });
        self.commands.send(command).expect("the server is there");
    }

    /// Waits until the thread that [`Running::end`] ends is at its end.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server's thread came to its end");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let (commands, _) = mpsc::channel();
        self.commands = commands;
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || thread::panicking(), "the server's thread panicked");
        }
    }
}

/// What a call came to, if to nothing, and whether it may have run.
pub fn failure<T, E>(outcome: Result<T, CallError<E>>) -> Option<(Reason, bool)> {
    outcome.err()?.problem().map(|problem| (problem.reason, problem.may_have_run))
}

/// The call certainly did not run, for this reason.
pub fn not_run(reason: Reason) -> Option<(Reason, bool)> {
    Some((reason, false))
}

/// The call may have run, and came to nothing for this reason.
pub fn may_have_run(reason: Reason) -> Option<(Reason, bool)> {
    Some((reason, true))
}
