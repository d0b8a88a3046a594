//! R22: a client that asks for a gigabyte and reads none of it.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::process::SPIN;
use crate::raw::{Raw, call};
use crate::report::Report;
use crate::serve::Served;

const ANSWER: usize = 1000 * 1000;
const CALLS: usize = 1074;

/// The queue's limit and the largest frame, as servers have them by default; and once more as much
/// as may have been sent and not let go of yet.
const QUEUE: usize = 256 * 1024 + (1 << 20);
const SENT: usize = 1 << 20;

pub fn row(report: &mut Report) {
    attack(report, false);
    attack(report, true);
}

fn attack(report: &mut Report, goes_on: bool) {
    let mut served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    thread::sleep(Duration::from_millis(500));
    let (rss, descriptors) = (served.process.rss(), served.process.descriptors());
    let idle = served.heap().held;
    let mut raw = Raw::let_in(&served.secret());
    let len = u32::try_from(ANSWER).expect("a count");
    raw.send(&call(1, "blob", &len.to_le_bytes()).repeat(CALLS));
    let what = if goes_on { "and goes on sending" } else { "and is silent" };
    let (start, cpu) = (Instant::now(), served.process.cpu());
    let (mut most, mut closed, mut held) = (0, None, None);
    raw.0.set_nonblocking(true).expect("a socket");
    while start.elapsed() < Duration::from_secs(20) {
        most = most.max(served.process.rss());
        if served.process.descriptors() <= descriptors {
            closed = Some(start.elapsed());
            break;
        }
        if start.elapsed() > Duration::from_secs(5) {
            held.get_or_insert_with(|| served.heap().held);
        }
        thread::sleep(Duration::from_millis(100));
        if goes_on {
            let _ = raw.0.write(&[0]);
        }
    }
    let cpu = served.process.cpu() - cpu;
    let lap = honest.lap();
    let in_time = closed.is_some_and(|closed| closed > Duration::from_secs(9));
    report.check(in_time, format!("{what}: closed after {closed:.1?}"));
    let queued = held.unwrap_or(usize::MAX) - idle;
    report.check(
        queued <= QUEUE + SENT,
        format!(
            "{} KiB are held for it; queue and frame are {}, and {} may have been sent",
            queued / 1024,
            QUEUE / 1024,
            SENT / 1024
        ),
    );
    // The system's allocator keeps what the handler's own answer took.
    let grown = most.saturating_sub(rss);
    report.check(
        grown <= QUEUE + SENT + ANSWER + 128 * 1024,
        format!(
            "memory grew by {} KiB, of which {} are the handler's",
            grown / 1024,
            ANSWER / 1024
        ),
    );
    // The honest client's calls are in it.
    let own = cpu.as_secs_f64() / start.elapsed().as_secs_f64() * 100.0;
    let honest_alone = served.process.busy(Duration::from_secs(2));
    report.check(
        own - honest_alone < SPIN,
        format!("CPU {own:.1} %, of which {honest_alone:.1} % are the honest client's"),
    );
    report.check(lap.is_served(), lap);
}
