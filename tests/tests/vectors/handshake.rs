//! The handshake and the endpoint, as given and as the text has them.

use ipc_core::auth::{ClientHandshake, Secret, ServerHandshake, Step};

use crate::document::{bytes, hex, vectors};
use crate::siphash::siphash128;

/// What an endpoint holds, by its layout in WIRE.md §8.
struct Endpoint {
    secret: Secret,
    pid: u32,
    bytes: Vec<u8>,
}

fn endpoint() -> Endpoint {
    let given = vectors("endpoint");
    let [what, encoded] = given[0].cells();
    let bytes = bytes(&given[0], encoded);
    assert_eq!(bytes.len(), 48, "the length of an endpoint");
    assert_eq!(&bytes[..10], b"\xf5ipE\x01\0\0\0\0\0", "what an endpoint begins with");
    let part = |at: usize| std::array::from_fn(|i| bytes[at + i]);
    let pid = bytes[10..14].iter().rev().fold(0, |pid, byte| pid << 8 | u32::from(*byte));
    let port = u16::from(bytes[14]) | u16::from(bytes[15]) << 8;
    assert_eq!(what, format!("port {port}, pid {pid}"), "what the endpoint is said to hold");
    Endpoint { secret: Secret { instance: part(16), key: part(32), port }, pid, bytes }
}

/// The three messages, by name.
fn messages() -> [Vec<u8>; 3] {
    let given = vectors("handshake");
    let message = |name| {
        let found = given.iter().find(|vector| vector.cells::<2>()[0] == name);
        found.map_or_else(
            || panic!("WIRE.md has no vector of {name}"),
            |vector| bytes(vector, vector.cells::<2>()[1]),
        )
    };
    assert_eq!(given.len(), 3, "messages of a handshake");
    ["HelloC", "HelloS", "Auth"].map(message)
}

fn nonce(message: &[u8]) -> [u8; 16] {
    std::array::from_fn(|i| message[16 + i])
}

#[test]
fn proofs_are_as_the_text_has_them() {
    let (Endpoint { secret, .. }, [hello_c, hello_s, auth]) = (endpoint(), messages());
    let proof = |role: u8| {
        let mut text = vec![role, 1];
        text.extend(secret.port.to_le_bytes());
        text.extend([0; 4]);
        text.extend(secret.instance);
        text.extend_from_slice(&hello_c);
        text.extend_from_slice(&hello_s[..32]);
        assert_eq!(text.len(), 88, "what a proof is computed over");
        hex(&siphash128(&secret.key, &text))
    };
    assert_eq!(hex(&hello_s[32..]), proof(b'S'), "the server's");
    assert_eq!(hex(&auth), proof(b'C'), "the client's");
}

#[test]
fn a_client_says_what_is_given() {
    let (Endpoint { secret, .. }, [hello_c, hello_s, auth]) = (endpoint(), messages());
    let mut client = ClientHandshake::new(&secret, nonce(&hello_c));
    assert_eq!(hex(client.hello()), hex(&hello_c));
    assert_eq!(client.space().len(), hello_s.len(), "the server's message");
    client.space().copy_from_slice(&hello_s);
    assert_eq!(client.filled(hello_s.len()), Ok(Some(auth.as_slice())));
}

#[test]
fn a_server_says_what_is_given() {
    let (Endpoint { secret, .. }, [hello_c, hello_s, auth]) = (endpoint(), messages());
    let mut server = ServerHandshake::new(&secret, nonce(&hello_s));
    assert_eq!(server.space().len(), hello_c.len(), "the client's first message");
    server.space().copy_from_slice(&hello_c);
    assert_eq!(server.filled(hello_c.len()), Step::Send(&hello_s));
    assert_eq!(server.space().len(), auth.len(), "the client's second message");
    server.space().copy_from_slice(&auth);
    assert_eq!(server.filled(auth.len()), Step::Done);
}

#[test]
fn an_endpoint_is_read_and_written_as_given() {
    let Endpoint { secret, pid, bytes } = endpoint();
    let text = hex(&bytes).replace(' ', "");
    let read = match ipc_runtime::endpoint::Endpoint::from_text(&text) {
        Ok(read) => read,
        Err(error) => panic!("{text}: {error}"),
    };
    assert_eq!((read.port(), read.pid()), (secret.port, pid));
    assert_eq!((read.secret().key, read.secret().instance), (secret.key, secret.instance));
    assert_eq!(read.to_text(), text);
}
