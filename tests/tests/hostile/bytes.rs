//! Bytes that lie, from a client that is let in (R13 to R17): they cost their sender the connection
//! or the call, and nobody else anything.

use std::time::{Duration, Instant};

use ipc_runtime::{DecodeError, Limits, Reason, ServerLimits};

use crate::harness::{MODEST, Running, serve, watchdog};
use crate::honest::Honest;
use crate::raw::{CALL_HEAD, Noise, Raw, add, call, frame, varint};

/// Bytes that a frame may have after its length.
const LIMIT: u32 = (1 << 20) - 4;

/// How many calls of the methods that only count have run.
fn ran(raw: &mut Raw) -> u32 {
    raw.send(&call(77, "ran", &[]));
    let reply = raw.frame();
    u32::from_le_bytes(reply[9..].try_into().expect("a number"))
}

#[test]
fn lengths_that_cannot_be_close_at_once_and_cost_nothing() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    for len in [0, 1, 4, LIMIT + 1, 1 << 24, 1 << 31, u32::MAX - 3, u32::MAX] {
        for behind in [0, 1, 64, 4096] {
            // As little as shows what it is, or more.
            let behind = if len < 5 { behind.max(len as usize) } else { behind };
            let mut raw = server.let_in();
            let start = Instant::now();
            raw.try_send(&[&len.to_le_bytes()[..], &vec![1; behind]].concat());
            assert!(raw.closed_after(start) < Duration::from_secs(1), "{len}, {behind} behind");
        }
    }
    honest.was_served();
    let taken = server.stop();
    assert!(taken.peak <= 2 * MODEST && taken.largest <= 64 * 1024, "{taken:?}");
}

#[test]
fn the_longest_length_is_believed_only_as_its_bytes_come() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let mut raws: Vec<Raw> = (0..20).map(|_| server.let_in()).collect();
    for raw in &mut raws {
        raw.send(&[&LIMIT.to_le_bytes()[..], &[1; 100]].concat());
    }
    // It has been through all that was sent before.
    let (call, reply) = add(1);
    let mut last = server.let_in();
    last.send(&call);
    assert_eq!(last.frame(), reply);
    honest.was_served();
    let taken = server.stop();
    assert!(taken.peak <= (raws.len() + 4) * 64 * 1024, "{taken:?}");
    assert!(taken.largest <= 64 * 1024, "{taken:?}");
}

/// Calls `method` with these arguments, and is told that this is wrong with them.
fn is_refused(raw: &mut Raw, method: &str, args: &[u8], error: DecodeError) {
    raw.send(&call(9, method, args));
    let fault = raw.frame();
    let shown = &args[..args.len().min(16)];
    let expected = [11, 0, 0, 0, 3, 9, 0, 0, 0, Reason::BadArguments as u8, error as u8];
    assert_eq!(fault[..11], expected, "{method} of {shown:x?}");
}

#[test]
fn nesting_of_every_kind_is_bounded_on_a_small_stack() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let mut raw = server.let_in();
    let deepest = usize::from(ServerLimits::DEFAULT.connection.budget.depth);
    let mut accepted = 0;
    for (method, open, end, levels) in [
        ("by_vec", &[1][..], &[0][..], 1),
        ("by_option", &[1], &[0], 1),
        ("by_enum", &[1], &[0], 1),
        ("by_newtype", &[1], &[0], 2),
        ("by_tuple", &[7, 1], &[7, 0], 1),
        ("by_map", &[1, 7], &[0], 1),
    ] {
        let args = |deep: usize| [open.repeat(deep), end.to_vec()].concat();
        let most = (deepest - 1) / levels;
        raw.send(&call(1, method, &args(most)));
        assert_eq!(raw.frame(), frame(2, 1, &[]), "{method}, {most} deep");
        accepted += 1;
        for deep in [most + 1, 1_000, 500_000] {
            is_refused(&mut raw, method, &args(deep), DecodeError::TooDeep);
        }
    }
    assert_eq!(ran(&mut raw), accepted, "handlers were called with what was refused");
    honest.was_served();
}

#[test]
fn claims_of_size_cost_no_memory_and_no_time() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let mut raw = server.let_in();
    let most = varint(u32::MAX);
    let billion = varint(1 << 30);
    let budget = ServerLimits::DEFAULT.connection.budget.heap;
    // Empty lists, as many as the budget does not hold.
    let count = u32::try_from(budget / size_of::<Vec<u8>>() + 1).expect("a count");
    let empties = [&varint(1)[..], &varint(count), &vec![0; count as usize]].concat();
    let start = Instant::now();
    for (method, args, error) in [
        ("numbers", &billion[..], DecodeError::TooLong),
        ("numbers", &most, DecodeError::TooLong),
        ("units", &billion, DecodeError::TooMuchMemory),
        ("units", &most, DecodeError::TooMuchMemory),
        ("text", &billion, DecodeError::TooLong),
        ("texts", &[&billion[..], &[0; 64]].concat(), DecodeError::TooLong),
        ("map", &billion, DecodeError::TooLong),
        ("tree", &most, DecodeError::TooLong),
        ("nested", &[&varint(1)[..], &billion].concat(), DecodeError::TooLong),
        ("nested", &empties, DecodeError::TooMuchMemory),
    ] {
        is_refused(&mut raw, method, args, error);
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(ran(&mut raw), 0);
    drop(raw);
    let taken = server.stop();
    // The receive buffer grows by 64 KiB with what comes, the old one beside the new.
    assert!(taken.peak <= MODEST + 2 * empties.len(), "{taken:?}");
}

