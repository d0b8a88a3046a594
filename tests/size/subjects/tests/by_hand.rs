//! `by_hand` is a yardstick only if it does what a careful author must do. Each test names one such thing.

#![allow(dead_code, reason = "the program's own main does not run here")]

#[path = "../src/bin/by_hand/client.rs"]
mod client;
#[path = "../src/bin/by_hand/server.rs"]
mod server;
#[path = "../src/bin/by_hand/wire.rs"]
mod wire;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use client::{Client, Error};

fn raw() -> TcpStream {
    let stream = TcpStream::connect(server::spawn().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn call(id: u32, method: u8, arguments: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let start = wire::begin_frame(&mut bytes, id, method);
    bytes.extend_from_slice(arguments);
    assert!(wire::end_frame(&mut bytes, start));
    bytes
}

fn reply(stream: &mut TcpStream) -> (u32, u8, Vec<u8>) {
    let mut len = [0; 4];
    stream.read_exact(&mut len).unwrap();
    let mut frame = vec![0; u32::from_le_bytes(len) as usize];
    stream.read_exact(&mut frame).unwrap();
    (u32::from_le_bytes(frame[..4].try_into().unwrap()), frame[4], frame[5..].to_vec())
}

fn string(value: &[u8]) -> Vec<u8> {
    [&(value.len() as u32).to_le_bytes(), value].concat()
}

#[test]
fn a_call_that_arrives_byte_by_byte_is_answered() {
    let mut stream = raw();
    stream.set_nodelay(true).unwrap();
    for byte in call(7, wire::ADD, &[1, 0, 0, 0, 2, 0, 0, 0]) {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(reply(&mut stream), (7, wire::OK, vec![3, 0, 0, 0]));
}

#[test]
fn an_unknown_method_and_bad_arguments_are_faults_and_the_connection_lives() {
    let mut stream = raw();
    let trailing = [string(b"x"), vec![0]].concat();
    let overlong = [&9_u32.to_le_bytes()[..], b"short"].concat();
    for (method, arguments, status) in [
        (9, &[][..], wire::UNKNOWN_METHOD),
        (wire::ADD, &[1, 0, 0, 0, 2, 0, 0], wire::BAD_ARGUMENTS),
        (wire::ADD, &[1, 0, 0, 0, 2, 0, 0, 0, 0], wire::BAD_ARGUMENTS),
        (wire::HELLO, &trailing, wire::BAD_ARGUMENTS),
        (wire::HELLO, &overlong, wire::BAD_ARGUMENTS),
        (wire::HELLO, &string(b"\xff"), wire::BAD_ARGUMENTS),
        (wire::HELLO, &string(b"x"), wire::OK),
    ] {
        stream.write_all(&call(5, method, arguments)).unwrap();
        let (id, answered, _) = reply(&mut stream);
        assert_eq!((id, answered), (5, status), "{method} {arguments:?}");
    }
}

#[test]
fn a_length_above_the_cap_or_below_the_head_ends_the_connection_at_once() {
    for len in [wire::FRAME_CAP as u32 + 1, u32::MAX, 4, 0] {
        let mut stream = raw();
        stream.write_all(&len.to_le_bytes()).unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "{len}");
    }
}

#[test]
fn a_reply_above_the_cap_is_a_fault_and_an_argument_above_it_is_not_sent() {
    let mut client = Client::connect(server::spawn().unwrap()).unwrap();
    let fits = "n".repeat(wire::FRAME_CAP - 5 - 4 - "hello ".len());
    let grows = "n".repeat(wire::FRAME_CAP - 5 - 4);
    assert_eq!(client.hello(&fits).unwrap().len(), fits.len() + "hello ".len());
    assert_eq!(client.hello(&grows), Err(Error::Fault(wire::TOO_LARGE)));
    assert_eq!(client.hello(&(grows + "n")), Err(Error::TooLarge));
    assert_eq!(client.add(1, 2), Ok(3));
}

#[test]
fn clients_are_served_side_by_side_and_their_places_are_used_again() {
    let address = server::spawn().unwrap();
    for _ in 0..3 {
        let mut clients: Vec<Client> = (0..20).map(|_| Client::connect(address).unwrap()).collect();
        for (i, client) in (0..).zip(&mut clients) {
            assert_eq!(client.add(i, u32::MAX), Ok(i.wrapping_sub(1)));
        }
    }
}

#[test]
fn a_call_right_behind_one_whose_reply_overfills_the_queue_is_answered() {
    let mut stream = raw();
    let big = string(&vec![b'n'; 300_000]);
    let both = [call(1, wire::HELLO, &big), call(2, wire::ADD, &[1, 0, 0, 0, 2, 0, 0, 0])].concat();
    // The first rounds widen the socket's buffers, until one write takes the whole queue.
    for _ in 0..50 {
        stream.write_all(&both).unwrap();
        assert_eq!(reply(&mut stream).2.len(), 4 + 6 + 300_000);
        assert_eq!(reply(&mut stream), (2, wire::OK, vec![3, 0, 0, 0]));
    }
}

#[test]
fn a_client_that_does_not_read_is_no_longer_read_and_then_gets_every_reply() {
    let mut stream = raw();
    let mut writer = stream.try_clone().unwrap();
    writer.set_nonblocking(true).unwrap();
    let big = call(1, wire::HELLO, &string(&vec![b'n'; 100_000]));
    let mut sent = 0;
    // Without a bound on the queue the server would take all of these 200 MB.
    for _ in 0..2000 {
        let mut rest = &big[..];
        let mut patience = 100;
        while !rest.is_empty() && patience > 0 {
            match writer.write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    patience -= 1;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(e) => panic!("{e}"),
            }
        }
        if !rest.is_empty() {
            writer.set_nonblocking(false).unwrap();
            let rest = rest.to_vec();
            std::thread::spawn(move || writer.write_all(&rest).unwrap());
            sent += 1;
            break;
        }
        sent += 1;
    }
    assert!(sent < 2000, "the server took {sent} calls and nothing stopped it");
    for _ in 0..sent {
        let (id, status, body) = reply(&mut stream);
        assert_eq!((id, status, body.len()), (1, wire::OK, 4 + 6 + 100_000));
    }
}
