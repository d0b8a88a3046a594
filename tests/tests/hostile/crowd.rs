//! Too many at once: silent connections, slots that are used again, no descriptors left
//! (R11, R25, R28).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{Connection, Server, ServerLimits};

use crate::harness::{in_folder_after, run, serve, watchdog};
use crate::honest::Honest;
use crate::keys::{HELLO_S, client_hello, client_proof, nonce, secret};
use crate::raw::{Raw, add};
use crate::target::{Counter, TargetClient, TargetService};

#[test]
fn silent_connections_keep_nobody_out() {
    let _watchdog = watchdog();
    const SILENT: usize = 1_000;
    let server = serve(ServerLimits::DEFAULT);
    let honest = Honest::of(&server);
    let mut silent: Vec<TcpStream> = Vec::with_capacity(SILENT);
    let mut refused = 0;
    while silent.len() < SILENT {
        let more = (0..10).map(|_| TcpStream::connect(("127.0.0.1", server.port())));
        silent.extend(more.map(|stream| stream.expect("there is room in the system's queue")));
        match Connection::open_endpoint(&server.endpoint) {
            Ok(mut connection) => {
                assert_eq!(TargetClient::new(&mut connection).add(1, 2), Ok(3));
            }
            Err(_) => refused += 1,
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(refused, 0, "new clients were turned away");
    honest.was_served();
    let taken = server.stop();
    // Each of those that may be pending is worth a session and a handshake, and no buffer.
    assert!(taken.peak <= 512 * 1024, "{taken:?}");
}

/// A server that the test itself drives, one poll at a time, and its endpoint.
fn driven(limits: ServerLimits) -> (Server, String) {
    let mut server = Server::unpublished().expect("a free port");
    server.set_limits(limits);
    server.add(TargetService(Counter::default())).expect("it is the only one");
    let endpoint = server.endpoint().expect("it has a key");
    (server, endpoint)
}

/// Polls until nothing is left to do.
fn settle(server: &mut Server) {
    for _ in 0..20 {
        server.poll(Some(Duration::from_millis(1))).expect("the loop goes on");
    }
}

#[test]
fn the_end_of_a_client_is_not_that_of_the_next_in_its_slot() {
    let _watchdog = watchdog();
    let limits = ServerLimits { handshakes: 1, ..ServerLimits::DEFAULT };
    let (mut server, endpoint) = driven(limits);
    let secret = secret(&endpoint);
    let (call, reply) = add(1);
    for round in 0..50 {
        // In one batch of events: the first one's words or its end, and the second one's coming,
        // for which the first has to go.
        let mut first = Raw::connect(secret.port);
        settle(&mut server);
        let hello = client_hello(nonce());
        let mut second = Raw::connect(secret.port);
        match round % 5 {
            0 => drop(first),
            1 => first.send(b"GET / HTTP/1.1\r\n\r\n"),
            2 => first.send(&client_hello(nonce())),
            3 => first.0.shutdown(Shutdown::Write).expect("it is open"),
            _ => first.send(&client_hello(nonce())[..7]),
        }
        second.send(&hello);
        settle(&mut server);
        let answer = second.read_array::<HELLO_S>();
        second.send(&[&client_proof(&secret, &hello, &answer)[..], &call].concat());
        settle(&mut server);
        assert_eq!(second.frame(), reply, "round {round}");
        drop(second);
        settle(&mut server);
    }
}

#[test]
fn a_slot_is_used_again_at_once_by_somebody_else() {
    let _watchdog = watchdog();
    // The first one is a client; what it sent last and its end are told with its successor's hello.
    let (mut server, endpoint) = driven(ServerLimits { clients: 1, ..ServerLimits::DEFAULT });
    let secret = secret(&endpoint);
    let (call, reply) = add(1);
    let let_in = |server: &mut Server| {
        let hello = client_hello(nonce());
        let mut raw = Raw::connect(secret.port);
        raw.send(&hello);
        settle(server);
        let answer = raw.read_array::<HELLO_S>();
        raw.send(&client_proof(&secret, &hello, &answer));
        settle(server);
        raw
    };
    let mut client = let_in(&mut server);
    for _ in 0..20 {
        client.send(&call);
        settle(&mut server);
        assert_eq!(client.frame(), reply);
        client.send(&call);
        drop(client);
        server.poll(Some(Duration::from_millis(50))).expect("the loop goes on");
        client = let_in(&mut server);
    }
}

#[test]
fn a_server_without_descriptors_serves_whom_it_has_and_waits_for_more() {
    let Some(_folder) = in_folder_after("ulimit -n 32; ") else { return };
    let _watchdog = watchdog();
    // Half of them for the server, which is in this process as its clients are.
    let server = run(|| {
        let mut server = Server::unpublished().expect("a free port");
        server.set_limits(ServerLimits::DEFAULT);
        server
    });
    let mut honest = server.connect();
    let mut waiting = server.connect();
    let stat = File::open("/proc/self/stat").expect("this is Linux");
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    // A connection whose own end is there, and whose other end cannot be.
    taken.pop();
    let silent = TcpStream::connect(("127.0.0.1", server.port())).expect("there was one left");
    let cpu = cpu_time(&stat);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(600) {
        assert_eq!(TargetClient::new(&mut honest).add(1, 2), Ok(3));
        assert_eq!(TargetClient::new(&mut waiting).add(1, 2), Ok(3));
        thread::sleep(Duration::from_millis(20));
    }
    let busy = cpu_time(&stat) - cpu;
    assert!(busy < start.elapsed() / 5, "{busy:?} of {:?}", start.elapsed());
    // With one descriptor more it is accepted: seen by its being closed for what it says.
    let mut silent = Raw::new(silent);
    silent.send(b"G");
    assert!(
        silent.is_open_after(Duration::from_millis(100)),
        "it was accepted without a descriptor"
    );
    taken.pop();
    let freed = Instant::now();
    assert!(silent.closed_after(freed) < Duration::from_millis(400), "{:?}", freed.elapsed());
}

/// What this process has had of the processors, by a file that is open already.
fn cpu_time(mut stat: &File) -> Duration {
    let mut said = String::new();
    stat.seek(SeekFrom::Start(0)).expect("a file");
    stat.read_to_string(&mut said).expect("this is Linux");
    // In hundredths of a second, the 14th and the 15th; the 2nd ends in a parenthesis.
    let (_, rest) = said.rsplit_once(") ").expect("a name");
    let ticks =
        rest.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number"));
    Duration::from_millis(10 * ticks.sum::<u64>())
}
