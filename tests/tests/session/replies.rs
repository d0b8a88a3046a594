//! Answers that nobody waits for are ignored, and those that come are not confused.

use ipc_core::codec::Encode;
use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::session::{Limits, Session, Started};

use crate::ends::End;
use crate::store::{ADD, NOTE};

/// A frame with this head and payload.
pub fn frame(kind: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = 5 + payload.len() as u32;
    [&len.to_le_bytes(), [kind].as_slice(), &id.to_le_bytes(), payload].concat()
}

pub const REPLY: u8 = 2;
pub const FAULT: u8 = 3;
pub const CANCEL: u8 = 4;

/// A client whose calls 1 and 2 wait for their answers.
fn waiting() -> End {
    let mut client = End::client(Limits::DEFAULT);
    for _ in 0..2 {
        client.start(&ADD, |w| (1_u32, 2_u32).encode(w));
    }
    client.take_unsent();
    client
}

const ANSWERS: [&str; 2] = ["Store.add 2: [2]", "Store.add 1: [1]"];

/// What two answers, the second first, come to with `others` before, between and after them.
fn with(others: &[u8]) -> Vec<String> {
    let mut client = waiting();
    client.receive(others);
    client.receive(&frame(REPLY, 2, &[2]));
    client.receive(others);
    client.receive(&frame(REPLY, 1, &[1]));
    client.receive(others);
    assert_eq!(client.ended, None, "the connection goes on");
    assert_eq!(client.take_unsent(), [0_u8; 0], "nothing is answered to an answer");
    client.story()
}

#[test]
fn answers_come_in_any_order() {
    assert_eq!(with(&[]), ANSWERS);
}

#[test]
fn an_answer_to_an_unknown_call_is_ignored() {
    for id in [0, 3, 4, u32::MAX] {
        assert_eq!(with(&frame(REPLY, id, &[9])), ANSWERS, "a reply to {id}");
        assert_eq!(with(&frame(FAULT, id, &[16])), ANSWERS, "a fault for {id}");
    }
}

#[test]
fn a_second_answer_is_ignored() {
    let mut client = waiting();
    for _ in 0..2 {
        client.receive(&frame(REPLY, 1, &[1]));
        client.receive(&frame(FAULT, 1, &[16]));
    }
    assert_eq!(client.story(), ["Store.add 1: [1]"]);
}

#[test]
fn an_answer_before_its_call_is_not_kept_for_it() {
    let mut client = End::client(Limits::DEFAULT);
    client.receive(&frame(REPLY, 1, &[9]));
    client.start(&ADD, |w| (1_u32, 2_u32).encode(w));
    assert_eq!(client.story(), [""; 0]);
    client.receive(&frame(REPLY, 1, &[1]));
    assert_eq!(client.story(), ["Store.add 1: [1]"]);
}

#[test]
fn an_answer_to_a_call_that_was_given_up_is_ignored() {
    let mut client = waiting();
    client.waiting.remove(0);
    client.receive(&frame(REPLY, 1, &[1]));
    client.receive(&frame(REPLY, 2, &[2]));
    assert_eq!(client.story(), ["Store.add 2: [2]"]);
}

#[test]
fn a_cancel_of_an_unknown_call_is_ignored_however_many_come() {
    let mut server = End::server(Limits::DEFAULT);
    let (held, taken) = tests::heap::measure(|| {
        let mut session = Session::new(Limits::DEFAULT);
        for id in 0..100_000 {
            let cancel = frame(CANCEL, id, &[]);
            session.space()[..cancel.len()].copy_from_slice(&cancel);
            session.filled(cancel.len());
            let next = session.next().map(|next| next.map(|frame| frame.head));
            assert_eq!(next, Ok(Some(Head::Cancel(id))));
        }
        session.unsent().len()
    });
    assert_eq!(held, 0, "bytes to answer with");
    assert!(taken.peak <= 65 * 1024, "{taken:?}");

    let mut client = End::client(Limits::DEFAULT);
    client.start(&ADD, |w| (1_u32, 2_u32).encode(w));
    let call = client.take_unsent();
    let cancel = frame(CANCEL, 1, &[]);
    for bytes in [&cancel, &call, &cancel, &cancel] {
        server.receive(bytes);
    }
    client.receive(&server.take_unsent());
    assert_eq!(client.story(), ["Store.add 1: [3, 0, 0, 0]"], "answered once, cancelled or not");
    assert_eq!(server.ended, None);
}

