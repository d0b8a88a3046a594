//! Between a server's end and its return, and in its first moments (R20, R29, R30, R35).

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, EndpointError, Error, Server, ServerLimits};

use crate::harness::{in_folder, run, serve, watchdog};
use crate::keys::{HELLO_C, file_of, made_up, text_of};
use crate::raw::Raw;
use crate::target::TargetClient;

const NAME: &str = "prey";

/// What an attempt comes to that may take so long.
fn open(within: Duration) -> Result<Connection, EndpointError> {
    let start = Instant::now();
    let outcome = Connection::open_within(NAME, within);
    let taken = start.elapsed();
    assert!(taken < within + Duration::from_millis(400), "{taken:?} and not {within:?}");
    outcome.map_err(|error| match error {
        Error::Endpoint(error) => error,
        other => panic!("{other}"),
    })
}

fn refused(within: Duration) -> EndpointError {
    match open(within) {
        Ok(_) => panic!("it was taken for a server"),
        Err(error) => error,
    }
}

/// Writes an endpoint file as a server does, or not quite.
fn write(folder: &Path, bytes: &[u8]) {
    let file = folder.join(format!("{NAME}.ipc"));
    let unfinished = folder.join("unfinished");
    fs::write(&unfinished, bytes).expect("the folder is ours");
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600)).expect("it is ours");
    fs::rename(unfinished, file).expect("the folder is ours");
}

#[test]
fn a_squatter_on_a_dead_servers_port_learns_a_nonce_and_no_more() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    // It was killed: its file is there still.
    let server = serve(ServerLimits::DEFAULT);
    let (port, stale) = (server.port(), file_of(&server.endpoint));
    drop(server);
    write(&folder, &stale);
    let squatter = TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
    let squatting = thread::spawn(move || {
        // Silent; with its own words sent back; with a server's hello of another key.
        let mut said = Vec::new();
        let mut seen = Vec::new();
        for round in 0.. {
            let mut raw = Raw::new(squatter.accept().expect("somebody connects").0);
            let first = match raw.0.peek(&mut [0; 1]) {
                Ok(1..) => raw.read_array::<HELLO_C>(),
                _ => break,
            };
            if first == [0; HELLO_C] {
                break;
            }
            assert!(!seen.contains(&first), "one nonce twice");
            seen.push(first);
            match round % 3 {
                0 => {}
                1 => drop(raw.try_send(&[&first[..], &first[..16]].concat())),
                _ => drop(raw.try_send(&[&b"\xf5ipS\x01"[..], &[0; 43]].concat())),
            }
            said.push(raw.read_to_end());
        }
        said
    });
    let error = refused(Duration::from_millis(300));
    assert_eq!(error, EndpointError::NoAnswer);
    for _ in 0..2 {
        let error = refused(Duration::from_millis(300));
        assert!(
            matches!(
                error,
                EndpointError::NotOurProtocol | EndpointError::WrongKey | EndpointError::NoAnswer
            ),
            "{error}"
        );
    }
    // The real one returns, elsewhere, and is found.
    let server = run(|| Server::publish(NAME).expect("the name is free"));
    let mut connection = open(Duration::from_secs(2)).expect("the server is back");
    assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
    drop((connection, server));
    Raw::connect(port).send(&[0; HELLO_C]);
    let said = squatting.join().expect("the squatter came to its end");
    assert!(said.len() >= 3, "{} connections", said.len());
    for said in said {
        assert_eq!(said, [], "beyond the hello");
    }
}

#[test]
fn a_client_that_waits_on_a_squatter_finds_the_server_that_returns() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    // It takes connections and says nothing.
    let squatter = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = squatter.local_addr().expect("it listens").port();
    write(&folder, &file_of(&text_of(&made_up(port))));
    let waiting = thread::spawn(|| {
        let start = Instant::now();
        let mut connection = open(Duration::from_secs(8)).expect("the server returns");
        assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
        start.elapsed()
    });
    thread::sleep(Duration::from_millis(200));
    let _server = run(|| Server::publish_over(NAME).expect("the name is to be taken"));
    let taken = waiting.join().expect("the client was served");
    assert!(taken < Duration::from_secs(4), "{taken:?}");
}

