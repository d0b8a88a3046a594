//! R13 to R16: bytes that lie, from a client that is let in, and what they cost.

use std::time::{Duration, Instant};

use ipc_runtime::{DecodeError, Reason};

use crate::honest::Honest;
use crate::raw::{Noise, Raw, call, frame, varint};
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::is_closed;

const LIMIT: u32 = (1 << 20) - 4;

/// What is refused is closed long before the time of a frame without progress is up.
const STALL: Duration = Duration::from_secs(5);

pub fn lengths(report: &mut Report) {
    let mut served = Served::start(&[]);
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let mut count = 0;
    let mut slowest = Duration::ZERO;
    let before = served.heap().held;
    // One that may be, of which nothing comes.
    let mut largest = Raw::let_in(&secret);
    largest.send(&LIMIT.to_le_bytes());
    for _ in 0..200 {
        for len in [0, 1, 4, LIMIT + 1, 1 << 24, 1 << 31, u32::MAX - 3, u32::MAX] {
            let behind = if len < 5 { len as usize } else { 0 };
            let mut raw = Raw::let_in(&secret);
            let start = Instant::now();
            raw.try_send(&[&len.to_le_bytes()[..], &vec![1; behind]].concat());
            slowest = slowest.max(raw.closed_after(start));
            count += 1;
        }
    }
    report.check(slowest < STALL, format!("{count} closed, the slowest after {slowest:?}"));
    report.check(!is_closed(&largest.0), "the largest that may be is waited for");
    let heap = served.heap();
    report
        .check(heap.largest <= 64 * 1024, format!("largest piece of heap: {} bytes", heap.largest));
    report.check(
        heap.peak - before <= 256 * 1024,
        format!("heap at most {} KiB above {}", (heap.peak - before) / 1024, before / 1024),
    );
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}

/// Calls it, and says what was wrong with it.
fn refusal(raw: &mut Raw, method: &str, args: &[u8]) -> Option<u8> {
    raw.send(&call(9, method, args));
    let answer = raw.frame();
    match answer[4..] {
        [3, 9, 0, 0, 0, code, error, ..] if code == Reason::BadArguments as u8 => Some(error),
        _ => None,
    }
}

pub fn nesting(report: &mut Report) {
    // What a thread is given at least, here.
    for stack in [256 * 1024, 32 * 1024] {
        let mut served = Served::start(&[&format!("stack={stack}")]);
        let mut honest = Honest::start(&served.endpoint);
        let mut raw = Raw::let_in(&served.secret());
        for (method, open, end, levels) in [
            ("by_vec", &[1][..], &[0][..], 1),
            ("by_option", &[1], &[0], 1),
            ("by_enum", &[1], &[0], 1),
            ("by_newtype", &[1], &[0], 2),
            ("by_tuple", &[7, 1], &[7, 0], 1),
            ("by_map", &[1, 7], &[0], 1),
        ] {
            let args = |deep: usize| [open.repeat(deep), end.to_vec()].concat();
            let most = 31 / levels;
            raw.send(&call(1, method, &args(most)));
            let mut right = raw.frame() == frame(2, 1, &[]);
            for deep in [most + 1, 1_000, 500_000] {
                right &= refusal(&mut raw, method, &args(deep)) == Some(DecodeError::TooDeep as u8);
            }
            report.check(
                right && served.process.is_alive(),
                format!("{method} on {} KiB", stack / 1024),
            );
        }
        let lap = honest.lap();
        report.check(lap.is_served(), lap);
    }
}

pub fn bombs(report: &mut Report) {
    // Who counts to 2^30 takes seconds; a million is worth 5 ms or so.
    let most = varint(u32::MAX);
    let billion = varint(1 << 30);
    let million = 1 << 20;
    let mut served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    let mut raw = Raw::let_in(&served.secret());
    let empties =
        |len: usize| [&varint(u32::try_from(len).expect("a count"))[..], &vec![0; len]].concat();
    for (what, method, args) in [
        ("Vec<u64> of 2^30", "numbers", billion.clone()),
        ("Vec<u64> of 2^32-1", "numbers", most.clone()),
        ("Vec<()> of 2^30", "units", billion.clone()),
        ("Vec<()> of 2^32-1", "units", most.clone()),
        ("String of 2^30", "text", billion.clone()),
        ("Vec<String> of 2^30", "texts", [&billion[..], &[0; 64]].concat()),
        ("a million empty strings", "texts", empties(million - 40)),
        ("a million lists within a list", "nested", [&[1][..], &empties(million - 40)].concat()),
        ("HashMap of 2^30", "map", billion),
        ("BTreeMap of 2^32-1", "tree", most),
    ] {
        let held = served.heap().held;
        let cpu = served.process.cpu();
        let error = refusal(&mut raw, method, &args);
        let cpu = served.process.cpu() - cpu;
        // The loop keeps its own buffer, of a frame at most, for the next one.
        let grown = served.heap().peak - held;
        // 8 bytes for each of the largest frame, and 4 KiB; the frame itself, twice as it grows.
        let bound = 8 * million + 4096 + 2 * million + 256 * 1024;
        let small = args.len() < 1_000;
        let is_bounded = grown <= if small { 64 * 1024 } else { bound };
        report.check(
            error.is_some() && is_bounded && cpu < Duration::from_millis(100),
            format!("{what}: refused, {} KiB more of heap, {cpu:.1?}", grown / 1024),
        );
    }
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}

pub fn values(report: &mut Report) {
    let served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    let mut raw = Raw::let_in(&served.secret());
    let wrong: [(&str, &[u8]); 12] = [
        ("text", &[2, 0xc3, 0x28]),
        ("text", &[3, 0xed, 0xa0, 0x80]),
        ("text", &[0x81, 0]),
        ("text", &[0xff, 0xff, 0xff, 0xff, 0x1f]),
        ("text", &[0, 0]),
        ("flag", &[2]),
        ("letter", &[0, 0xd8, 0, 0]),
        ("letter", &[0, 0, 0x11, 0]),
        ("colour", &[2]),
        ("colour", &[0x80, 0]),
        ("map", &[1, 0, 0, 0, 0, 0, 0, 0]),
        // A key twice.
        ("tree", &[&[2][..], &[1; 32]].concat()),
    ];
    let mut noise = Noise(0x16);
    let mut refused = 0;
    let rounds = 20_000;
    for _ in 0..rounds {
        let (method, args) = wrong[usize::try_from(noise.next() % 12).expect("it is small")];
        refused += u32::from(refusal(&mut raw, method, args).is_some());
    }
    report.check(refused == rounds, format!("{refused} of {rounds} are refused for what they are"));
    raw.send(&call(1, "ran", &[]));
    report.check(raw.frame() == frame(2, 1, &[0; 4]), "no handler was called");
    let nan = 0x7fa0_1234_u32.to_le_bytes();
    raw.send(&call(2, "float", &nan));
    report.check(raw.frame() == frame(2, 2, &nan), "a NaN keeps its bits");
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}
