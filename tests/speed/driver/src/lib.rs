//! What every system's client is driven by: commands on standard input, a line of figures for each.
//!
//! The runner keeps a client process and a server process of each system, and asks them in turn, so
//! that all are measured in every round. What a system is, it says with [`Side`].

mod machine;
mod sample;

use std::io::{self, BufRead, Write};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

pub use machine::{many_descriptors, stay_on};
use sample::{Sample, time};

/// The calling end of one connection.
pub trait Side {
    /// Calls `add(u32, u32)` and waits for the sum.
    fn add(&mut self);

    /// Sends these bytes and waits until they are back.
    fn echo(&mut self, payload: &[u8]);

    /// Has so many calls of `add` under way at once, and waits until all are answered.
    fn batch(&mut self, calls: usize);
}

/// Makes a connection more.
pub type Connect<'a> = &'a (dyn Fn() -> Box<dyn Side> + Sync);

/// Connections of a batch are under way by themselves, beside what is measured.
const NOISE: usize = 256;

/// Answers commands until there are no more of them:
///
/// * `add N`, `echo SIZE N`: the 50th and the 99th of 100 calls, in nanoseconds;
/// * `batch K N`: as much for each call of N times K under way at once;
/// * `crowd M N`: M clients on a thread each, N calls each: nanoseconds of the whole for each call, and
///   the 99th of 100 calls;
/// * `noise`, `quiet`: another client that never pauses comes and goes;
/// * `idle M`: so many connections more, on which nothing is said.
pub fn drive(connect: Connect<'_>) {
    let mut side = connect();
    let mut idle = Vec::new();
    let noisy = AtomicBool::new(false);
    thread::scope(|scope| {
        println!("ready");
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(0);
            let figures = match words.first().copied().unwrap_or_default() {
                "add" => time(number(1), || side.add()).figures(),
                "echo" => {
                    let payload = vec![7; number(1)];
                    time(number(2), || side.echo(&payload)).figures()
                }
                "batch" => time(number(2), || side.batch(number(1))).divided(number(1)).figures(),
                "crowd" => crowd(connect, number(1), number(2)),
                "noise" => {
                    noisy.store(true, Ordering::Relaxed);
                    let noisy = &noisy;
                    scope.spawn(move || make_noise(connect, noisy));
                    String::new()
                }
                "quiet" => {
                    noisy.store(false, Ordering::Relaxed);
                    String::new()
                }
                "idle" => {
                    idle.extend((0..number(1)).map(|_| {
                        let mut side = connect();
                        side.add();
                        side
                    }));
                    String::new()
                }
                other => panic!("{other} is no command"),
            };
            println!("{figures}");
            io::stdout().flush().expect("the runner reads");
        }
        noisy.store(false, Ordering::Relaxed);
    });
}

fn make_noise(connect: Connect<'_>, noisy: &AtomicBool) {
    let mut side = connect();
    while noisy.load(Ordering::Relaxed) {
        side.batch(NOISE);
    }
}

fn crowd(connect: Connect<'_>, clients: usize, calls: usize) -> String {
    let start = Barrier::new(clients + 1);
    let (sample, whole) = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| {
                let start = &start;
                scope.spawn(move || {
                    let mut side = connect();
                    side.add();
                    start.wait();
                    time(calls, || side.add())
                })
            })
            .collect();
        start.wait();
        let begun = Instant::now();
        let mut all = Sample::default();
        for thread in threads {
            all.join(thread.join().expect("a client"));
        }
        (all, begun.elapsed())
    });
    let each = whole.as_nanos() / (clients * calls).max(1) as u128;
    format!("{each} {}", sample.at(99))
}
