//! What is told to people when something goes wrong.

use std::collections::BTreeSet;
use std::fmt::Display;

use ipc_core::auth::AuthError;
use ipc_core::error::{DecodeError, ProtocolError, Reason};

#[test]
fn every_error_has_a_text_of_its_own_that_can_stand_in_a_sentence() {
    use DecodeError as D;
    use ProtocolError as P;
    use Reason as R;
    let decode = [
        D::Truncated,
        D::TrailingBytes,
        D::Utf8,
        D::Bool,
        D::Char,
        D::UnknownTag,
        D::Varint,
        D::TooLong,
        D::TooDeep,
        D::TooMuchMemory,
        D::OutOfRange,
        D::NotAscending,
        D::Invalid,
    ];
    let protocol = [P::FrameTooLong, P::FrameTooShort, P::UnknownKind];
    let reasons = [
        R::Unknown,
        R::UnknownService,
        R::UnknownMethod,
        R::SignatureChanged,
        R::BadArguments,
        R::Late,
        R::Busy,
        R::ShuttingDown,
        R::Reentered,
        R::Panicked,
        R::Dropped,
        R::ReplyTooLarge,
        R::Cancelled,
        R::RequestTooLarge,
        R::BadReply,
        R::Deadline,
        R::Disconnected,
        R::Protocol,
        R::WouldBlock,
        R::Unreachable,
    ];
    let auth = [AuthError::NotOurProtocol, AuthError::WrongKey];
    let all: Vec<&dyn Display> = decode
        .iter()
        .map(|error| error as &dyn Display)
        .chain(protocol.iter().map(|error| error as &dyn Display))
        .chain(reasons.iter().map(|reason| reason as &dyn Display))
        .chain(auth.iter().map(|error| error as &dyn Display))
        .collect();
    let mut seen = BTreeSet::new();
    for error in all {
        let text = error.to_string();
        assert!(text.starts_with(|first: char| first.is_lowercase()), "{text:?} begins a sentence");
        assert!(!text.ends_with('.') && !text.contains('\n'), "{text:?} ends one");
        assert!(!text.contains("  "), "{text:?} has a gap");
        assert!(seen.insert(text.clone()), "{text:?} says two things");
    }
}
