//! The Unix-domain transport: the same server, reached another way.
#![cfg(target_os = "linux")]

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, EndpointError, Error, Handle, Server, service};

#[service]
trait Sum {
    fn add(&mut self, a: u32, b: u32) -> u32;
    fn len(&mut self, bytes: &[u8]) -> u64;
}

struct Here;

impl Sum for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a + b
    }

    fn len(&mut self, bytes: &[u8]) -> u64 {
        bytes.len() as u64
    }
}

const WITHIN: Duration = Duration::from_secs(5);

/// A server on a thread of its own: its name, its endpoint, and what stops it.
fn serve(case: &str, local: bool) -> (String, String, Handle, thread::JoinHandle<()>) {
    let name = format!("local-{case}-{}", std::process::id());
    let (send, receive) = std::sync::mpsc::channel();
    let published = name.clone();
    let thread = thread::spawn(move || {
        let mut server = Server::publish(&published).expect("publish");
        server.add(SumService(Here)).expect("add");
        if local {
            assert_eq!(server.listen_local(), Ok(true));
        }
        let endpoint = server.endpoint().expect("endpoint");
        send.send((endpoint, server.handle().expect("handle"))).expect("send");
        server.run().expect("run");
    });
    let (endpoint, handle) = receive.recv().expect("the server starts");
    (name, endpoint, handle, thread)
}

/// How many sockets of the abstract namespace bear the name of this endpoint.
fn sockets(endpoint: &str) -> usize {
    let byte = |at: usize| u8::from_str_radix(&endpoint[at..at + 2], 16).expect("hexadecimal");
    // WIRE.md §8: the instance is at 16..32 of the endpoint, two digits a byte.
    let instance = (16..32).map(|at| byte(2 * at)).map(|b| if b == 0 { b'@' } else { b });
    let name: Vec<u8> = b"@ipc-".iter().copied().chain(instance).collect();
    let table = std::fs::read("/proc/self/net/unix").expect("the table of sockets");
    table.windows(name.len()).filter(|part| *part == name).count()
}

#[test]
fn a_server_that_listens_locally_is_reached_over_a_unix_socket() {
    let (name, endpoint, handle, thread) = serve("unix", true);
    assert_eq!(sockets(&endpoint), 1, "the listener");
    let mut connection = Connection::open_local(&name, WITHIN).expect("open");
    let mut sum = SumClient::new(&mut connection);
    assert_eq!(sum.add(2, 40), Ok(42));
    assert_eq!(sum.len(&vec![7; 900_000]), Ok(900_000));
    assert_eq!(sockets(&endpoint), 2, "the listener and the connection");

    let mut tcp = Connection::open_within(&name, WITHIN).expect("TCP beside it");
    assert_eq!(SumClient::new(&mut tcp).add(1, 2), Ok(3));
    assert_eq!(sockets(&endpoint), 2, "TCP takes no Unix socket");

    handle.stop();
    thread.join().expect("the server ends");
    assert_eq!(sockets(&endpoint), 0, "nothing of the server is left");
}

#[test]
fn a_server_that_does_not_is_reached_over_tcp() {
    let (name, endpoint, handle, thread) = serve("tcp", false);
    let mut connection = Connection::open_local(&name, WITHIN).expect("open");
    assert_eq!(SumClient::new(&mut connection).add(2, 40), Ok(42));
    assert_eq!(sockets(&endpoint), 0);
    handle.stop();
    thread.join().expect("the server ends");
}

/// The name in the abstract namespace of the socket of this endpoint.
fn address(endpoint: &str) -> SocketAddr {
    let byte = |at: usize| u8::from_str_radix(&endpoint[at..at + 2], 16).expect("hexadecimal");
    let mut name = b"ipc-".to_vec();
    name.extend((16..32).map(|at| byte(2 * at)));
    SocketAddr::from_abstract_name(name).expect("20 bytes")
}

#[test]
fn a_server_that_accepts_nobody_is_not_waited_for_longer_than_that() {
    let name = format!("local-busy-{}", std::process::id());
    let mut server = Server::publish(&name).expect("publish");
    assert_eq!(server.listen_local(), Ok(true));
    let address = address(&server.endpoint().expect("endpoint"));
    // Fills the queue, until a further connection has to wait.
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || while send.send(UnixStream::connect_addr(&address)).is_ok() {});
    let mut waiting = Vec::new();
    while let Ok(stream) = receive.recv_timeout(Duration::from_millis(500)) {
        waiting.push(stream.expect("it listens"));
    }
    assert!(!waiting.is_empty());
    let start = Instant::now();
    let opened = Connection::open_local(&name, Duration::from_millis(200));
    assert_eq!(opened.err(), Some(Error::Endpoint(EndpointError::NoAnswer)));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn without_an_endpoint_there_is_no_local_socket() {
    let mut server = Server::bind_trusting_all(0).expect("bind");
    assert_eq!(server.listen_local(), Ok(false));
    let gone = Connection::open_local("local-nobody", Duration::from_millis(20));
    assert!(matches!(gone, Err(Error::Endpoint(_))));
}
