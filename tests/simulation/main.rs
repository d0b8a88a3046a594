//! Two sessions under a virtual clock, and whatever may happen to them: calls, deferred replies,
//! callbacks, cancels, splits, delays, deadlines, farewells, cuts; all of it drawn from a seed.
//!
//! What must hold whatever happens: every call that was started ends, and ends once; one that was
//! answered ran once, and one that is said not to have run did not; one-way calls run in order and
//! none is skipped; nothing panics; memory has a bound.

mod draw;
mod side;
mod world;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use tests::heap::{Heap, measure};

#[global_allocator]
static HEAP: Heap = Heap;

/// Bytes that a simulation may hold at most, its own books included.
const MEMORY: usize = 1024 * 1024;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (seeds, verbose) = match args[..] {
        ["--seeds", count] => (0..count.parse().expect("a number"), false),
        [seed] => {
            let seed: u64 = seed.parse().expect("a number");
            (seed..seed + 1, true)
        }
        _ => panic!("simulation SEED | --seeds COUNT"),
    };
    // A panic aborts, so it says first how to see it again.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        hook(info);
        let seed = SEED.get();
        let _ = writeln!(std::io::stderr(), "\nto replay: tests/simulation/run {seed}");
        println!("0 passed, 1 failed");
    }));
    let count = seeds.end - seeds.start;
    // Not atomics of 64 bits, which not every machine has.
    let (left, operations) = (Mutex::new(seeds), Mutex::new(0));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(seed) = left.lock().expect("nobody panics with it").next() else {
                        return;
                    };
                    SEED.set(seed);
                    let (count, taken) = measure(|| world::run(seed, verbose));
                    assert!(taken.peak <= MEMORY, "{taken:?}");
                    *operations.lock().expect("nobody panics with it") += count;
                }
            });
        }
    });
    println!("{} operations", operations.into_inner().expect("nobody panicked with it"));
    println!("{count} passed, 0 failed");
    ExitCode::SUCCESS
}

thread_local! {
    static SEED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}
