//! The vectors of WIRE.md, in both directions. They are not copied: the document is the test data.

mod document;
mod frames;
mod handshake;
mod hash;
mod siphash;
mod syntax;
mod types;

use std::collections::BTreeSet;

use ipc_core::codec::{Budget, Reader, Writer};
use ipc_core::session::{Limits, Session};

use crate::document::{Vector, bytes, hex, vectors};
use crate::types::{Known, known};

#[test]
fn every_block_of_vectors_is_one_that_is_run() {
    let run =
        ["varint", "value", "refused", "schema", "name", "frame", "end", "handshake", "endpoint"];
    let found: BTreeSet<_> = document::names().into_iter().collect();
    assert_eq!(found, BTreeSet::from(run));
}

#[test]
fn varints_read_and_write_as_given() {
    for vector in vectors("varint") {
        let [number, encoded] = vector.cells();
        let line = vector.line;
        let number: u32 = number.parse().unwrap_or_else(|_| panic!("WIRE.md:{line}: no number"));
        let encoded = bytes(&vector, encoded);

        let mut r = Reader::new(&encoded, Budget::DEFAULT);
        assert_eq!(r.tag(), Ok(number), "WIRE.md:{line}: read");
        assert_eq!(r.end(), Ok(()), "WIRE.md:{line}: read to its end");

        let mut w = Writer::new(usize::MAX);
        w.tag(number);
        assert_eq!(hex(&w.into_bytes()), hex(&encoded), "WIRE.md:{line}: written");
    }
}

#[test]
fn values_decode_and_encode_as_given() {
    for vector in vectors("value") {
        let [name, value, encoded] = vector.cells();
        let line = vector.line;
        let encoded = bytes(&vector, encoded);
        let decoded = match (the(&vector, name).decode)(&encoded) {
            Ok(decoded) => decoded,
            Err(error) => panic!("WIRE.md:{line}: {name}: {error:?}"),
        };
        assert_eq!(decoded.text, value, "WIRE.md:{line}: {name} decoded");
        assert_eq!(hex(&decoded.bytes), hex(&encoded), "WIRE.md:{line}: {name} encoded");
    }
}

