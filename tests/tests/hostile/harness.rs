//! A bound in time, a server on a small thread, and a folder for endpoint files.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipc_runtime::{Connection, Handle, Server, ServerLimits};
use tests::heap::{Taken, measure};

use crate::keys::{Secret, secret};
use crate::raw::Raw;
use crate::target::{Counter, TargetService};

/// No test takes longer.
const BOUND: Duration = Duration::from_secs(60);

/// What the server's thread has to do with, unoptimised as tests are.
pub const STACK: usize = 256 * 1024;

/// What an honest client is worth in heap: buffers of 64 KiB, one to read and one to spare.
pub const MODEST: usize = 192 * 1024;

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

/// A server with a key, on a thread of its own, until it is dropped.
pub struct Running {
    /// What a launcher would hand over.
    pub endpoint: String,
    handle: Handle,
    thread: Option<JoinHandle<Taken>>,
}

pub fn serve(limits: ServerLimits) -> Running {
    run(move || {
        let mut server = Server::unpublished().expect("a free port");
        server.set_limits(limits);
        server
    })
}

/// Runs the server that `make` makes.
pub fn run(make: impl FnOnce() -> Server + Send + 'static) -> Running {
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let mut server = make();
        server.add(TargetService(Counter::default())).expect("it is the only one");
        let endpoint = server.endpoint().expect("it has a key");
        sender.send((endpoint, server.handle().expect("a waker"))).expect("the test waits");
        let (outcome, taken) = measure(|| server.run());
        outcome.expect("nothing that a client does ends the loop");
        taken
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    let (endpoint, handle) = receiver.recv().expect("the server starts");
    Running { endpoint, handle, thread: Some(thread) }
}

impl Running {
    pub fn secret(&self) -> Secret {
        secret(&self.endpoint)
    }

    pub fn port(&self) -> u16 {
        self.secret().port
    }

    /// One that has nothing but the port.
    pub fn raw(&self) -> Raw {
        Raw::connect(self.port())
    }

    /// One that has the key too.
    pub fn let_in(&self) -> Raw {
        Raw::let_in(&self.secret())
    }

    pub fn connect(&self) -> Connection {
        Connection::open_endpoint(&self.endpoint).expect("the server lets it in")
    }

    /// Stops it, and says what it took of the heap while it ran.
    pub fn stop(mut self) -> Taken {
        self.handle.stop();
        let thread = self.thread.take().expect("it is stopped once");
        thread.join().expect("the server's thread came to its end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Says which folder the body of a test has.
const INSIDE: &str = "IPC_TEST_INSIDE";

/// Runs the rest of the test in a process of its own, whose endpoint folder is new, through a shell
/// that does `first`. `Some`: this is that process, and the folder.
pub fn in_folder_after(first: &str) -> Option<PathBuf> {
    if let Some(folder) = env::var_os(INSIDE) {
        return Some(folder.into());
    }
    let name = thread::current().name().expect("tests have names").to_owned();
    let plain = name.replace(':', "_");
    let folder = env::temp_dir().join(format!("ipc-hostile-{}-{plain}", std::process::id()));
    fs::create_dir(&folder).expect("a new folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let outcome = Command::new("sh")
        .args(["-c", &format!("{first}exec \"$0\" \"$@\"")])
        .arg(env::current_exe().expect("this is a program"))
        .args(["--exact", &name, "--nocapture", "--test-threads=1"])
        .env("IPC_DIR", &folder)
        .env(INSIDE, &folder)
        .output()
        .expect("it can be started again");
    fs::remove_dir_all(&folder).expect("it is ours");
    let said = String::from_utf8_lossy(&outcome.stdout);
    let errors = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success() && said.contains("1 passed"), "{said}\n{errors}");
    None
}

pub fn in_folder() -> Option<PathBuf> {
    in_folder_after("")
}
