//! Frames that may not be are refused by their length, before anything is set aside for them.

use ipc_core::deframe::READ_STEP;
use ipc_core::error::ProtocolError;
use ipc_core::session::{Buffers, Limits, Session};
use tests::heap::measure;

use crate::ends::End;
use crate::replies::{CANCEL, frame};
use crate::store::ADD;

/// What a session makes of these bytes, given in one piece.
fn outcome(limits: Limits, bytes: &[u8]) -> Result<bool, ProtocolError> {
    let mut session = Session::new(limits);
    session.space()[..bytes.len()].copy_from_slice(bytes);
    session.filled(bytes.len());
    session.next().map(|frame| frame.is_some())
}

#[test]
fn a_length_is_judged_as_soon_as_it_is_there() {
    use ProtocolError::{FrameTooLong, FrameTooShort};
    for frame in [100, 65_536, Limits::DEFAULT.frame] {
        let limits = Limits { frame, ..Limits::DEFAULT };
        let max = frame as u32 - 4;
        let cases = [
            (0, Err(FrameTooShort)),
            (max, Ok(false)),
            (max + 1, Err(FrameTooLong)),
            (1 << 31, Err(FrameTooLong)),
            (u32::MAX, Err(FrameTooLong)),
        ];
        for (len, expected) in cases {
            let ((), taken) = measure(|| {
                let result = outcome(limits, &len.to_le_bytes());
                assert_eq!(result, expected, "a length of {len}, a limit of {frame}");
            });
            assert!(taken.peak <= READ_STEP, "{taken:?} for a length of {len}");
        }
        for known in 0..4 {
            let bytes = &u32::MAX.to_le_bytes()[..known];
            assert_eq!(outcome(limits, bytes), Ok(false), "{known} bytes of a length");
        }
    }
}

#[test]
fn a_frame_that_ends_within_its_head_is_refused() {
    for (kind, head) in [(1, 21), (2, 5), (3, 5), (4, 5)] {
        for len in 0..head + 3 {
            let mut bytes = (len as u32).to_le_bytes().to_vec();
            bytes.extend([kind, 1, 0, 0, 0]);
            bytes.extend([0; 32]);
            let expected = if len < head { Err(ProtocolError::FrameTooShort) } else { Ok(true) };
            let bytes = &bytes[..4 + len];
            assert_eq!(outcome(Limits::DEFAULT, bytes), expected, "{len} bytes of kind {kind}");
        }
    }
}

#[test]
fn a_frame_of_unknown_kind_is_refused() {
    for kind in (5..=u8::MAX).chain([0]) {
        for payload in [&[0; 0][..], &[0; 40]] {
            let refused = outcome(Limits::DEFAULT, &frame(kind, 1, payload));
            assert_eq!(refused, Err(ProtocolError::UnknownKind), "kind {kind}");
        }
    }
}

#[test]
fn a_frame_of_just_the_limit_is_taken_and_one_over_it_is_not() {
    for limit in [64, 70_000, 200_000] {
        let limits = Limits { frame: limit, ..Limits::DEFAULT };
        let mut end = End::server(limits);
        end.receive(&frame(CANCEL, 7, &vec![0; limit - 9]));
        assert_eq!((end.story(), end.ended), (vec!["cancel 7".into()], None), "{limit} bytes");
        end.receive(&frame(CANCEL, 8, &vec![0; limit - 8]));
        assert_eq!(end.ended, Some(ProtocolError::FrameTooLong), "over {limit} bytes");
        assert_eq!(end.story(), ["cancel 7"], "over {limit} bytes");
    }
}

#[test]
fn a_buffer_grows_with_what_has_come_and_not_with_what_was_announced() {
    let announced = (Limits::DEFAULT.frame as u32 - 4).to_le_bytes();
    for received in [4, 1000, READ_STEP, READ_STEP + 1, 3 * READ_STEP + 1, 5 * READ_STEP] {
        let mut bytes = announced.to_vec();
        bytes.resize(received, 4);
        let mut end = End::server(Limits::DEFAULT);
        let ((), taken) = measure(|| end.receive(&bytes));
        assert_eq!(end.ended, None, "{received} bytes");
        let most = received + READ_STEP;
        assert!(taken.largest <= most, "{taken:?}, when {received} bytes have come");
    }
}

