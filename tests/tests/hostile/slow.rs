//! Peers that take their time, or all of it (R12, R22).

use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Limits, ServerLimits};

use crate::harness::{MODEST, serve, watchdog};
use crate::honest::Honest;
use crate::keys::{client_hello, nonce};
use crate::raw::{Raw, add, call};

/// What a loop that looks at the times every 50 ms, on a machine that does other things as well,
/// may come late.
const LATE: Duration = Duration::from_secs(1);

const HANDSHAKE: Duration = Duration::from_millis(400);
const STALL: Duration = Duration::from_millis(500);

/// The default, but for shorter times.
const LIMITS: ServerLimits =
    ServerLimits { handshake_time: 400, stall_time: 500, ..ServerLimits::DEFAULT };

fn is_about(taken: Duration, expected: Duration) {
    // It counts whole milliseconds.
    let earliest = expected - Duration::from_millis(5);
    assert!((earliest..expected + LATE).contains(&taken), "{taken:?} and not {expected:?}");
}

/// Sends `bytes` one at a time, `pace` apart, until the other side closes or they are all sent.
fn trickle(raw: &mut Raw, bytes: &[u8], pace: Duration) -> bool {
    bytes.iter().all(|byte| {
        let sent = raw.try_send(&[*byte]);
        sent && raw.is_open_after(pace)
    })
}

#[test]
fn a_handshake_byte_by_byte_is_closed_when_its_time_is_up() {
    let _watchdog = watchdog();
    let server = serve(LIMITS);
    let honest = Honest::of(&server);
    // Silent; the hello in small pieces; the proof.
    let mut silent = server.raw();
    is_about(silent.closed_after(Instant::now()), HANDSHAKE);
    let mut raw = server.raw();
    let start = Instant::now();
    assert!(!trickle(&mut raw, &client_hello(nonce()), Duration::from_millis(60)), "it was let in");
    is_about(start.elapsed(), HANDSHAKE);
    let mut raw = server.raw();
    let start = Instant::now();
    let proof = raw.begin(&server.secret());
    assert!(!trickle(&mut raw, &proof, Duration::from_millis(60)), "it was let in");
    is_about(start.elapsed(), HANDSHAKE);
    honest.was_served();
}

#[test]
fn a_frame_that_stops_is_closed_when_its_time_is_up() {
    let _watchdog = watchdog();
    let server = serve(LIMITS);
    let honest = Honest::of(&server);
    let whole = call(1, "take", &[&[100][..], &[0; 100]].concat());
    for sent in [1, 3, 4, 5, 24, 60, whole.len() - 1] {
        let mut raw = server.let_in();
        raw.send(&whole[..sent]);
        is_about(raw.closed_after(Instant::now()), STALL);
    }
    honest.was_served();
}

#[test]
fn a_frame_that_goes_on_byte_by_byte_is_served() {
    let _watchdog = watchdog();
    let server = serve(LIMITS);
    let honest = Honest::of(&server);
    let (whole, reply) = add(1);
    let mut raw = server.let_in();
    let start = Instant::now();
    let (first, last) = whole.split_at(whole.len() - 1);
    assert!(trickle(&mut raw, first, Duration::from_millis(50)), "it was closed");
    assert!(start.elapsed() > STALL, "it was too fast to show anything");
    raw.send(last);
    assert_eq!(raw.frame(), reply);
    // Between frames there is no hurry.
    assert!(raw.is_open_after(STALL + LATE));
    raw.send(&whole);
    assert_eq!(raw.frame(), reply);
    honest.was_served();
}

/// Makes calls whose answers are of 64 KiB, as many as the server takes, and reads none.
fn never_read(raw: &mut Raw) {
    raw.0.set_write_timeout(Some(Duration::from_millis(20))).expect("a socket");
    let blob = call(1, "blob", &(64_u32 * 1024 - 16).to_le_bytes());
    for _ in 0..10_000 {
        if !raw.try_send(&blob) {
            break;
        }
    }
}

#[test]
fn a_client_that_never_reads_costs_its_queue_and_is_closed() {
    let _watchdog = watchdog();
    let limits = ServerLimits {
        connection: Limits { frame: 64 * 1024, ..Limits::DEFAULT },
        write_queue: 128 * 1024,
        ..LIMITS
    };
    let server = serve(limits);
    let honest = Honest::of(&server);
    let mut raw = server.let_in();
    never_read(&mut raw);
    let start = Instant::now();
    // It is not to read, to see when it is closed.
    while raw.try_send(&[0]) || !closed(&raw) {
        assert!(start.elapsed() < STALL + 3 * LATE, "it is still there");
        thread::sleep(Duration::from_millis(10));
    }
    honest.was_served();
    let taken = server.stop();
    // A queue doubles when it grows, and the old one is there beside the new for a moment.
    let queue = limits.write_queue + limits.connection.frame;
    assert!(taken.peak <= 3 * queue + 2 * MODEST, "{taken:?}");
}

#[test]
fn a_client_that_never_reads_but_goes_on_sending_is_closed_as_well() {
    let _watchdog = watchdog();
    let server = serve(LIMITS);
    let mut raw = server.let_in();
    let blob = call(1, "blob", &(64_u32 * 1024 - 16).to_le_bytes());
    // More than the sockets hold, and the queue; so few bytes that there is room for more.
    raw.send(&blob.repeat(400));
    let start = Instant::now();
    while !closed(&raw) {
        assert!(start.elapsed() < STALL + Duration::from_secs(2), "it is still there");
        raw.try_send(&blob[..1]);
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whether the other side has closed, seen without reading.
fn closed(raw: &Raw) -> bool {
    raw.0.take_error().expect("a socket").is_some() || raw.0.peer_addr().is_err()
}
