//! Calls that come to nothing: each for its own reason, with the method's name, and the connection
//! goes on.

use ipc_core::codec::to_bytes;
use ipc_runtime::{CallError, Connection, DecodeError, Problem, Reason};
use tests::desk::{AbsentClient, DeskClient, newer};
use tests::loader::Node;

use crate::harness::{call, call_of, fault, frame, method, reply, serve, two, watchdog};

/// The call certainly did not run.
#[track_caller]
fn not_run<T, E>(outcome: Result<T, CallError<E>>) -> Problem {
    match outcome {
        Err(CallError::NotRun(problem)) => problem,
        Err(CallError::MayHaveRun(problem)) => panic!("{problem}"),
        _ => panic!("it was answered"),
    }
}

/// Nobody can say whether the call ran.
#[track_caller]
fn may_have_run<T, E>(outcome: Result<T, CallError<E>>) -> Problem {
    match outcome {
        Err(CallError::MayHaveRun(problem)) => problem,
        Err(CallError::NotRun(problem)) => panic!("{problem}"),
        _ => panic!("it was answered"),
    }
}

/// The connection is as good as new.
#[track_caller]
fn goes_on(connection: &mut Connection) {
    assert_eq!(DeskClient::new(connection).add(20, 22), Ok(42));
}

#[test]
fn an_unknown_service_is_its_own_reason() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let problem = not_run(AbsentClient::new(&mut connection).call());
    assert_eq!(problem.reason, Reason::UnknownService);
    let text = problem.to_string();
    assert!(text.starts_with("Absent.call did not run: the peer offers no such service"), "{text}");
    goes_on(&mut connection);
}

#[test]
fn an_unknown_method_is_its_own_reason() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let problem = not_run(newer::DeskClient::new(&mut connection).subtract(2, 1));
    assert_eq!(problem.reason, Reason::UnknownMethod);
    let text = problem.to_string();
    assert!(
        text.starts_with("Desk.subtract did not run: the peer's service has no such"),
        "{text}"
    );
    goes_on(&mut connection);
}

#[test]
fn a_changed_signature_is_its_own_reason() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let mut newer = newer::DeskClient::new(&mut connection);
    for (problem, start) in [
        (not_run(newer.add(1, 2)), "Desk.add did not run: the peer's method of this name takes"),
        (not_run(newer.half(2)), "Desk.half did not run: the peer's method of this name takes"),
    ] {
        assert_eq!(problem.reason, Reason::SignatureChanged);
        assert!(problem.to_string().starts_with(start), "{problem}");
    }
    goes_on(&mut connection);
}

#[test]
fn undecodable_arguments_are_their_own_reason() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let mut node = Node { value: 0, children: vec![] };
    for value in 1..100 {
        node = Node { value, children: vec![node] };
    }
    let problem = not_run(DeskClient::new(&mut connection).depth(node));
    assert_eq!(problem.reason, Reason::BadArguments);
    assert_eq!(problem.detail.map(|detail| detail.error), Some(DecodeError::TooDeep));
    let text = problem.to_string();
    assert!(text.starts_with("Desk.depth did not run: the peer could not decode"), "{text}");
    assert!(text.contains("values are nested deeper than the limit, at byte "), "{text}");
    goes_on(&mut connection);
}

#[test]
fn the_four_reasons_have_four_codes_and_say_what_was_wrong_with_the_bytes() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    let add = method("Desk.add");
    raw.send(&call_of(1, [!add.service, add.id, add.signature], &two(1, 2)));
    assert_eq!(raw.frame(), fault(1, 1));
    raw.send(&call_of(2, [add.service, !add.id, add.signature], &two(1, 2)));
    assert_eq!(raw.frame(), fault(2, 2));
    raw.send(&call_of(3, [add.service, add.id, !add.signature], &two(1, 2)));
    assert_eq!(raw.frame(), fault(3, 3));
    // Truncated, at the second number.
    raw.send(&call(4, "Desk.add", &[1, 0, 0, 0]));
    assert_eq!(raw.frame(), frame(3, 4, &[4, 1, 4, 0, 0, 0]));
    // A byte left over after both.
    raw.send(&call(5, "Desk.add", &[two(1, 2), vec![0]].concat()));
    assert_eq!(raw.frame(), frame(3, 5, &[4, 2, 8, 0, 0, 0]));
    // Not UTF-8.
    raw.send(&call(6, "Loader.enable", &[2, 0xc3, 0x28]));
    let answer = raw.frame();
    assert_eq!(answer[..11], frame(3, 6, &[4, 3, 0, 0, 0, 0])[..11], "{answer:x?}");
    // None of it ran, and all of it left the stream in step.
    raw.send(&call(7, "Loader.mods", &[]));
    assert_eq!(raw.frame(), reply(7, &[0]));
}

