//! What every test here stands on: a bound in time, a server on a thread, raw peers, processes.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipc_core::method::Method;
use ipc_runtime::{Connection, Handle, Service};
use tests::desk::{self, Clerk, DeskService, Shelf};
use tests::heap::{Taken, measure};
use tests::loader::LoaderService;

/// No test takes longer.
const BOUND: Duration = Duration::from_secs(120);

/// No single read or write of a raw peer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// A server on a thread of its own, until it is dropped.
pub struct Running {
    pub port: u16,
    handle: Handle,
    thread: Option<JoinHandle<Taken>>,
}

/// Runs a server.
pub fn serve() -> Running {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let mut server = desk::server().expect("a free port");
        let port = server.port();
        sender.send((port, server.handle().expect("a waker"))).expect("the test waits for it");
        let (outcome, taken) = measure(|| server.run());
        outcome.expect("nothing that a client does ends the loop");
        taken
    });
    let (port, handle) = receiver.recv().expect("the server starts");
    Running { port, handle, thread: Some(thread) }
}

impl Running {
    pub fn connect(&self) -> Connection {
        desk::connect(self.port).expect("the server listens")
    }

    pub fn raw(&self) -> Raw {
        Raw::connect(self.port)
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
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

/// One end of a connection, with nothing of the library in it.
pub struct Raw(pub TcpStream);

impl Raw {
    pub fn connect(port: u16) -> Raw {
        Raw::new(TcpStream::connect(("127.0.0.1", port)).expect("somebody listens"))
    }

    pub fn new(stream: TcpStream) -> Raw {
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
        Raw(stream)
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the peer takes it");
    }

    /// Receives a whole frame, its length field included.
    pub fn frame(&mut self) -> Vec<u8> {
        let mut frame = vec![0; 4];
        self.0.read_exact(&mut frame).expect("a frame");
        let len = u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]);
        frame.resize(4 + len as usize, 0);
        self.0.read_exact(&mut frame[4..]).expect("the rest of a frame");
        frame
    }

    /// Says that no more is sent.
    pub fn half_close(&mut self) {
        self.0.shutdown(Shutdown::Write).expect("it is still open");
    }

    /// Whether the peer closes in good order, with nothing more to say.
    pub fn ends(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }

    /// Whether the peer closes, in whatever way, with nothing more to say.
    pub fn is_cut_off(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

/// A method of the services that the server offers.
pub fn method(name: &str) -> &'static Method {
    let desk = DeskService(Clerk::new()).methods();
    let loader = LoaderService(Shelf::default()).methods();
    desk.iter().chain(loader).find(|method| method.name == name).expect("there is such a method")
}

/// A frame: WIRE.md §4.
pub fn frame(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(1 + 4 + payload.len()).expect("a frame is that short");
    [&len.to_le_bytes(), [kind].as_slice(), &id.to_le_bytes(), payload].concat()
}

/// A call without a deadline.
pub fn call(id: u32, name: &str, args: &[u8]) -> Vec<u8> {
    let method = method(name);
    call_of(id, [method.service, method.id, method.signature], args)
}

/// A call of whatever these hashes name.
pub fn call_of(id: u32, hashes: [u32; 3], args: &[u8]) -> Vec<u8> {
    let [service, method, signature] = hashes.map(u32::to_le_bytes);
    frame(1, id, &[&service, &method, &signature, [0; 4].as_slice(), args].concat())
}

/// A reply.
pub fn reply(id: u32, value: &[u8]) -> Vec<u8> {
    frame(2, id, value)
}

/// A fault.
pub fn fault(id: u32, code: u8) -> Vec<u8> {
    frame(3, id, &[code])
}

/// Two numbers, as arguments.
pub fn two(a: u32, b: u32) -> Vec<u8> {
    [a.to_le_bytes(), b.to_le_bytes()].concat()
}

/// Runs `server` with the first connection to a port of its own, and says which.
pub fn raw_server<T: Send + 'static>(
    server: impl FnOnce(Raw) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody connects");
        drop(listener);
        server(Raw::new(stream))
    });
    (port, thread)
}

/// The `process` program in a role, killed when it is dropped.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub fn start(role: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_process"))
            .args(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program is there");
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        Process { input: child.stdin.take(), child, output }
    }

    /// One in the server's role, and where it serves.
    pub fn serve() -> (Process, u16) {
        let mut server = Process::start(&["serve"]);
        let port = server.line().parse().expect("a port");
        (server, port)
    }

    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its next line of output; empty when there is no more.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }

    /// Kills it, so that it can do nothing about it, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().expect("it may be killed");
        self.child.wait().expect("it is a child");
    }

    /// Ends its input and waits for it: whether all went well.
    pub fn finish(mut self) -> bool {
        drop(self.input.take());
        self.child.wait().expect("it is a child").success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