#[test]
fn a_client_whose_connection_is_not_even_taken_gives_up_in_time() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    // Nobody accepts, and the system's queue is full: a connection attempt is not answered at all.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let mut queue = Vec::new();
    while let Ok(stream) =
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100))
    {
        queue.push(stream);
        assert!(queue.len() < 10_000, "the queue has no end");
    }
    write(&folder, &file_of(&text_of(&made_up(address.port()))));
    for within in [0, 1, 50, 400] {
        let error = refused(Duration::from_millis(within));
        assert_eq!(error, EndpointError::NoAnswer);
    }
}

#[test]
fn a_port_in_use_is_said_to_be() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let Err(error) = Server::bind_trusting_all(port) else { panic!("two servers at one port") };
    assert!(matches!(error, Error::Bind(_)), "{error:?}");
    assert!(error.to_string().contains("address in use"), "{error}");
    // Nor is anything published by a server that cannot be.
    let there = run(|| Server::publish(NAME).expect("the name is free"));
    let before = fs::read(folder.join("prey.ipc")).expect("it is published");
    let Err(error) = Server::publish(NAME) else { panic!("two servers of one name") };
    assert_eq!(error, Error::Endpoint(EndpointError::NameInUse));
    assert_eq!(fs::read(folder.join("prey.ipc")).expect("it is still"), before);
    drop(there);
    assert_eq!(fs::read_dir(&folder).expect("the folder is there").count(), 0, "left over");
}

#[test]
fn a_connection_to_itself_is_no_server() {
    let _watchdog = watchdog();
    // Nobody listens at a port of those that the system gives out: one attempt in thousands gets
    // that very port for its own end, and is connected to itself.
    let range =
        fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").expect("this is Linux");
    let mut range = range.split_whitespace().map(|port| port.parse::<u16>().expect("a port"));
    let (low, high) = (range.next().expect("the lowest"), range.next().expect("the highest"));
    let port = (low / 2 + high / 2) & !1;
    let endpoint = text_of(&made_up(port));
    let start = Instant::now();
    let (mut attempts, mut hits) = (0_u32, 0);
    while start.elapsed() < Duration::from_secs(4) && hits == 0 {
        attempts += 1;
        match Connection::open_endpoint(&endpoint) {
            Ok(_) => panic!("it took itself for a server, at attempt {attempts}"),
            Err(Error::Endpoint(EndpointError::Stale)) => {}
            Err(Error::Endpoint(EndpointError::NotOurProtocol)) => hits += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("{attempts} attempts, {hits} of them connected to themselves");
}

#[test]
fn a_client_that_comes_first_waits_whatever_it_finds() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    // Until there is a server: no file, an empty one, each part of one, a stale one.
    assert_eq!(refused(Duration::from_millis(30)), EndpointError::NeverAppeared);
    let waiting = thread::spawn(|| {
        let mut connection = open(Duration::from_secs(5)).expect("the server comes");
        assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
    });
    thread::sleep(Duration::from_millis(20));
    let dead = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = dead.local_addr().expect("it listens").port();
    drop(dead);
    let stale = file_of(&text_of(&made_up(port)));
    for len in 0..=stale.len() {
        write(&folder, &stale[..len]);
        let error = refused(Duration::ZERO);
        let expected =
            if len < stale.len() { EndpointError::Malformed } else { EndpointError::Stale };
        assert_eq!(error, expected, "{len} bytes");
    }
    assert!(!waiting.is_finished(), "it gave up");
    let _server = run(|| Server::publish(NAME).expect("nobody has the name"));
    waiting.join().expect("the client was served");
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_one_or_the_other() {
    let Some(folder) = in_folder() else { return };
    let _watchdog = watchdog();
    // Two servers that take the name from each other, and one that writes in place.
    let (one, two) = (serve(ServerLimits::DEFAULT), serve(ServerLimits::DEFAULT));
    let files = [file_of(&one.endpoint), file_of(&two.endpoint)];
    write(&folder, &files[0]);
    let writing = thread::spawn(move || {
        let start = Instant::now();
        for (round, file) in (0..).zip(files.iter().cycle()) {
            if round % 8 == 0 {
                let path = folder.join(format!("{NAME}.ipc"));
                let _ = fs::write(&path, &file[..20]);
                let _ = fs::write(&path, file);
            }
            write(&folder, file);
            if start.elapsed() > Duration::from_millis(800) {
                return;
            }
        }
    });
    let mut opened = 0;
    while !writing.is_finished() {
        let mut connection = open(Duration::from_secs(2)).expect("one of them is there");
        assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
        opened += 1;
    }
    writing.join().expect("the writer came to its end");
    assert!(opened > 10, "{opened} times");
}
