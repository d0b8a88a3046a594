//! The client that nobody is to disturb, in a process of its own: a thousand calls a second.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::Connection;

use crate::process::Process;
use crate::target::TargetClient;

const PACE: Duration = Duration::from_millis(1);

/// `hostile honest ENDPOINT`: says how it went since it was asked last.
pub fn main(endpoint: &str) {
    let mut connection = Connection::open_endpoint(endpoint).expect("it is let in");
    let taken = Arc::new(Mutex::new((Vec::<u32>::new(), 0)));
    let shared = taken.clone();
    thread::spawn(move || {
        let mut target = TargetClient::new(&mut connection);
        let mut next = Instant::now();
        for n in 0.. {
            let start = Instant::now();
            let right = target.add(n, 1) == Ok(n + 1);
            let micros = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
            let mut lap = shared.lock().expect("nobody panics");
            lap.0.push(micros);
            lap.1 += u32::from(!right);
            drop(lap);
            // A call that took long puts the others off: it is not made up for.
            next = (next + PACE).max(Instant::now() - PACE);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    println!("ready");
    for _ in io::stdin().lines() {
        let (mut all, failed) = std::mem::take(&mut *taken.lock().expect("nobody panics"));
        all.sort_unstable();
        let part = |of: usize| all.get(all.len() * of / 1000).copied().unwrap_or(u32::MAX);
        let max = all.last().copied().unwrap_or(u32::MAX);
        println!("{} {failed} {} {} {max}", all.len(), part(500), part(990));
    }
}

pub struct Honest(Process);

/// How its calls went: times in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    pub calls: u32,
    pub failed: u32,
    pub p50: u32,
    pub p99: u32,
    pub max: u32,
}

impl Honest {
    pub fn start(endpoint: &str) -> Honest {
        let mut process = Process::start(&["honest", endpoint]);
        assert_eq!(process.line(), "ready", "it was not let in");
        Honest(process)
    }

    /// How it went since the last time.
    pub fn lap(&mut self) -> Lap {
        let said = self.0.ask("lap");
        let mut numbers = said.split(' ').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("five numbers");
        Lap { calls: next(), failed: next(), p50: next(), p99: next(), max: next() }
    }

    /// How it goes for so long.
    pub fn watch(&mut self, time: Duration) -> Lap {
        self.lap();
        thread::sleep(time);
        self.lap()
    }
}

impl Lap {
    /// Served, each call. How fast is for who reads the figures: an attack and a neighbour who
    /// builds compilers look the same from here, until a call's deadline is over.
    pub fn is_served(&self) -> bool {
        self.calls > 0 && self.failed == 0
    }
}

impl std::fmt::Display for Lap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Lap { calls, failed, p50, p99, max } = self;
        write!(f, "honest: {calls} calls, {failed} failed, p50 {p50} p99 {p99} max {max} us")
    }
}
