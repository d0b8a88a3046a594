//! R12: a byte a second, with the times that servers have by default.

use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::keys::{client_hello, nonce};
use crate::raw::{Raw, add, call};
use crate::report::Report;
use crate::serve::Served;

const SECOND: Duration = Duration::from_secs(1);

/// Sends these a second apart and then no more; says when it was closed.
fn trickle(mut raw: Raw, bytes: Vec<u8>) -> thread::JoinHandle<(usize, Duration)> {
    thread::spawn(move || {
        let mut sent = 0;
        let mut last = Instant::now();
        for byte in bytes {
            if sent > 0 && !raw.is_open_after(SECOND) {
                return (sent, last.elapsed());
            }
            last = Instant::now();
            if !raw.try_send(&[byte]) {
                break;
            }
            sent += 1;
        }
        (sent, raw.closed_after(last))
    })
}

pub fn row(report: &mut Report) {
    let served = Served::start(&[]);
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let start = Instant::now();
    let hello = trickle(Raw::connect(secret.port), client_hello(nonce()).to_vec());
    let mut raw = Raw::connect(secret.port);
    let proof = raw.begin(&secret);
    let proof = trickle(raw, proof.to_vec());
    let whole = call(1, "take", &[&[100][..], &[0; 100]].concat());
    // Some bytes a second apart, and then no more.
    let header = trickle(Raw::let_in(&secret), whole[..3].to_vec());
    let mut raw = Raw::let_in(&secret);
    raw.send(&whole[..60]);
    let body = trickle(raw, whole[60..63].to_vec());
    // One that never stops is served.
    let mut raw = Raw::let_in(&secret);
    let (call, reply) = add(1);
    let patient = thread::spawn(move || {
        call.iter().all(|byte| {
            thread::sleep(SECOND / 2);
            raw.try_send(&[*byte])
        }) && raw.frame() == reply
    });

    for (what, thread) in [("hello", hello), ("proof", proof)] {
        let (sent, _) = thread.join().expect("it is closed");
        let taken = start.elapsed();
        // Not by the time for frames, which comes next.
        let about = Duration::from_millis(1_900)..Duration::from_secs(8);
        report.check(
            about.contains(&taken),
            format!("the {what}, {sent} bytes of it: closed within {taken:.1?} of its start"),
        );
    }
    for (what, thread) in [("header", header), ("body", body)] {
        let (sent, silent) = thread.join().expect("it is closed");
        let about = Duration::from_millis(9_900)..Duration::from_secs(14);
        report.check(
            about.contains(&silent),
            format!("the {what}, {sent} bytes of it: closed {silent:.1?} after the last"),
        );
    }
    report.check(patient.join().expect("it is served"), "a call at two bytes a second is answered");
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}
