//! The client's side of the handshake over real sockets: whom it believes, how long it waits, and
//! what it lets out.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use std::{mem, thread};

use ipc_runtime::endpoint::{Claim, Endpoint, EndpointError, dial, find, publish};

use crate::harness::{answer, apart, bytes, listen, look, port, server, stranger};

/// An endpoint that says that its server is at this port.
fn endpoint(port: u16) -> Endpoint {
    Endpoint::new(port).expect("random bytes")
}

/// What dialling there came to, and how many milliseconds it took, rounded up.
fn dialled(port: u16, within: u32) -> (Option<EndpointError>, u128) {
    let start = Instant::now();
    let outcome = dial(&endpoint(port), within);
    (outcome.err(), start.elapsed().as_millis() + 1)
}

#[test]
fn both_sides_go_on_after_the_handshake() {
    let listener = listen();
    let endpoint = endpoint(port(&listener));
    answer(listener, endpoint.clone());
    let mut stream = dial(&endpoint, 2_000).expect("both prove themselves");
    stream.write_all(b"hello").expect("written");
    let mut echo = [0; 5];
    stream.read_exact(&mut echo).expect("echoed");
    assert_eq!(&echo, b"hello");
}

#[test]
fn a_port_where_nothing_listens_is_stale() {
    let port = port(&listen());
    assert_eq!(dialled(port, 2_000).0, Some(EndpointError::Stale));
}

#[test]
fn a_server_that_closes_has_turned_the_client_away() {
    let port = stranger(drop);
    assert_eq!(dialled(port, 2_000).0, Some(EndpointError::TurnedAway));
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let port = stranger(mem::forget);
    for within in [0, 50, 300] {
        let (error, took) = dialled(port, within);
        assert_eq!(error, Some(EndpointError::NoAnswer));
        assert!((u128::from(within)..2_000).contains(&took), "{within}: {took} ms");
    }
}

#[test]
fn one_attempt_takes_two_seconds_at_most() {
    let (error, took) = dialled(stranger(mem::forget), u32::MAX);
    assert_eq!(error, Some(EndpointError::NoAnswer));
    assert!((2_000..4_000).contains(&took), "{took} ms");
}

#[test]
fn a_server_that_dribbles_is_given_up_in_time() {
    let port = stranger(|mut stream| {
        for byte in b"\xf5ipS\x01\0\0\0\0\0\0\0\0\0\0\0" {
            thread::sleep(Duration::from_millis(60));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    let (error, took) = dialled(port, 300);
    assert_eq!(error, Some(EndpointError::NoAnswer));
    assert!((300..2_000).contains(&took), "{took} ms");
}

#[test]
fn something_else_is_known_by_its_first_bytes() {
    for banner in [&b"S"[..], b"SSH-2.0-x\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xf5ipC"] {
        let port = stranger(move |mut stream| {
            drop(stream.write_all(banner));
            mem::forget(stream);
        });
        let (error, took) = dialled(port, 2_000);
        assert_eq!(error, Some(EndpointError::NotOurProtocol), "{banner:?}");
        assert!(took < 1_500, "it is not waited for the rest: {took} ms");
    }
}

#[test]
fn an_echo_is_no_server() {
    let port = stranger(|mut stream| {
        let mut said = [0; 64];
        while let Ok(n @ 1..) = stream.read(&mut said) {
            drop(stream.write_all(&said[..n]));
        }
    });
    assert_eq!(dialled(port, 2_000).0, Some(EndpointError::NotOurProtocol));
}

#[test]
fn a_false_server_learns_the_clients_nonce_and_nothing_else() {
    let listener = listen();
    let port = port(&listener);
    let (sender, heard) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut said = vec![0; 32];
        stream.read_exact(&mut said).expect("a hello");
        // All that one can say who has no key.
        let mut hello = *b"\xf5ipS\x01\0\0\0\0\0\0\0\0\0\0\0????????????????----------------";
        hello[16..32].copy_from_slice(&said[16..]);
        stream.write_all(&hello).expect("written");
        stream.read_to_end(&mut said).expect("the client closes");
        sender.send(said).expect("heard");
    });
    let endpoint = endpoint(port);
    assert_eq!(dial(&endpoint, 2_000).err(), Some(EndpointError::WrongKey));
    let said = heard.recv_timeout(Duration::from_secs(5)).expect("the client has closed");
    assert_eq!(said.len(), 32);
    assert_eq!(said[..16], *b"\xf5ipC\x01\0\0\0\0\0\0\0\0\0\0\0");
    let secret = endpoint.secret();
    assert!(said[16..] != secret.key && said[16..] != secret.instance);
}

#[test]
fn nonces_differ() {
    let listener = listen();
    let endpoint = endpoint(port(&listener));
    let mut nonces: Vec<Vec<u8>> = (0..32)
        .map(|_| {
            let endpoint = endpoint.clone();
            let client = thread::spawn(move || dial(&endpoint, 2_000).err());
            let (mut stream, _) = listener.accept().expect("a client");
            let mut hello = [0; 32];
            stream.read_exact(&mut hello).expect("a hello");
            drop(stream);
            assert_eq!(client.join().expect("no panic"), Some(EndpointError::TurnedAway));
            hello[16..].to_vec()
        })
        .collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 32);
}

