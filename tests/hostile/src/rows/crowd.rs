//! R11: many connections that say nothing, all at once and one after the other.

use std::fmt::Display;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, Error, ServerLimits};

use crate::honest::Honest;
use crate::process::{Folder, Process};
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::connect_from;
use crate::target::TargetClient;

const SILENT: usize = 10_000;
const ROUNDS: u8 = 5;
const ROUND: Duration = Duration::from_secs(1);
const NAME: &str = "crowded";

/// Parts of a round, with a new client after each.
const STEPS: usize = 100;

/// Handshakes under way at once, by default.
const PENDING: usize = ServerLimits::DEFAULT.handshakes;

/// How many a server takes before it looks at who is there.
const WAKE: usize = 16;

/// The catalogue's mark for the honest client's times, which a machine that does nothing else keeps.
const MARK: f64 = 1.5;

pub fn row(report: &mut Report) {
    let mut served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    let (descriptors, rss) = (served.process.descriptors(), served.process.rss());
    served.heap();

    slowly(report, &served, &mut honest);

    report.check(
        served.process.comes_down_to(descriptors),
        format!("descriptors afterwards no more than before: {descriptors}"),
    );
    let grown = served.process.rss().saturating_sub(rss) / 1024;
    report.check(grown <= 1024, format!("memory grew by {grown} KiB"));
    let heap = served.heap();
    report.check(heap.peak <= 1 << 20, format!("{heap:?}"));
    drop((served, honest));

    for handshakes in [32, 128] {
        flood(report, handshakes);
    }
}

/// As fast as they can be made, from one thread: a handshake is over only if it is done before as
/// many others have come as may be pending. Who is closed behind its proof has opened, and is not
/// answered; how many are is up to the machine.
fn flood(report: &mut Report, handshakes: usize) {
    let folder = Folder::new("flood");
    let options = ["serve", &format!("name={NAME}"), &format!("handshakes={handshakes}")];
    let served = Served::of(folder.run(&options));
    let mut honest = Honest::start(&served.endpoint);
    let newcomers = Newcomers::start(&folder, NAME);
    thread::sleep(Duration::from_millis(300));
    honest.lap();
    let start = Instant::now();
    for host in 40..44 {
        come(&served, host, SILENT, Duration::ZERO, &mut Vec::with_capacity(SILENT));
    }
    let (taken, came, lap) = (start.elapsed(), newcomers.end(), honest.lap());
    report.say(format!("a flood of {} in {taken:.1?}: {lap}", 4 * SILENT));
    report.say(format!(
        "with {handshakes} pending at most, new clients are let in and served: {came}"
    ));
    report.check(lap.is_served(), "each honest call is answered, however fast they come");
}

/// In turn with rest, so that what else the machine does counts for both.
fn slowly(report: &mut Report, served: &Served, honest: &mut Honest) {
    let (mut idle, mut attacked) = (Vec::new(), Vec::new());
    let mut silent = Vec::with_capacity(SILENT);
    let (mut new, mut let_in, mut most) = (0, 0, 0);
    let before = served.process.descriptors();
    honest.lap();
    for round in 0..ROUNDS {
        idle.push(honest.watch(ROUND).p99);
        // No more of them between two clients than may be pending: each finishes its handshake
        // before it is the oldest, however slow the machine is.
        for _ in 0..STEPS {
            let count = SILENT / usize::from(ROUNDS) / STEPS;
            come(served, 2 + round, count, ROUND / STEPS as u32, &mut silent);
            new += 1;
            let_in += u32::from(is_let_in(Connection::open_endpoint(&served.endpoint)));
            most = most.max(served.process.descriptors().saturating_sub(before));
        }
        let lap = honest.lap();
        attacked.push(lap.p99);
        report.check(lap.is_served(), lap);
    }
    let held = honest.watch(ROUND);
    report.check(held.is_served(), format!("while {SILENT} are held, {held}"));
    report.check(
        let_in == new,
        format!("{let_in} of {new} new clients let in at their first attempt"),
    );
    report.check(
        most <= PENDING + WAKE,
        format!("the server held {most} descriptors at most for those that came"),
    );
    let median = |mut all: Vec<u32>| {
        all.sort_unstable();
        f64::from(all[all.len() / 2])
    };
    let (idle, attacked) = (median(idle), median(attacked));
    let times = attacked / idle;
    report.say(format!("p99 {attacked} us, {times:.2} times the idle one; the mark is {MARK}"));
}

fn is_let_in(opened: Result<Connection, Error>) -> bool {
    opened.is_ok_and(|mut connection| TargetClient::new(&mut connection).add(1, 2) == Ok(3))
}

/// So many connections, spread over so long, that say nothing.
fn come(served: &Served, host: u8, count: usize, over: Duration, silent: &mut Vec<TcpStream>) {
    let start = Instant::now();
    let port = served.port();
    for n in 0..count {
        silent.push(connect_from(host, port).expect("the system takes it"));
        let due = over.mul_f64(n as f64 / count as f64);
        thread::sleep(due.saturating_sub(start.elapsed()));
    }
}

/// Clients that come and go in a process of their own, one every 2 ms, by name as users do: how many
/// were let in and served, and how many not.
pub struct Newcomers(Process);

impl Newcomers {
    pub fn start(folder: &Folder, name: &str) -> Newcomers {
        Newcomers(folder.run(&["come", name]))
    }

    pub fn end(mut self) -> Came {
        let said = self.0.ask("end");
        let mut numbers = said.split(' ').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("three numbers");
        Came { ok: next(), failed: next(), slowest: Duration::from_micros(next().into()) }
    }
}

pub struct Came {
    pub ok: u32,
    pub failed: u32,
    slowest: Duration,
}

impl Display for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.ok + self.failed;
        let share = 100.0 * f64::from(self.ok) / f64::from(all);
        write!(f, "{} of {all}, {share:.2} %, slowest {:.1?}", self.ok, self.slowest)
    }
}

/// `hostile come NAME`, until it is asked.
pub fn come_and_go(name: &str) {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let name = name.to_owned();
    let thread = thread::spawn(move || {
        let (mut ok, mut failed, mut slowest) = (0, 0, Duration::ZERO);
        while ok + failed == 0 || !stopped.load(Ordering::Relaxed) {
            let start = Instant::now();
            let served = is_let_in(Connection::open(&name));
            slowest = slowest.max(start.elapsed());
            ok += u32::from(served);
            failed += u32::from(!served);
            thread::sleep(Duration::from_millis(2));
        }
        (ok, failed, slowest.as_micros())
    });
    let _ = std::io::stdin().read_line(&mut String::new());
    stop.store(true, Ordering::Relaxed);
    let (ok, failed, slowest) = thread.join().expect("it only counts");
    println!("{ok} {failed} {slowest}");
}