#[test]
fn many_small_frames_take_one_small_buffer() {
    let frames = frame(CANCEL, 1, &[0; 91]).repeat(10_000);
    let mut session = Session::new(Limits::DEFAULT);
    let (count, taken) = measure(|| {
        let mut count = 0;
        // Cuts fall everywhere, and there is always less than a frame left over.
        for piece in frames.chunks(997) {
            session.space()[..piece.len()].copy_from_slice(piece);
            session.filled(piece.len());
            while let Ok(Some(_)) = session.next() {
                count += 1;
            }
        }
        count
    });
    assert_eq!(count, 10_000);
    assert!(taken.peak <= READ_STEP, "{taken:?}");
}

#[test]
fn more_than_there_is_room_for_cannot_be_filled_in() {
    let mut session = Session::new(Limits::DEFAULT);
    let room = session.space().len();
    session.filled(room + 1000);
    assert!(!session.space().is_empty(), "there is room for the next read");
    assert_eq!(session.next(), Err(ProtocolError::FrameTooShort), "what was read were zeros");
}

/// What the next read and the next call take of the heap.
fn taken_by_next(session: &mut Session) -> [usize; 2] {
    let read = measure(|| session.space().len()).1.peak;
    let call = measure(|| {
        session.begin_call(&ADD, 0);
        session.end_call().is_ok()
    });
    [read, call.1.peak]
}

#[test]
fn a_session_that_is_idle_holds_no_buffers_and_one_that_is_not_keeps_them() {
    let mut session = Session::new(Limits::DEFAULT);
    let cancel = frame(CANCEL, 1, &[]);
    session.space()[..cancel.len()].copy_from_slice(&cancel);
    session.filled(cancel.len());
    session.begin_call(&ADD, 0);
    assert!(session.end_call().is_ok(), "the call fits");

    let mut spare = Buffers::default();
    let unsent = session.unsent().len();
    session.swap_buffers(&mut spare);
    assert_eq!(session.unsent().len(), unsent, "a call that is not sent stays");
    assert!(matches!(session.next(), Ok(Some(_))), "a frame that is not taken stays");
    session.sent(unsent);
    session.swap_buffers(&mut spare);
    let [read, call] = taken_by_next(&mut session);
    assert!(read > 0 && call > 0, "the buffers have been given away");

    let mut other = Session::new(Limits::DEFAULT);
    other.swap_buffers(&mut spare);
    assert_eq!(taken_by_next(&mut other), [0, 0], "another session has them now");
}

#[test]
fn the_limits_are_those_that_the_design_has() {
    let limits = Limits::default();
    assert_eq!(limits, Limits::DEFAULT);
    assert_eq!(limits.frame, 1024 * 1024);
    assert_eq!((limits.budget.heap, limits.budget.depth), (8 * limits.frame + 4096, 32));
}

#[test]
fn limits_may_change_while_a_connection_lasts() {
    let mut session = Session::new(Limits { frame: 64, ..Limits::DEFAULT });
    let long = frame(CANCEL, 1, &[0; 100]);
    session.receive(&long);
    assert_eq!(session.next(), Err(ProtocolError::FrameTooLong), "before");
    let call = |session: &mut Session| {
        session.begin_call(&ADD, 0).put_bytes(&[0; 100]);
        session.end_call().is_ok()
    };
    assert!(!call(&mut session), "before");
    session.set_limits(Limits { frame: 200, ..Limits::DEFAULT });
    assert_eq!(session.limits().frame, 200);
    assert!(matches!(session.next(), Ok(Some(_))), "after");
    assert!(call(&mut session), "after");
}

#[test]
fn bytes_that_were_read_elsewhere_are_taken_over_however_many() {
    let mut session = Session::new(Limits::DEFAULT);
    let cancels = frame(CANCEL, 1, &[0; 1000]).repeat(200);
    assert!(cancels.len() > 2 * READ_STEP, "more than one read");
    session.receive(&[]);
    session.receive(&cancels);
    let mut count = 0;
    while let Ok(Some(_)) = session.next() {
        count += 1;
    }
    assert_eq!(count, 200);
}