#[test]
fn a_frame_makes_no_more_of_itself_than_the_budget() {
    let _watchdog = watchdog();
    let limits = ServerLimits::DEFAULT;
    let whole = limits.connection.frame - CALL_HEAD;
    let lists = |inner: usize, outer: usize| {
        let one = [varint(u32::try_from(inner).expect("a count")), vec![0; inner]].concat();
        [varint(u32::try_from(outer).expect("a count")), one.repeat(outer)].concat()
    };
    // A whole frame of the kinds that grow most: strings of none, lists of lists of none, maps.
    let strings = lists(0, whole - 4);
    let nested = lists(whole / 1000 - 2, 1000);
    let pairs: Vec<u8> = (0..(whole as u64 - 4) / 16)
        .flat_map(|n| [n.to_le_bytes(), n.to_le_bytes()])
        .flatten()
        .collect();
    let pairs = [varint(u32::try_from(pairs.len() / 16).expect("a count")), pairs].concat();
    for (method, args) in
        [("texts", &strings), ("nested", &nested), ("map", &pairs), ("tree", &pairs)]
    {
        assert!(args.len() <= whole, "{method}");
        let server = serve(limits);
        let mut raw = server.let_in();
        raw.send(&call(1, method, args));
        raw.frame();
        drop(raw);
        let taken = server.stop();
        // The frame itself, twice while its buffer grows.
        let bound = limits.connection.budget.heap + 2 * limits.connection.frame + MODEST;
        assert!(taken.peak <= bound, "{method}: {taken:?}, {bound}");
    }
}

#[test]
fn values_that_are_none_are_refused_and_the_handler_is_not_called() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let mut raw = server.let_in();
    for (method, args, error) in [
        ("text", &[2, 0xc3, 0x28][..], DecodeError::Utf8),
        ("text", &[3, 0xed, 0xa0, 0x80], DecodeError::Utf8),
        ("text", &[1], DecodeError::TooLong),
        ("text", &[0x81, 0], DecodeError::Varint),
        ("text", &[0xff, 0xff, 0xff, 0xff, 0x1f], DecodeError::Varint),
        ("text", &[0xff, 0xff, 0xff, 0xff, 0xff, 1], DecodeError::Varint),
        ("text", &[], DecodeError::Truncated),
        ("text", &[0, 0], DecodeError::TrailingBytes),
        ("flag", &[2], DecodeError::Bool),
        ("flag", &[0xff], DecodeError::Bool),
        ("flag", &[1, 0], DecodeError::TrailingBytes),
        ("letter", &[0, 0xd8, 0, 0], DecodeError::Char),
        ("letter", &[0, 0, 0x11, 0], DecodeError::Char),
        ("letter", &[0x41], DecodeError::Truncated),
        ("colour", &[2], DecodeError::UnknownTag),
        ("colour", &[0x80, 0], DecodeError::Varint),
        ("numbers", &[1, 0, 0, 0, 0, 0, 0, 0], DecodeError::TooLong),
        ("map", &[&[2][..], &[1; 32]].concat(), DecodeError::NotAscending),
        ("tree", &[&[2][..], &[1; 32]].concat(), DecodeError::NotAscending),
    ] {
        is_refused(&mut raw, method, args, error);
    }
    assert_eq!(ran(&mut raw), 0, "handlers were called with what was refused");
    // A number that is none is a number all the same.
    raw.send(&call(1, "float", &[1, 0, 0xc0, 0xff]));
    assert_eq!(raw.frame(), frame(2, 1, &[1, 0, 0xc0, 0xff]));
    honest.was_served();
}

/// Frames whose lengths are right and whose contents are noise, some of them almost calls.
fn noise_frame(noise: &mut Noise) -> Vec<u8> {
    let len = usize::try_from(noise.next() % 64).expect("it is small");
    match noise.next() % 8 {
        0 => noise.bytes(len + 4),
        1..4 => {
            let kind = noise.next().to_le_bytes()[0] % 6;
            frame(kind, u32::try_from(noise.next() >> 40).expect("24 bits"), &noise.bytes(len))
        }
        _ => {
            let method = ["add", "nested", "texts", "tree", "by_map", "by_enum", "map", "units"];
            let method = method[usize::try_from(noise.next() % 8).expect("it is small")];
            call(u32::try_from(noise.next() >> 40).expect("24 bits"), method, &noise.bytes(len))
        }
    }
}

/// Sends frames of noise for as long as the server takes them; says how many.
fn make_noise(server: &Running, noise: &mut Noise) -> u32 {
    let raw = server.let_in();
    let mut reader = Raw::new(raw.0.try_clone().expect("a socket"));
    let answers = std::thread::spawn(move || reader.read_to_end().len());
    let mut raw = raw;
    let mut sent = 0;
    while sent < 2_000 && raw.try_send(&noise_frame(noise)) {
        sent += 1;
    }
    let _ = raw.0.shutdown(std::net::Shutdown::Both);
    let _ = answers.join();
    sent
}

#[test]
fn noise_costs_its_sender_the_connection_and_nobody_anything() {
    let _watchdog = watchdog();
    let server = serve(ServerLimits { connection: Limits::DEFAULT, ..ServerLimits::DEFAULT });
    let honest = Honest::of(&server);
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut sent = 0;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        sent += make_noise(&server, &mut noise);
    }
    assert!(sent > 1_000, "{sent} frames");
    honest.was_served();
    let taken = server.stop();
    assert!(taken.peak <= 2 * MODEST, "{taken:?}");
}
