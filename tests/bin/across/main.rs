//! One side of two that are not of one kind: another system, another word size, another byte order.
//! `tests/platforms/pairs.py` starts a server of one kind and clients of another; all of them meet by
//! name.
//!
//! `across serve NAME [STALL]` and the servers of every other kind, whose names begin so, end when
//! their input does. Every other role ends by itself, and fails by a panic.

#[cfg(windows)]
mod console;
mod ends;
mod exchange;
mod handed;
mod later;
mod raw;
mod servers;
mod speed;
mod talk;
mod told;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Connection, Error, Reason, Server, ServerLimits};
use tests::desk::{Clerk, DeskClient, DeskService, Shelf};
use tests::loader::LoaderService;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match *args {
        ["serve", name] => serve(name, ServerLimits::DEFAULT.stall_time),
        ["serve", name, stall] => serve(name, number(stall)),
        ["serve_by", how, name] => speed::serve_by(how, name),
        ["serve_and", end, name] => raw::serve_and(end, name),
        ["serve_all", name] => servers::all(name),
        ["serve_host", name] => servers::host(name),
        ["serve_threads", name] => servers::threads(name),
        ["serve_spinning", name] => servers::spinning(name),
        ["serve_until_alone", name] => servers::until_alone(name),
        ["serve_until_told", name] => servers::until_told(name),
        #[cfg(windows)]
        ["tell_to_end", name] => console::tell_to_end(name),
        ["calls", name] => talk::calls(&mut open(name)),
        ["one_way", name] => talk::one_way(&mut open(name)),
        ["errors", name] => talk::errors(&mut open(name)),
        ["panics", name] => talk::panics(&mut open(name)),
        ["events", name] => talk::events(&mut open(name)),
        ["deadlines", name] => talk::deadlines(&mut open(name)),
        ["limits", name] => talk::limits(&mut open(name)),
        ["deferred", name] => later::deferred(&mut open(name)),
        ["started", name] => later::started(&mut open(name)),
        ["cancels", name] => later::cancels(&mut open(name)),
        ["gone", name] => later::gone(name),
        ["late", name] => later::late(&mut open(name)),
        ["late_raw", name] => raw::late(name),
        ["callbacks", name] => later::callbacks(name),
        ["threads", name] => later::threads(name),
        ["full", name] => later::full(&mut open(name)),
        ["kept", name] => told::kept(&mut open(name)),
        ["subscribers", name] => told::subscribers(name),
        ["missing", name] => ends::missing(&mut open(name)),
        ["own", name] => ends::own(name),
        ["open_local", how, name] => ends::local(how, name),
        ["spinning", name] => ends::spinning(&mut open(name)),
        ["frames", name] => ends::frames(&mut open(name)),
        ["slow_callback", name] => ends::slow_callback(&mut open(name)),
        ["services", name] => ends::services(&mut open(name)),
        ["goodbye", name] => ends::goodbye(name),
        ["there", name] => ends::there(name),
        ["comes_back", name] => ends::comes_back(name),
        ["launch", ref command @ ..] => handed::launch(command),
        ["launched"] => handed::child(),
        ["half_close", name] => raw::half_close(name),
        ["pieces", name] => raw::pieces(name),
        ["leaves", name] => raw::leaves(name),
        ["at_once", name] => talk::at_once(name),
        ["cut", name, len] => raw::cut(name, number(len)),
        ["wait", name, deadline] => wait(name, number(deadline)),
        ["honest", name] => honest(name),
        ["nobody", name] => nobody(name),
        ["speed", name, calls] => speed(name, number(calls)),
        ["speed_raw", name, calls] => raw::speed(name, number(calls)),
        _ => panic!("no such role: {args:?}"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn open(name: &str) -> Connection {
    Connection::open(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A line for whoever started this, at once.
fn say(line: &str) {
    println!("{line}");
    io::stdout().flush().expect("somebody listens");
}

/// Blocks until whoever started this has no more to say.
fn until_input_ends() {
    let _ = io::stdin().read_line(&mut String::new());
}

fn serve(name: &str, stall_time: u32) {
    let mut server = Server::publish(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    server.set_limits(ServerLimits { stall_time, ..ServerLimits::DEFAULT });
    server.add(DeskService(Clerk::new())).expect("it is the first");
    server.add(LoaderService(Shelf::default())).expect("it has another name");
    let handle = server.handle().expect("a waker");
    std::thread::spawn(move || {
        until_input_ends();
        handle.stop();
    });
    say("serving");
    server.run().expect("the loop goes on");
}

/// Makes a call that is not answered, and says what became of it and when, in milliseconds.
fn wait(name: &str, deadline: u64) {
    let mut connection = open(name);
    connection.set_deadline(Duration::from_millis(deadline));
    let mut desk = DeskClient::new(&mut connection);
    say("calling");
    let start = Instant::now();
    let Err(CallError::MayHaveRun(problem)) = desk.wait(3_600_000) else {
        panic!("it was sent and not answered")
    };
    say(&format!("{:?} {}", problem.reason, start.elapsed().as_millis()));
    if problem.reason == Reason::Disconnected {
        let Err(CallError::NotRun(problem)) = desk.add(1, 2) else { panic!("nobody is there") };
        assert_eq!(problem.reason, Reason::Disconnected);
    }
}

/// Makes a call a millisecond until its input ends, and says how many there were and how many
/// milliseconds the slowest took.
fn honest(name: &str) {
    let mut connection = open(name);
    let mut desk = DeskClient::new(&mut connection);
    let input = std::thread::spawn(until_input_ends);
    let (mut calls, mut slowest) = (0, Duration::ZERO);
    say("calling");
    while !input.is_finished() {
        let start = Instant::now();
        assert_eq!(desk.add(calls, 1), Ok(calls + 1));
        slowest = slowest.max(start.elapsed());
        calls += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    say(&format!("{calls} {}", slowest.as_millis()));
}

/// Nobody serves under this name any more, nor at the port of a listener that is gone: both are told
/// in good time.
fn nobody(name: &str) {
    let start = Instant::now();
    let refused = Connection::open_within(name, Duration::from_millis(100)).err();
    assert!(matches!(refused, Some(Error::Endpoint(_))), "{refused:?}");
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    drop(listener);
    let refused = Connection::connect_trusting_all(port).err();
    assert!(matches!(refused, Some(Error::Connect(_))), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    say(&format!("{refused:?}"));
}

/// Says how many nanoseconds a call takes: the median.
fn speed(name: &str, calls: u32) {
    let mut connection = open(name);
    let mut desk = DeskClient::new(&mut connection);
    say_median(calls, |i| assert_eq!(desk.add(i, 1), Ok(i + 1)));
}

fn say_median(calls: u32, mut call: impl FnMut(u32)) {
    let time = |i| {
        let start = Instant::now();
        call(i);
        start.elapsed().as_nanos()
    };
    let mut times: Vec<_> = (0..calls).map(time).collect();
    times.sort_unstable();
    say(&times[times.len() / 2].to_string());
}
