//! Each way in which a call comes to nothing is told apart, and names the method.

use ipc_core::codec::{Encode, Writer};
use ipc_core::error::{CallError, DecodeError, Detail, Problem, Reason};
use ipc_core::frame::Call;
use ipc_core::method::Method;
use ipc_core::returned::returned_result;
use ipc_core::schema::Schema;
use ipc_core::service::Caller;
use ipc_core::session::{Limits, Session};

use crate::ends::Pair;
use crate::store::{ADD, FAIL, NOTE, PANIC, REGRET, SILENT, TEXT, TWICE};

/// A pair on which all is as it should be.
fn pair() -> Pair {
    Pair::new(Limits::DEFAULT)
}

fn sum(w: &mut Writer) {
    (1_u32, 2_u32).encode(w);
}

/// That `call` comes to nothing as told, without a word of the handler, and that all is well after.
fn fails(pair: &mut Pair, method: &'static Method, write: fn(&mut Writer), expected: CallError) {
    let outcome = pair.call::<u32>(method, write);
    assert_eq!(outcome, Err(expected), "{}", method.name);
    assert_eq!(pair.call::<u32>(&ADD, sum), Ok(3), "the next call after {}", method.name);
}

fn not_run(method: &'static Method, reason: Reason) -> CallError {
    CallError::NotRun(Problem { method, reason, detail: None, may_have_run: false })
}

fn may_have_run(method: &'static Method, reason: Reason) -> CallError {
    CallError::MayHaveRun(Problem { method, reason, detail: None, may_have_run: true })
}

#[test]
fn a_call_is_answered_with_what_its_handler_returns() {
    let mut pair = pair();
    assert_eq!(pair.call(&ADD, sum), Ok(3_u32));
    assert_eq!(pair.call(&TEXT, |w| 5_u32.encode(w)), Ok(String::from("xxxxx")));
    assert_eq!(pair.server.story(), ["add(1, 2)", "text(5)"]);
}

#[test]
fn a_handlers_own_error_is_told_from_those_of_the_call() {
    let mut pair = pair();
    for (fail, expected) in [(false, Ok(7_u8)), (true, Err(CallError::Failed("as told".into())))] {
        fail.encode(pair.begin(&FAIL));
        assert_eq!(returned_result::<u8, String>(pair.finish()), expected, "fail({fail})");
    }
}

#[test]
fn an_unknown_service_is_reported() {
    static METHOD: Method = Method::new("Shop", "add", "Shop.add", Schema::signature());
    fails(&mut pair(), &METHOD, sum, not_run(&METHOD, Reason::UnknownService));
}

#[test]
fn an_unknown_method_is_reported() {
    static METHOD: Method = Method::new("Store", "sub", "Store.sub", Schema::signature());
    let mut pair = pair();
    fails(&mut pair, &METHOD, sum, not_run(&METHOD, Reason::UnknownMethod));
    assert_eq!(pair.server.story(), ["add(1, 2)"], "only the second call runs");
}

#[test]
fn a_changed_signature_is_reported_and_nothing_is_decoded_by_it() {
    static METHOD: Method = Method::new("Store", "add", "Store.add", Schema::signature());
    let mut pair = pair();
    fails(&mut pair, &METHOD, sum, not_run(&METHOD, Reason::SignatureChanged));
    assert_eq!(pair.server.story(), ["add(1, 2)"], "only the second call runs");
}

#[test]
fn arguments_that_cannot_be_decoded_are_reported_with_where_and_why() {
    let cases: [(fn(&mut Writer), DecodeError, u32); 4] = [
        (|_| {}, DecodeError::Truncated, 0),
        (|w| w.put([1, 0, 0]), DecodeError::Truncated, 0),
        (|w| w.put([1, 0, 0, 0, 2, 0, 0]), DecodeError::Truncated, 4),
        (|w| w.put([1, 0, 0, 0, 2, 0, 0, 0, 3]), DecodeError::TrailingBytes, 8),
    ];
    for (write, error, at) in cases {
        let mut pair = pair();
        let detail = Some(Detail { error, at });
        let problem = Problem { detail, ..problem(not_run(&ADD, Reason::BadArguments)) };
        fails(&mut pair, &ADD, write, CallError::NotRun(problem));
        assert_eq!(pair.server.story(), ["add(1, 2)"], "only the second call runs");
    }
}