#[test]
fn a_one_way_call_that_cannot_run_is_not_answered() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    let note = method("Desk.note");
    raw.send(&call_of(0, [!note.service, note.id, note.signature], &[]));
    raw.send(&call_of(0, [note.service, !note.id, note.signature], &[]));
    raw.send(&call_of(0, [note.service, note.id, !note.signature], &[]));
    raw.send(&call(0, "Desk.note", &[1]));
    raw.send(&call(0, "Desk.panic_unheard", &[]));
    // Not even one of a method that is otherwise answered.
    raw.send(&call(0, "Desk.add", &two(1, 2)));
    raw.send(&call(1, "Desk.add", &two(3, 4)));
    assert_eq!(raw.frame(), reply(1, &7_u32.to_le_bytes()));
}

#[test]
fn a_panic_answers_its_call_and_harms_nobody() {
    let _watchdog = watchdog();
    let server = serve();
    let mut one = server.connect();
    let mut other = server.connect();
    goes_on(&mut one);
    goes_on(&mut other);
    for _ in 0..3 {
        let problem = may_have_run(DeskClient::new(&mut one).panic("as it was told"));
        assert_eq!(problem.reason, Reason::Panicked);
        assert_eq!(
            problem.to_string(),
            "Desk.panic may have run: the handler panicked; see the peer's output",
        );
        goes_on(&mut one);
        goes_on(&mut other);
    }
    DeskClient::new(&mut one).panic_unheard().expect("it is sent");
    goes_on(&mut one);
    goes_on(&mut other);
}

#[test]
fn a_call_too_large_is_not_sent_and_the_connection_goes_on() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    for _ in 0..3 {
        let problem = not_run(DeskClient::new(&mut connection).echo(&vec![0; 2 << 20]));
        assert_eq!(problem.reason, Reason::RequestTooLarge);
        assert!(
            problem.to_string().starts_with("Desk.echo did not run: the arguments"),
            "{problem}"
        );
        goes_on(&mut connection);
    }
}

#[test]
fn a_reply_too_large_is_a_fault_and_the_connection_goes_on() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    for _ in 0..3 {
        let problem = may_have_run(DeskClient::new(&mut connection).blob(0, 2 << 20));
        assert_eq!(problem.reason, Reason::ReplyTooLarge);
        assert!(problem.to_string().starts_with("Desk.blob may have run: the reply"), "{problem}");
        goes_on(&mut connection);
    }
}

#[test]
fn the_largest_frames_are_exactly_as_large_as_the_limit() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let mut desk = DeskClient::new(&mut connection);
    // A reply's head is 9 bytes with the length field, and this length takes 3.
    let most = (1 << 20) - 9 - 3;
    assert_eq!(desk.blob(7, most).map(|blob| blob.len()), Ok(most as usize));
    assert_eq!(may_have_run(desk.blob(7, most + 1)).reason, Reason::ReplyTooLarge);
    // A call's is 25.
    let most = vec![7; (1 << 20) - 25 - 3];
    assert_eq!(desk.echo(&most).as_deref(), Ok(&*most));
    assert_eq!(not_run(desk.echo(&[&*most, &[7]].concat())).reason, Reason::RequestTooLarge);
    goes_on(&mut connection);
}

#[test]
fn nothing_of_a_refused_call_runs() {
    let _watchdog = watchdog();
    let server = serve();
    let mut raw = server.raw();
    let note = method("Desk.note");
    raw.send(&call_of(1, [note.service, note.id, !note.signature], &5_u32.to_le_bytes()));
    assert_eq!(raw.frame(), fault(1, 3));
    raw.send(&call(2, "Desk.note", &[&5_u32.to_le_bytes()[..], &[0]].concat()));
    assert_eq!(raw.frame()[9], 4);
    raw.send(&call(3, "Desk.notes", &[]));
    assert_eq!(raw.frame(), reply(3, &to_bytes(&Vec::<u32>::new())));
}