#[test]
fn what_must_be_refused_is_and_as_what_is_given() {
    for vector in vectors("refused") {
        let [name, encoded, error] = vector.cells();
        let refused = match (the(&vector, name).decode)(&bytes(&vector, encoded)) {
            Ok(decoded) => format!("no error, but {}", decoded.text),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(refused, error, "WIRE.md:{}: {name} {encoded}", vector.line);
    }
}

#[test]
fn schemas_are_as_given_and_as_the_text_has_them() {
    let declarations = syntax::read_declarations(&document::declarations());
    for vector in vectors("schema") {
        let [name, given] = vector.cells();
        let line = vector.line;
        let from_text = hash::schema(&declarations, &syntax::read_type(name));
        assert_eq!(format!("{from_text:016x}"), given, "WIRE.md:{line}: {name} by the text");
        let ours = format!("{:?}", the(&vector, name).schema);
        assert_eq!(ours, format!("Schema({from_text})"), "WIRE.md:{line}: {name} in ipc-core");
    }
}

/// Types whose values are given have schemas by the text as well, even if those are not given.
#[test]
fn every_type_that_has_a_vector_has_the_schema_that_the_text_gives_it() {
    let declarations = syntax::read_declarations(&document::declarations());
    for vector in vectors("value") {
        let [name, _, _] = vector.cells();
        let from_text = hash::schema(&declarations, &syntax::read_type(name));
        let ours = format!("{:?}", the(&vector, name).schema);
        assert_eq!(ours, format!("Schema({from_text})"), "WIRE.md:{}: {name}", vector.line);
    }
}

#[test]
fn names_and_signatures_are_as_given_and_as_the_text_has_them() {
    let declarations = syntax::read_declarations(&document::declarations());
    for vector in vectors("name") {
        let [what, given] = vector.cells();
        let line = vector.line;
        let (from_text, ours) = match what.split_once(' ') {
            Some(("service", name)) => (hash::name(name), frames::methods()[0].service),
            Some(("method", name)) => (hash::name(name), frames::method(name).id),
            Some(("signature", name)) => {
                (hash::signature(&declarations, name), frames::method(name).signature)
            }
            _ => panic!("WIRE.md:{line}: `{what}` names no service, method or signature"),
        };
        assert_eq!(format!("{from_text:08x}"), given, "WIRE.md:{line}: {what} by the text");
        assert_eq!(format!("{ours:08x}"), given, "WIRE.md:{line}: {what} in ipc-core");
    }
}

#[test]
fn every_method_that_the_document_declares_is_named_by_its_vectors() {
    let declarations = syntax::read_declarations(&document::declarations());
    let mut named: Vec<String> = vec!["service Loader".into()];
    for method in &declarations.methods {
        named.extend([format!("method {}", method.name), format!("signature {}", method.name)]);
    }
    let given: Vec<_> = vectors("name").iter().map(|vector| vector.cells::<2>()[0]).collect();
    assert_eq!(given, named);
}

#[test]
fn frames_are_understood_as_given() {
    for vector in vectors("frame") {
        let [what, encoded] = vector.cells();
        let understood = frames::read(&bytes(&vector, encoded), what);
        assert_eq!(understood, what, "WIRE.md:{}", vector.line);
    }
}

#[test]
fn frames_are_written_as_given() {
    let mut missing: BTreeSet<_> = frames::WRITTEN.iter().map(|(what, _)| *what).collect();
    for vector in vectors("frame") {
        let [what, encoded] = vector.cells();
        if frames::NEVER_WRITTEN.iter().any(|prefix| what.starts_with(prefix)) {
            continue;
        }
        let Some((_, write)) = frames::WRITTEN.iter().find(|(other, _)| *other == what) else {
            panic!("WIRE.md:{}: the test does not know how to write `{what}`", vector.line);
        };
        missing.remove(what);
        let given = hex(&bytes(&vector, encoded));
        assert_eq!(hex(&write()), given, "WIRE.md:{}: {what}", vector.line);
    }
    assert_eq!(missing, BTreeSet::new(), "frames without a vector");
}

#[test]
fn every_kind_of_frame_and_every_fault_has_a_vector() {
    let given = vectors("frame");
    let starts: Vec<_> = given.iter().map(|vector| vector.cells::<2>()[0]).collect();
    let faults = [
        "UnknownService",
        "UnknownMethod",
        "SignatureChanged",
        "BadArguments",
        "Late",
        "Busy",
        "ShuttingDown",
        "Reentered",
        "Panicked",
        "Dropped",
        "ReplyTooLarge",
        "Cancelled",
        "Unknown,",
    ];
    let kinds = ["call ", "one-way", "reply ", "cancel "].map(String::from);
    for start in kinds
        .into_iter()
        .chain(faults.map(|fault| format!("fault 1: {fault}")))
        .chain(["fault 0: ".into()])
    {
        assert!(starts.iter().any(|what| what.starts_with(&start)), "no vector for `{start}`");
    }
}

#[test]
fn what_ends_a_connection_does_and_for_what_is_given() {
    for vector in vectors("end") {
        let [encoded, error] = vector.cells();
        let mut session = Session::new(Limits::DEFAULT);
        let encoded = bytes(&vector, encoded);
        session.space()[..encoded.len()].copy_from_slice(&encoded);
        session.filled(encoded.len());
        let ended = match session.next() {
            Ok(frame) => format!("no error, but {frame:?}"),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(ended, error, "WIRE.md:{}", vector.line);
    }
}

fn the(vector: &Vector, name: &str) -> &'static Known {
    let Some(known) = known(name) else {
        panic!("WIRE.md:{}: `{name}` is no type that the test knows", vector.line);
    };
    known
}
