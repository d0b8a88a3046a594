//! An endpoint that is handed over without a file.

use ipc_runtime::endpoint::{Endpoint, EndpointError};
use ipc_runtime::{Connection, Error, OsError, Reason};

use crate::harness::bytes;

fn endpoint() -> Endpoint {
    Endpoint::new(40_000).expect("random bytes")
}

#[test]
fn a_text_is_the_endpoint_again() {
    let endpoint = endpoint();
    let text = endpoint.to_text();
    assert_eq!(text.len(), 96);
    assert!(text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{text}");
    for around in [text.clone(), format!("{text}\n"), format!("  {text}\r\n"), text.clone() + "00"]
    {
        let read = Endpoint::from_text(&around).expect("an endpoint");
        assert_eq!(bytes(&read), bytes(&endpoint));
        assert_eq!((read.port(), read.pid()), (40_000, std::process::id()));
    }
}

#[test]
fn what_is_no_endpoint_is_refused() {
    let text = endpoint().to_text();
    for len in 0..96 {
        let refused = Endpoint::from_text(&text[..len]).err();
        assert_eq!(refused, Some(EndpointError::Malformed), "{len}");
    }
    for at in 0..96 {
        for wrong in ["g", "G", "A", " ", "-", "+"] {
            let mut other = text.clone();
            other.replace_range(at..=at, wrong);
            assert!(Endpoint::from_text(&other).is_err(), "{at} {wrong}");
        }
    }
    let mut later = text.clone();
    later.replace_range(8..10, "02");
    assert_eq!(Endpoint::from_text(&later).err(), Some(EndpointError::OtherVersion));
    assert_eq!(Endpoint::from_text("").err(), Some(EndpointError::Malformed));
    assert_eq!(Endpoint::from_text(&"ä".repeat(48)).err(), Some(EndpointError::Malformed));
}

#[test]
fn no_two_endpoints_are_alike_and_none_shows_its_key() {
    let all: Vec<_> = (0..64).map(|_| endpoint()).collect();
    for (at, one) in all.iter().enumerate() {
        let secret = one.secret();
        assert_ne!(secret.key, secret.instance);
        for other in &all[..at] {
            assert_ne!(secret.key, other.secret().key);
            assert_ne!(secret.instance, other.secret().instance);
        }
        let shown = format!("{one:?} {secret:?}");
        let key: Vec<_> = secret.key.iter().map(u8::to_string).collect();
        assert!(shown.contains("40000") && !shown.contains(&key.join(", ")), "{shown}");
        assert!(!shown.contains(&one.to_text()[64..]), "{shown}");
    }
}

#[test]
fn of_a_variable_that_is_not_set_it_is_told_who_sets_it() {
    let unset = Connection::open_env("IPC_TEST_OF_TEXTS_UNSET").err();
    assert_eq!(unset, Some(Error::Endpoint(EndpointError::Malformed)));
    assert!(unset.is_some_and(|error| error.to_string().contains("environment variable")));
}

/// `unwrap`, `expect` and a `main` that returns an error show it so.
#[test]
fn an_error_of_a_server_or_a_connection_shows_its_name_and_its_text_to_who_debugs() {
    let os = OsError(98);
    for (error, name) in [
        (Error::Bind(os), "Bind(OsError(98)): "),
        (Error::Connect(os), "Connect(OsError(98)): "),
        (Error::Poll(os), "Poll(OsError(98)): "),
        (Error::NameTaken, "NameTaken: "),
        (Error::Endpoint(EndpointError::Stale), "Endpoint(Stale): "),
        (Error::Closed(Reason::Protocol), "Closed(Protocol): "),
    ] {
        assert_eq!(format!("{error:?}"), format!("{name}{error}"));
    }
}

#[test]
fn every_error_says_what_to_do_in_a_line() {
    let os = OsError(2);
    let all = [
        EndpointError::BadName,
        EndpointError::NoFolder,
        EndpointError::FolderNotPrivate,
        EndpointError::FileNotPrivate,
        EndpointError::NeverAppeared,
        EndpointError::Stale,
        EndpointError::Malformed,
        EndpointError::OtherVersion,
        EndpointError::NameInUse,
        EndpointError::NotRead(os),
        EndpointError::NotWritten(os),
        EndpointError::NoRandom,
        EndpointError::NoAnswer,
        EndpointError::TurnedAway,
        EndpointError::NotOurProtocol,
        EndpointError::WrongKey,
    ];
    let mut texts: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert!(texts.iter().all(|text| text.len() > 20 && !text.contains('\n')), "{texts:?}");
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all.len(), "each says something else");
}