#[test]
fn arguments_found_fault_with_after_a_reply_was_begun_are_reported_alone() {
    let detail = Some(Detail { error: DecodeError::Invalid, at: 0 });
    let problem = Problem { detail, ..problem(not_run(&REGRET, Reason::BadArguments)) };
    fails(&mut pair(), &REGRET, |_| {}, CallError::NotRun(problem));
}

#[test]
fn a_panic_is_reported_and_harms_no_other_call() {
    let expected = may_have_run(&PANIC, Reason::Panicked);
    fails(&mut pair(), &PANIC, |w| false.encode(w), expected);
}

#[test]
fn a_panic_leaves_nothing_of_a_reply_that_was_begun() {
    let expected = may_have_run(&PANIC, Reason::Panicked);
    fails(&mut pair(), &PANIC, |w| true.encode(w), expected);
}

#[test]
fn a_handler_that_gives_no_answer_is_reported() {
    fails(&mut pair(), &SILENT, |_| {}, may_have_run(&SILENT, Reason::Dropped));
}

#[test]
fn a_reply_that_is_begun_again_is_the_later_one() {
    assert_eq!(pair().call(&TWICE, |_| {}), Ok(2_u32));
}

#[test]
fn a_reply_is_refused_by_one_byte_over_the_limit_and_not_before() {
    // A reply's head, and the length of the text.
    const BESIDE: u32 = 9 + 1;
    for limit in [64, 100] {
        let mut pair = Pair::new(Limits { frame: limit as usize, ..Limits::DEFAULT });
        let fits = pair.call::<String>(&TEXT, |w| (limit - BESIDE).encode(w));
        assert_eq!(fits.map(|text| text.len() as u32), Ok(limit - BESIDE), "a limit of {limit}");
        let over = pair.call::<String>(&TEXT, |w| (limit - BESIDE + 1).encode(w));
        assert_eq!(over, Err(may_have_run(&TEXT, Reason::ReplyTooLarge)), "a limit of {limit}");
        assert_eq!(pair.call::<u32>(&ADD, sum), Ok(3), "the next call");
    }
}

#[test]
fn a_request_that_is_too_large_is_refused_before_it_is_sent() {
    let mut pair = Pair::new(Limits { frame: 64, ..Limits::DEFAULT });
    let write: fn(&mut Writer) = |w| w.put_bytes(&[0; 100]);
    fails(&mut pair, &ADD, write, not_run(&ADD, Reason::RequestTooLarge));
    assert_eq!(pair.server.story(), ["add(1, 2)"], "only the second call is sent");
}