#[test]
fn what_follows_a_cancel_or_a_fault_is_ignored() {
    let cancel = "cancel 1";
    let story = [cancel, ANSWERS[0], cancel, ANSWERS[1], cancel];
    assert_eq!(with(&frame(CANCEL, 1, b"and more")), story);
    let mut client = waiting();
    client.receive(&frame(FAULT, 1, &[16, 1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(client.story(), ["Store.add 1: Panicked"]);
    assert_eq!(client.ended, None);
}

/// What a client makes of a fault with this payload.
fn fault(payload: &[u8]) -> Problem {
    let mut session = Session::new(Limits::DEFAULT);
    let bytes = frame(FAULT, 1, payload);
    session.space()[..bytes.len()].copy_from_slice(&bytes);
    session.filled(bytes.len());
    match session.next() {
        Ok(Some(frame @ Frame { head: Head::Fault(1), .. })) => {
            match session.answer(Started { method: &ADD, id: 1 }, frame) {
                Err(problem) => problem,
                Ok(answer) => panic!("{payload:?}: {answer:?} instead of a fault"),
            }
        }
        other => panic!("{payload:?}: {other:?} instead of a fault"),
    }
}

#[test]
fn every_fault_code_says_whether_the_call_ran_and_an_unknown_one_as_well() {
    use Reason::*;
    let known = [
        (1, UnknownService),
        (2, UnknownMethod),
        (3, SignatureChanged),
        (4, BadArguments),
        (5, Late),
        (6, Busy),
        (7, ShuttingDown),
        (8, Reentered),
        (16, Panicked),
        (17, Dropped),
        (18, ReplyTooLarge),
        (19, Cancelled),
    ];
    for code in 0..=u8::MAX {
        let reason = known.iter().find(|(other, _)| *other == code).map_or(Unknown, |(_, r)| *r);
        let problem = fault(&[code]);
        assert_eq!(problem.reason, reason, "code {code}");
        assert_eq!(problem.may_have_run, !(1..16).contains(&code), "code {code}");
        assert_eq!(problem.detail, None, "code {code}");
    }
    assert_eq!(fault(&[]).reason, Unknown, "no code");
    assert!(fault(&[]).may_have_run, "no code");
}

#[test]
fn every_rule_of_a_fault_is_read_and_an_unknown_one_as_well() {
    use ipc_core::error::DecodeError::*;
    let known = [
        Truncated,
        TrailingBytes,
        Utf8,
        Bool,
        Char,
        UnknownTag,
        Varint,
        TooLong,
        TooDeep,
        TooMuchMemory,
        OutOfRange,
        NotAscending,
        Invalid,
    ];
    for rule in 0..=u8::MAX {
        let expected = known.iter().find(|error| **error as u8 == rule).copied().unwrap_or(Invalid);
        let detail = fault(&[4, rule, 1, 2, 0, 0]).detail;
        assert_eq!(detail.map(|detail| (detail.error, detail.at)), Some((expected, 513)), "{rule}");
    }
    for len in 2..6 {
        assert_eq!(fault(&[4, 1, 2, 3, 4][..len - 1]).detail, None, "a detail cut short");
    }
}

#[test]
fn a_one_way_call_takes_no_id() {
    let mut client = End::client(Limits::DEFAULT);
    assert_eq!(client.start(&ADD, |_| {}).id, 1);
    assert_eq!(client.start(&NOTE, |_| {}).id, 0);
    assert_eq!(client.start(&ADD, |_| {}).id, 2);
}
