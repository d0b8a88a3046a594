//! The same hostile script against others: `hostile compare MESSAGE_IO`, where that is the program
//! of the folder `message_io`. dbus-daemon is Debian's.

use std::fmt::Display;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Process, rss};
use crate::rows::STRANGERS;
use crate::sockets::{connect_from, is_closed};

mod dbus;
mod message_io;
mod ours;

const SILENT: usize = 2_000;
const CALLS: usize = 300;
const GARBAGE: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(3);

/// One that is attacked.
trait Prey {
    fn name(&self) -> String;
    fn port(&self) -> u16;
    fn process(&mut self) -> &mut Process;
    /// A client that is what it should be: a call each time it is asked.
    fn honest(&self) -> Option<Box<dyn FnMut() -> bool>>;
    /// A call as it is right, by somebody who has nothing but the port; ours cannot have the key.
    fn call_without_key(&self) -> Vec<u8>;
    /// What looks like the beginning of something large.
    fn large(&self) -> Vec<u8>;
    /// Has the real client connect to this port, as if the server had been there.
    fn client_of(&self, port: u16) -> Process;
}

/// What came of it, by line.
type Column = Vec<(&'static str, String)>;

pub fn main(message_io: &str) -> ExitCode {
    let makers: [Box<dyn Fn() -> Box<dyn Prey>>; 3] = [
        Box::new(|| Box::new(ours::start())),
        Box::new(|| Box::new(message_io::start(message_io))),
        Box::new(|| Box::new(dbus::start())),
    ];
    let mut columns = Vec::new();
    for make in &makers {
        let mut column: Column = vec![("", make().name())];
        silent(&mut *make(), &mut column);
        garbage(&mut *make(), &mut column);
        unauthenticated(&mut *make(), &mut column);
        http(&mut *make(), &mut column);
        squatter(&*make(), &mut column);
        columns.push(column);
    }
    let rows = columns.first().map_or(0, Vec::len);
    for row in 0..rows {
        let cells = columns.iter().map(|column| format!(" {} |", column[row].1));
        println!("| {} |{}", columns[0][row].0, cells.collect::<String>());
        if row == 0 {
            println!("|---|{}", "---|".repeat(columns.len()));
        }
    }
    ExitCode::SUCCESS
}

fn put(column: &mut Column, what: &'static str, outcome: impl Display) {
    column.push((what, outcome.to_string()));
}

/// How the calls go: the slowest but one in a hundred, if each is answered.
fn p99(honest: &mut dyn FnMut() -> bool) -> Option<Duration> {
    let mut taken = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let start = Instant::now();
        if !honest() {
            return None;
        }
        taken.push(start.elapsed());
        thread::sleep(Duration::from_millis(1));
    }
    taken.sort_unstable();
    Some(taken[CALLS * 99 / 100])
}

fn silent(prey: &mut dyn Prey, column: &mut Column) {
    let mut honest = prey.honest().expect("nobody attacks it yet");
    let idle = p99(&mut *honest).expect("nobody attacks it yet");
    // Until it takes no more.
    let held: Vec<TcpStream> =
        (0..SILENT).map_while(|_| connect_from(3, prey.port()).ok()).collect();
    thread::sleep(Duration::from_millis(300));
    let outcome = match p99(&mut *honest) {
        Some(attacked) => format!("answered, p99 {attacked:.0?}, idle {idle:.0?}"),
        None => "not answered".to_owned(),
    };
    let connected = held.len();
    put(
        column,
        "2,000 silent connections: calls of a client that is there",
        format!("{outcome}; {connected} connected"),
    );
    let let_in = (0..10).filter(|_| prey.honest().is_some()).count();
    put(column, "... new clients let in, of 10", let_in);
    thread::sleep(PATIENCE);
    let open = held.iter().filter(|stream| !is_closed(stream)).count();
    put(column, "... still held 3 s later", open);
    drop(held);
}

fn garbage(prey: &mut dyn Prey, column: &mut Column) {
    let id = prey.process().id();
    let before = rss(id);
    let mut stream = connect_from(4, prey.port()).expect("it listens");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    let mut taken = 0;
    let chunk = vec![0x41; 1 << 16];
    let mut most = before;
    if stream.write_all(&prey.large()).is_ok() {
        while taken < GARBAGE && stream.write_all(&chunk).is_ok() {
            taken += chunk.len();
            most = most.max(rss(id));
        }
    }
    thread::sleep(Duration::from_millis(300));
    most = most.max(rss(id));
    let closed = is_closed(&stream);
    let grown = most.saturating_sub(before) / 1024;
    put(
        column,
        "64 MiB of garbage without a key: memory",
        format!("+{grown} KiB, {}", if closed { "closed" } else { "connection kept" }),
    );
}

/// What comes back within some time, and whether it was closed.
fn draws(prey: &dyn Prey, words: &[u8]) -> (usize, bool, Duration) {
    let mut stream = connect_from(5, prey.port()).expect("it listens");
    let start = Instant::now();
    let _ = stream.write_all(words);
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let mut chunk = [0; 4096];
    let mut said = 0;
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return (said, true, start.elapsed()),
            Ok(n) => said += n,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return (said, false, start.elapsed());
            }
            Err(_) => return (said, true, start.elapsed()),
        }
    }
}

fn unauthenticated(prey: &mut dyn Prey, column: &mut Column) {
    let call = prey.call_without_key();
    let (said, closed, _) = draws(prey, &call);
    let outcome = match (said, closed) {
        (0, true) => "refused, 0 bytes".to_owned(),
        (0, false) => "not answered".to_owned(),
        (n, _) => format!("answered, {n} bytes"),
    };
    put(column, "a call without a key", outcome);
}

fn http(prey: &mut dyn Prey, column: &mut Column) {
    let (said, closed, taken) = draws(prey, STRANGERS[0].1);
    let end = if closed { format!("closed after {taken:.1?}") } else { "kept".into() };
    put(column, "HTTP GET, within 3 s", format!("{said} bytes back, {end}"));
    let (_, closed, _) = draws(prey, b"G");
    put(column, "... its first byte alone", if closed { "closed" } else { "kept" });
}

fn squatter(prey: &dyn Prey, column: &mut Column) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let client = prey.client_of(port);
    let mut stream = listener.accept().expect("the client connects").0;
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a socket");
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut chunk) {
        said.extend_from_slice(&chunk[..n]);
    }
    drop(client);
    let what = if said.starts_with(b"\xf5ipC") {
        "a nonce of that connection"
    } else if said.windows(8).any(|part| part == b"transfer") {
        "the whole request"
    } else if said.windows(4).any(|part| part == b"AUTH") {
        "the secret nonce, and the user id"
    } else {
        "something"
    };
    put(column, "a squatter on the server's port hears", format!("{what} ({} bytes)", said.len()));
}
