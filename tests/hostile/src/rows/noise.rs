//! R17: frames of noise, ten million of them or a minute's worth, from a client that is let in.

use std::io::Write;
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::raw::{Noise, Raw, call, frame};
use crate::report::Report;
use crate::serve::Served;

const FRAMES: u64 = 10_000_000;
const TIME: Duration = Duration::from_secs(60);

/// The second half comes no faster than this, so that there is something of the machine left.
const PER_SECOND: f64 = 500_000.0;

/// Bytes that are sent at a time.
const BATCH: usize = 64 * 1024;

/// Kinds of frames to make noise in, of each method one.
fn heads() -> Vec<Vec<u8>> {
    let methods = ["add", "nested", "texts", "tree", "by_map", "by_enum", "map", "units", "text"];
    methods.iter().map(|method| call(0, method, &[])).collect()
}

/// One frame whose length is right; every ten thousandth is noise altogether.
fn put(batch: &mut Vec<u8>, noise: &mut Noise, heads: &[Vec<u8>]) {
    let dice = noise.next();
    let len = usize::try_from(dice >> 58).expect("six bits");
    let start = batch.len();
    if dice.is_multiple_of(10_000) {
        batch.extend(noise.bytes(len + 4));
        return;
    }
    if dice.is_multiple_of(8) {
        let kind = 1 + dice.to_le_bytes()[1] % 4;
        let id = u32::try_from(dice >> 40).expect("24 bits");
        let payload = noise.bytes(len + if kind == 1 { 16 } else { 0 });
        batch.extend(frame(kind, id, &payload));
    } else {
        let head = &heads[usize::try_from(dice >> 8).expect("64 bits") % heads.len()];
        batch.extend_from_slice(head);
        for _ in 0..len.div_ceil(8) {
            batch.extend(noise.next().to_le_bytes());
        }
        let sent = u32::try_from(batch.len() - start - 4).expect("a frame is that short");
        batch[start..start + 4].copy_from_slice(&sent.to_le_bytes());
        // Half of them want to be answered.
        batch[start + 5] = dice.to_le_bytes()[2] & 1;
    }
}

pub fn row(report: &mut Report) {
    let mut served = Served::start(&[]);
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let idle = honest.watch(Duration::from_secs(2));
    let rss = served.process.rss();
    served.heap();
    let heads = heads();
    let mut noise = Noise(0x17);
    let (mut frames, mut connections) = (0_u64, 0);
    let start = Instant::now();
    let mut half = None;
    while frames < FRAMES && start.elapsed() < TIME {
        let mut raw = Raw::let_in(&secret);
        connections += 1;
        let mut reader = raw.0.try_clone().expect("a socket");
        let drain = thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        let mut batch = Vec::with_capacity(2 * BATCH);
        while frames < FRAMES && start.elapsed() < TIME {
            batch.clear();
            if frames >= FRAMES / 2 {
                let (start, _) = *half.get_or_insert_with(|| (Instant::now(), honest.lap()));
                let due = Duration::from_secs_f64((frames - FRAMES / 2) as f64 / PER_SECOND);
                thread::sleep(due.saturating_sub(start.elapsed()));
            }
            let before = frames;
            while batch.len() < BATCH {
                put(&mut batch, &mut noise, &heads);
                frames += 1;
            }
            if raw.0.write_all(&batch).is_err() {
                frames = before;
                break;
            }
        }
        let _ = raw.0.shutdown(Shutdown::Both);
        let _ = drain.join();
    }
    let taken = start.elapsed();
    let lap = honest.lap();
    report.check(
        frames >= FRAMES || taken >= TIME,
        format!("{frames} frames on {connections} connections in {taken:.1?}"),
    );
    report.check(served.process.is_alive(), "the server is there");
    report.say(format!("idle p99 {} us", idle.p99));
    if let Some((_, full)) = half {
        report.check(full.is_served(), format!("as fast as it goes: {full}"));
    }
    report.check(lap.is_served(), format!("{PER_SECOND} frames a second: {lap}"));
    let heap = served.heap();
    report.check(
        heap.peak <= 2 << 20,
        format!("heap at most {} KiB, largest piece {}", heap.peak / 1024, heap.largest),
    );
    let grown = served.process.rss().saturating_sub(rss) / 1024;
    report.check(grown <= 2048, format!("memory grew by {grown} KiB"));
}
