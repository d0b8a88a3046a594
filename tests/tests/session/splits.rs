//! However the bytes of a connection are cut, the same happens.

use ipc_core::codec::{Encode, Writer};
use ipc_core::session::{Buffers, Limits};

use crate::ends::End;
use crate::store::{ADD, FAIL, LATER, NOTE, PANIC, RING, SILENT, TEXT};

const LIMITS: Limits = Limits { frame: 256, ..Limits::DEFAULT };

/// A client with calls of every outcome under way.
fn caller() -> End {
    let mut client = End::client(LIMITS);
    client.start(&ADD, |w| (1_u32, 2_u32).encode(w));
    client.start(&NOTE, |w| "one-way".encode(w));
    client.start(&TEXT, |w| 60_u32.encode(w));
    client.start(&RING, |w| 2_u8.encode(w));
    client.start(&FAIL, |w| true.encode(w));
    client.start(&PANIC, |w| true.encode(w));
    client.start(&SILENT, |_| {});
    client.start(&ADD, |w: &mut Writer| w.put_bytes(b"no"));
    client.start(&TEXT, |w| 1000_u32.encode(w));
    client.start(&LATER, |w| 1_u32.encode(w));
    client.start(&ADD, |w| (3_u32, 4_u32).encode(w));
    client
}

/// Gives `bytes` to `end` in pieces of at most `step` bytes, the first `first` in one piece.
fn feed(end: &mut End, bytes: &[u8], first: usize, step: usize) {
    let (head, rest) = bytes.split_at(first);
    end.receive(head);
    for piece in rest.chunks(step) {
        end.receive(piece);
    }
}

#[test]
fn a_server_does_and_says_the_same_however_its_input_is_cut() {
    let calls = caller().take_unsent();
    let mut whole = End::server(LIMITS);
    whole.receive(&calls);
    let (story, answers) = (whole.story(), whole.take_unsent());
    assert_eq!(story.len(), 9, "the calls that run: {story:?}");

    let check = |first, step, what: &str| {
        let mut server = End::server(LIMITS);
        feed(&mut server, &calls, first, step);
        assert_eq!(server.ended, None, "{what}");
        assert_eq!(server.story(), story, "{what}");
        assert_eq!(server.take_unsent(), answers, "{what}");
    };
    for at in 0..=calls.len() {
        check(at, calls.len(), &format!("cut at {at}"));
    }
    for step in 1..calls.len() {
        check(0, step, &format!("{step} bytes at a time"));
    }
}

#[test]
fn a_client_gets_the_same_answers_however_its_input_is_cut() {
    let (mut client, mut server) = (caller(), End::server(LIMITS));
    server.receive(&client.take_unsent());
    let answers = server.take_unsent();
    client.receive(&answers);
    let story = client.story();
    assert_eq!(story.len(), 2 + 10, "two rings, and an answer to each call: {story:?}");

    let check = |first, step, what: &str| {
        let mut client = caller();
        client.take_unsent();
        feed(&mut client, &answers, first, step);
        assert_eq!(client.ended, None, "{what}");
        assert_eq!(client.story(), story, "{what}");
        assert_eq!(client.take_unsent(), [0_u8; 0], "{what}");
    };
    for at in 0..=answers.len() {
        check(at, answers.len(), &format!("cut at {at}"));
    }
    for step in 1..answers.len() {
        check(0, step, &format!("{step} bytes at a time"));
    }
}

#[test]
fn a_call_runs_when_its_last_byte_is_there_and_not_before() {
    let calls = caller().take_unsent();
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(len) = calls.get(at..).and_then(|rest| rest.first_chunk()) {
        at += 4 + u32::from_le_bytes(*len) as usize;
        ends.push(at);
    }
    assert_eq!(at, calls.len(), "the frames are whole");
    for cut in 0..=calls.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let mut all = End::server(LIMITS);
        all.receive(&calls[..ends[..whole].last().copied().unwrap_or(0)]);
        let mut server = End::server(LIMITS);
        server.receive(&calls[..cut]);
        assert_eq!(server.story(), all.story(), "cut at {cut}");
        assert_eq!(server.take_unsent(), all.take_unsent(), "cut at {cut}");
    }
}

#[test]
fn what_is_written_is_the_same_however_little_is_taken_at_a_time() {
    let calls = caller().take_unsent();
    let mut server = End::server(LIMITS);
    server.receive(&calls);
    let answers = server.take_unsent();
    for step in 1..answers.len() {
        let mut server = End::server(LIMITS);
        let mut written = Vec::new();
        // Some is written after each piece that is read, as when the socket takes little.
        for piece in calls.chunks(7) {
            server.receive(piece);
            let unsent = server.session.unsent();
            let taken = unsent[..step.min(unsent.len())].to_vec();
            server.session.sent(taken.len());
            written.extend(taken);
        }
        written.extend(server.take_unsent());
        assert_eq!(written, answers, "{step} bytes at a time");
    }
}

#[test]
fn connections_that_take_turns_with_buffers_do_not_mix_their_bytes() {
    let calls = caller().take_unsent();
    let mut whole = End::server(LIMITS);
    whole.receive(&calls);
    let answers = whole.take_unsent();

    let mut spare = Buffers::default();
    let mut servers = [End::server(LIMITS), End::server(LIMITS), End::server(LIMITS)];
    let mut written = [Vec::new(), Vec::new(), Vec::new()];
    for (turn, start) in (0..calls.len() + 40).enumerate() {
        // Each is a few bytes behind the one before it, so that cuts fall everywhere.
        for (behind, (server, written)) in servers.iter_mut().zip(&mut written).enumerate() {
            server.session.swap_buffers(&mut spare);
            let at = start.checked_sub(behind * 20);
            if let Some(byte) = at.and_then(|at| calls.get(at)) {
                server.receive(&[*byte]);
            }
            let unsent = server.session.unsent();
            let taken = unsent[..unsent.len().min(1 + turn % 9)].to_vec();
            server.session.sent(taken.len());
            written.extend(taken);
            server.session.swap_buffers(&mut spare);
        }
    }
    for (server, mut written) in servers.into_iter().zip(written) {
        let mut server = server;
        written.extend(server.take_unsent());
        assert_eq!(server.story(), whole.story());
        assert_eq!(written, answers);
    }
}