#[test]
fn a_one_way_call_is_not_answered_whatever_comes_of_it() {
    static UNKNOWN: Method = Method::new("Shop", "n", "Shop.n", Schema::signature()).oneway();
    static CHANGED: Method = Method::new("Store", "note", "", Schema::signature()).oneway();
    static PANICS: Method = Method::new(
        "Store",
        "panic",
        "",
        Schema::signature().argument(bool::SCHEMA).returns(<()>::SCHEMA),
    )
    .oneway();
    let mut pair = pair();
    for (method, bytes) in [
        (&UNKNOWN, [0]),
        (&CHANGED, [0]),
        (&NOTE, [0]),
        (&NOTE, [9]),
        (&PANICS, [0]),
        (&PANICS, [1]),
    ] {
        pair.begin(method).put(bytes);
        assert_eq!(pair.client.session.end_call().map(|call| call.id), Ok(0), "{}", method.name);
        let call = pair.client.take_unsent();
        pair.server.receive(&call);
        assert_eq!(pair.server.take_unsent(), [0_u8; 0], "{} {bytes:?}", method.name);
    }
    assert_eq!(pair.server.story(), [r#"note("")"#, "panic", "panic"]);
    assert_eq!(pair.call::<u32>(&ADD, sum), Ok(3), "the next call");
}

#[test]
fn a_reply_of_another_type_is_reported_with_where_and_why() {
    // What TEXT returns, taken for what ADD does, and the other way round.
    let bad = |method, error, at| {
        let detail = Some(Detail { error, at });
        CallError::MayHaveRun(Problem { detail, ..problem(may_have_run(method, Reason::BadReply)) })
    };
    let mut pair = pair();
    let short = pair.call::<u32>(&TEXT, |w| 2_u32.encode(w));
    assert_eq!(short, Err(bad(&TEXT, DecodeError::Truncated, 0)), "too short");
    let long = pair.call::<u32>(&TEXT, |w| 5_u32.encode(w));
    assert_eq!(long, Err(bad(&TEXT, DecodeError::TrailingBytes, 4)), "too long");
    let wrong = pair.call::<bool>(&ADD, |w| (2_u32, 0_u32).encode(w));
    assert_eq!(wrong, Err(bad(&ADD, DecodeError::Bool, 1)), "wrong");
    let wrong = returned_result::<u8, String>({
        (2_u32, 0_u32).encode(pair.begin(&ADD));
        pair.finish()
    });
    let detail = Some(Detail { error: DecodeError::UnknownTag, at: 1 });
    let expected = Problem { detail, ..problem(may_have_run(&ADD, Reason::BadReply)) };
    assert_eq!(wrong, Err(CallError::MayHaveRun(expected)), "no result");
}

#[test]
fn on_a_closed_session_no_call_is_sent_and_the_first_reason_stays() {
    let mut pair = pair();
    assert_eq!(pair.client.session.closed(), None);
    pair.client.session.close(Reason::Protocol);
    pair.client.session.close(Reason::Disconnected);
    assert_eq!(pair.client.session.closed(), Some(Reason::Protocol));
    assert_eq!(pair.call::<u32>(&ADD, sum), Err(not_run(&ADD, Reason::Protocol)));
    "hi".encode(pair.begin(&NOTE));
    assert_eq!(pair.post().map_err(CallError::from), Err(not_run(&NOTE, Reason::Protocol)));
    assert_eq!(pair.client.session.unsent(), [0_u8; 0]);
}

#[test]
fn errors_name_the_method_and_say_whether_it_ran_and_why() {
    let said = [
        (not_run(&ADD, Reason::UnknownMethod), "Store.add did not run: the peer's service has no"),
        (may_have_run(&ADD, Reason::Panicked), "Store.add may have run: the handler panicked"),
    ];
    for (error, start) in said {
        assert!(error.to_string().starts_with(start), "{error}");
    }
    let detail = Some(Detail { error: DecodeError::Utf8, at: 5 });
    let problem = Problem { detail, ..problem(not_run(&ADD, Reason::BadArguments)) };
    let text = "Store.add did not run: the peer could not decode the arguments: \
                a string is not UTF-8, at byte 5";
    assert_eq!(problem.to_string(), text);
    let shown = format!("NotRun(BadArguments: {text})");
    assert_eq!(format!("{:?}", CallError::<()>::from(problem)), shown, "what unwrap shows");
    let failed: CallError<DecodeError> = CallError::Failed(DecodeError::Bool);
    assert_eq!(failed.to_string(), DecodeError::Bool.to_string());
    assert_eq!((failed.problem(), failed.reason()), (None, None));
    let boxed: Box<dyn std::error::Error> = CallError::Failed("full".to_owned()).into();
    assert_eq!(boxed.to_string(), "full", "what is no error itself is one in here");
    assert_eq!(failed.map(|error| error as usize), CallError::Failed(4));
    for error in [not_run(&ADD, Reason::Busy), may_have_run(&ADD, Reason::Dropped)] {
        let wider: CallError<u32> = error.map(|never| match never {});
        assert_eq!((wider.problem(), wider.to_string()), (error.problem(), error.to_string()));
    }
    assert_eq!(not_run(&ADD, Reason::Busy).reason(), Some(Reason::Busy));
}

fn problem(error: CallError) -> Problem {
    match error {
        CallError::NotRun(problem) | CallError::MayHaveRun(problem) => problem,
        error => panic!("{error:?} holds no problem"),
    }
}

#[test]
fn a_call_that_is_refused_unserved_is_answered_unless_it_is_one_way() {
    for id in [0, 7] {
        let call = Call { id, service: 1, method: 2, signature: 3, deadline: 0 };
        let mut session = Session::new(Limits::DEFAULT);
        session.refuse(&call, Reason::Busy);
        let expected: &[u8] = if id == 0 { &[] } else { &[6, 0, 0, 0, 3, 7, 0, 0, 0, 6] };
        assert_eq!(session.unsent(), expected, "id {id}");
    }
}