#[test]
fn a_relay_at_another_port_is_found_out() {
    let listener = listen();
    let real = endpoint(port(&listener));
    answer(listener, real.clone());
    let to = real.port();
    // It passes on all that both sides say.
    let relay = stranger(move |client| {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).expect("the real one");
        let (clients, servers) = (client.try_clone().expect("a copy"), server.try_clone());
        let servers = servers.expect("a copy");
        thread::spawn(move || pass(clients, server));
        thread::spawn(move || pass(servers, client));
    });
    // The real endpoint but for the port, as if the real server had listened there.
    let mut text = real.to_text();
    let port: String = relay.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    text.replace_range(28..32, &port);
    let false_one = Endpoint::from_text(&text).expect("an endpoint");
    assert_eq!(false_one.port(), relay);
    assert_eq!(dial(&false_one, 2_000).err(), Some(EndpointError::WrongKey));
    dial(&real, 2_000).expect("the real one is believed");
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    drop(std::io::copy(&mut from, &mut to));
}

#[test]
fn a_client_that_waits_gets_from_a_squatter_to_the_server_that_comes_back() {
    let test = "dial::a_client_that_waits_gets_from_a_squatter_to_the_server_that_comes_back";
    apart(test, |_| {
        let silent = stranger(mem::forget);
        mem::forget(publish("game", silent, Claim::IfFree).expect("published"));
        thread::spawn(|| {
            thread::sleep(Duration::from_millis(300));
            mem::forget(server("game", Claim::TakeOver).expect("back"));
        });
        let start = Instant::now();
        let mut search = ipc_runtime::endpoint::Search::new("game", Duration::from_secs(20))
            .expect("a place to look");
        loop {
            match search.look().and_then(|endpoint| dial(&endpoint, search.left())) {
                Ok(_) => break,
                Err(error) => assert!(error.may_pass() && search.pause(), "{error}"),
            }
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    });
}

#[test]
fn the_key_of_an_old_start_is_refused() {
    apart("dial::the_key_of_an_old_start_is_refused", |_| {
        let listener = listen();
        let old = publish("game", port(&listener), Claim::IfFree).expect("published");
        let stale = old.endpoint().clone();
        drop(old);
        // The server starts again and happens to get the same port.
        let new = publish("game", port(&listener), Claim::IfFree).expect("published");
        answer(listener, new.endpoint().clone());
        assert_eq!(dial(&stale, 2_000).err(), Some(EndpointError::WrongKey));
        let found = find("game", Duration::from_secs(5)).expect("there");
        assert_eq!(bytes(&found), bytes(&look("game").expect("there")));
        dial(&found, 2_000).expect("the new key is right");
    });
}
