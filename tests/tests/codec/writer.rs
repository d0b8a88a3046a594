//! Frames that are too large are not sent and not kept, and those after them are as good as new.

use ipc_core::codec::{Encode, Writer, to_bytes};
use ipc_core::error::Reason;
use ipc_core::method::Method;
use ipc_core::schema::Schema;
use ipc_core::session::{Limits, Session};
use tests::heap::measure;

static PUT: Method = Method::new("Store", "put", "Store.put", Schema::signature());

/// What a call's frame holds beside the arguments.
const HEAD: usize = 25;

/// Does what `write` does, as the arguments of a call.
fn call(session: &mut Session, write: impl FnOnce(&mut Writer)) -> Result<(), Reason> {
    write(session.begin_call(&PUT, 0));
    session.end_call().map(drop).map_err(|problem| {
        assert!(!problem.may_have_run, "a call that was not sent did not run");
        problem.reason
    })
}

/// The ways in which `len` bytes come to be written.
fn ways(len: usize) -> [(&'static str, Box<dyn Fn(&mut Writer)>); 4] {
    [
        ("one by one", Box::new(move |w| (0..len).for_each(|_| w.put([7])))),
        ("at once", Box::new(move |w| w.put_bytes(&vec![7; len]))),
        ("as a block", Box::new(move |w| u8::encode_slice(&vec![7; len], w))),
        (
            "in pieces",
            Box::new(move |w| {
                (0..len / 3).for_each(|_| w.put_bytes(&[7; 3]));
                w.put_bytes(&vec![7; len % 3]);
            }),
        ),
    ]
}

#[test]
fn a_frame_of_just_the_limit_is_sent_and_one_over_it_is_not() {
    for limit in [64, 100, 4096] {
        let limits = Limits { frame: limit, ..Limits::DEFAULT };
        for (way, write) in ways(limit - HEAD) {
            let mut session = Session::new(limits);
            assert_eq!(call(&mut session, write), Ok(()), "{limit} bytes, {way}");
            assert_eq!(session.unsent().len(), limit, "{limit} bytes, {way}");
        }
        for over in [1, 2, limit, 10 * limit] {
            for (way, write) in ways(limit - HEAD + over) {
                let mut session = Session::new(limits);
                let refused = call(&mut session, write);
                assert_eq!(refused, Err(Reason::RequestTooLarge), "{over} over {limit}, {way}");
                assert_eq!(session.unsent(), [0_u8; 0], "{over} over {limit}, {way}");
            }
        }
    }
}

#[test]
fn the_frames_before_and_after_one_that_is_too_large_are_whole() {
    let limits = Limits { frame: 64, ..Limits::DEFAULT };
    for (way, write) in ways(1000) {
        let mut session = Session::new(limits);
        assert_eq!(call(&mut session, |w| w.put([1])), Ok(()), "before one written {way}");
        assert_eq!(call(&mut session, &write), Err(Reason::RequestTooLarge), "written {way}");
        assert_eq!(call(&mut session, &write), Err(Reason::RequestTooLarge), "again {way}");
        assert_eq!(call(&mut session, |w| w.put([3])), Ok(()), "after one written {way}");
        let frame = |id: u8, byte| {
            let head = [22, 0, 0, 0, 1, id, 0, 0, 0];
            let names = to_bytes(&[PUT.service, PUT.id, PUT.signature, 0]);
            [head.as_slice(), &names, &[byte]].concat()
        };
        assert_eq!(session.unsent(), [frame(1, 1), frame(4, 3)].concat(), "beside one {way}");
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_count_that_does_not_fit_the_wire_makes_the_frame_too_large() {
    let mut session = Session::new(Limits::DEFAULT);
    let refused = call(&mut session, |w| w.count(u32::MAX as usize + 1));
    assert_eq!(refused, Err(Reason::RequestTooLarge));
    assert_eq!(call(&mut session, |w| w.count(u32::MAX as usize)), Ok(()));
}

#[test]
fn what_is_too_large_to_send_is_not_kept_in_memory() {
    let limits = Limits { frame: 64 * 1024, ..Limits::DEFAULT };
    let chunk = [7; 1000];
    let ((), taken) = measure(|| {
        let mut session = Session::new(limits);
        let refused = call(&mut session, |w| (0..10_000).for_each(|_| w.put_bytes(&chunk)));
        assert_eq!(refused, Err(Reason::RequestTooLarge));
    });
    // While it grows, the old buffer is there beside the new one.
    assert!(taken.peak <= 3 * limits.frame + 4096, "{taken:?} for a limit of {}", limits.frame);
    assert!(taken.largest <= 2 * limits.frame + 4096, "{taken:?} for a limit of {}", limits.frame);
}

#[test]
fn a_call_that_is_begun_and_not_ended_leaves_nothing() {
    let mut session = Session::new(Limits::DEFAULT);
    session.begin_call(&PUT, 0).put_bytes(b"half of");
    assert_eq!(call(&mut session, |w| w.put([1])), Ok(()));
    assert_eq!(session.unsent().len(), HEAD + 1);
}

#[test]
fn what_has_been_sent_is_not_sent_again_however_it_is_cut() {
    for step in 1..=60 {
        let limits = Limits { frame: 64, ..Limits::DEFAULT };
        let mut session = Session::new(limits);
        let (mut expected, mut sent) = (Vec::new(), Vec::new());
        for value in 0..40_u8 {
            assert_eq!(call(&mut session, |w| w.put([value])), Ok(()));
            let len = session.unsent().len();
            expected.extend_from_slice(&session.unsent()[len - HEAD - 1..]);
            let piece = session.unsent()[..step.min(len)].to_vec();
            session.sent(piece.len());
            sent.extend(piece);
        }
        sent.extend_from_slice(session.unsent());
        assert_eq!(sent, expected, "{step} bytes at a time");
    }
}

#[test]
fn what_has_been_sent_is_not_kept_in_memory() {
    let piece = [7; 60_000];
    let ((), taken) = measure(|| {
        let mut session = Session::new(Limits::DEFAULT);
        assert_eq!(call(&mut session, |w| w.put_bytes(&piece)), Ok(()));
        for _ in 0..100 {
            // The socket takes as much as is written, but never all that is there.
            assert_eq!(call(&mut session, |w| w.put_bytes(&piece)), Ok(()));
            session.sent(HEAD + piece.len());
        }
    });
    assert!(taken.largest <= 4 * (HEAD + piece.len()), "{taken:?}");
}
