//! One thread per client: who waits for whom, who is let in, how little stack it takes, and that
//! nothing is left of those who went.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use ipc_runtime::{
    CallError, Connection, EndpointError, Error, Limits, Peer, PeerHandle, Reason, Reply,
    ServerLimits, ThreadedHandle, ThreadedServer, service,
};

#[service]
trait Booth {
    fn add(&mut self, a: u32, b: u32) -> u32;
    /// How often this has been called by this client.
    fn times(&mut self) -> u32;
    fn echo(&mut self, bytes: &[u8]) -> Vec<u8>;
    fn blob(&mut self, len: u32) -> Vec<u8>;
    /// Returns when so many clients have called it.
    fn meet(&mut self) -> u32;
    /// Asks the caller, which may ask back, so many times.
    fn down(&mut self, levels: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<u32, u32>;
    fn panic(&mut self) -> u32;
    #[ipc(deferred)]
    fn later(&mut self, milliseconds: u32, reply: Reply<u32>);
    /// Whether this and all calls before it ran on one thread, which is no other client's.
    fn thread(&mut self) -> bool;
}

#[service]
trait Caller {
    fn down(&mut self, levels: u32, #[ipc(peer)] peer: &mut Peer<'_>) -> Result<u32, u32>;
}

/// Not `Send`: it is made where it is used.
struct Here {
    times: Rc<AtomicU32>,
    made_on: ThreadId,
    shared: Arc<Shared>,
}

struct Shared {
    barrier: Barrier,
    /// Handlers that wait at it, or did.
    meeting: AtomicU32,
    /// Those that are there now, and ever were.
    there: AtomicU32,
    made: AtomicU32,
    kept: std::sync::Mutex<Vec<Reply<u32>>>,
}

impl Here {
    fn new(shared: Arc<Shared>) -> Here {
        shared.there.fetch_add(1, Ordering::SeqCst);
        shared.made.fetch_add(1, Ordering::SeqCst);
        Here { times: Rc::default(), made_on: thread::current().id(), shared }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        assert_eq!(self.made_on, thread::current().id());
        self.shared.there.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Booth for Here {
    fn add(&mut self, a: u32, b: u32) -> u32 {
        a + b
    }

    fn times(&mut self) -> u32 {
        self.times.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn echo(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn blob(&mut self, len: u32) -> Vec<u8> {
        vec![7; len as usize]
    }

    fn meet(&mut self) -> u32 {
        self.shared.meeting.fetch_add(1, Ordering::SeqCst);
        self.shared.barrier.wait();
        1
    }

    fn down(&mut self, levels: u32, peer: &mut Peer<'_>) -> Result<u32, u32> {
        if levels == 0 {
            return Ok(0);
        }
        match CallerClient::new(peer).down(levels - 1) {
            Ok(deep) => Ok(deep + 1),
            Err(CallError::Failed(deep)) => Err(deep + 1),
            Err(_) => Err(0),
        }
    }

    fn panic(&mut self) -> u32 {
        panic!("as asked")
    }

    fn later(&mut self, milliseconds: u32, reply: Reply<u32>) {
        if milliseconds == 0 {
            self.shared.kept.lock().expect("no panic").push(reply);
            return;
        }
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(milliseconds.into()));
            reply.send(&milliseconds);
        });
    }

    fn thread(&mut self) -> bool {
        self.made_on == thread::current().id()
    }
}

/// What the client offers.
struct Down;

impl Caller for Down {
    fn down(&mut self, levels: u32, peer: &mut Peer<'_>) -> Result<u32, u32> {
        if levels == 0 {
            return Ok(0);
        }
        match BoothClient::new(peer).down(levels - 1) {
            Ok(deep) => Ok(deep + 1),
            Err(CallError::Failed(deep)) => Err(deep + 1),
            Err(_) => Err(0),
        }
    }
}

/// A server that runs.
struct Run {
    endpoint: Option<String>,
    port: u16,
    handle: ThreadedHandle,
    thread: JoinHandle<Result<(), Error>>,
    shared: Arc<Shared>,
}

fn run(mut server: ThreadedServer) -> Run {
    let shared = Arc::new(Shared {
        barrier: Barrier::new(2),
        meeting: AtomicU32::new(0),
        there: AtomicU32::new(0),
        made: AtomicU32::new(0),
        kept: std::sync::Mutex::default(),
    });
    let of = shared.clone();
    server.add_with(move || BoothService(Here::new(of.clone())));
    let (endpoint, port, handle) = (server.endpoint(), server.port(), server.handle());
    let thread = thread::spawn(move || server.run());
    Run { endpoint, port, handle, thread, shared }
}

impl Run {
    fn open(&self) -> Result<Connection, Error> {
        match &self.endpoint {
            Some(endpoint) => Connection::open_endpoint(endpoint),
            None => Connection::connect_trusting_all(self.port),
        }
    }

    /// Stops it, and waits until nobody is there.
    fn end(self) {
        self.handle.stop();
        assert_eq!(self.thread.join().expect("no panic"), Ok(()));
        assert!(eventually(|| self.shared.there.load(Ordering::SeqCst) == 0), "all are dropped");
    }
}

fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > Duration::from_secs(20) {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}

fn keyed() -> ThreadedServer {
    ThreadedServer::unpublished().expect("a port")
}

fn keyless() -> ThreadedServer {
    ThreadedServer::bind_trusting_all(0).expect("a port")
}

#[test]
fn each_client_has_a_thread_and_services_of_its_own() {
    for server in [keyed(), keyless()] {
        let run = run(server);
        let mut first = run.open().expect("open");
        let mut second = run.open().expect("open");
        for time in 1..=3 {
            assert_eq!(BoothClient::new(&mut first).times(), Ok(time));
            assert_eq!(BoothClient::new(&mut second).times(), Ok(time));
        }
        assert_eq!(BoothClient::new(&mut second).thread(), Ok(true));
        assert_eq!(run.shared.made.load(Ordering::SeqCst), 2);
        let large = vec![9; 900_000];
        assert_eq!(BoothClient::new(&mut first).echo(&large), Ok(large));
        run.end();
    }
}

#[test]
fn it_is_found_by_name_and_gone_when_it_is_dropped() {
    let name = format!("threads-{}", std::process::id());
    let run = run(ThreadedServer::publish(&name).expect("a free name"));
    assert!(matches!(
        ThreadedServer::publish(&name).err(),
        Some(Error::Endpoint(EndpointError::NameInUse))
    ));
    let mut connection = Connection::open(&name).expect("it is there");
    assert_eq!(BoothClient::new(&mut connection).add(2, 40), Ok(42));
    run.end();
    assert!(!ipc_runtime::endpoint::path_of(&name).expect("a place").exists());
}

#[test]
fn a_handler_that_blocks_delays_its_own_client_only() {
    let run = run(keyed());
    let mut waiting = run.open().expect("open");
    let mut other = run.open().expect("open");
    let waiting = thread::spawn(move || BoothClient::new(&mut waiting).meet());
    assert_eq!(BoothClient::new(&mut other).add(2, 40), Ok(42));
    assert!(!waiting.is_finished(), "it waits for the other");
    assert_eq!(BoothClient::new(&mut other).meet(), Ok(1));
    assert_eq!(waiting.join().expect("no panic"), Ok(1));
    run.end();
}

#[test]
fn calls_within_calls_go_as_deep_as_the_stack_is_for() {
    // 64 KiB are for four, and the library says how many that are.
    for (stack, deepest) in [(64 * 1024, 4), (128 * 1024, 8)] {
        let mut server = keyed();
        server.set_stack_size(stack);
        let run = run(server);
        let mut connection = run.open().expect("open");
        connection.add_with(|| CallerService(Down)).expect("one of its name");
        let mut booth = BoothClient::new(&mut connection);
        // Every other level is this side's.
        let deep = 2 * deepest - 1;
        assert_eq!(booth.down(deep), Ok(deep));
        for beyond in [deep + 1, 20 * deepest] {
            let refused = booth.down(beyond);
            assert_eq!(refused, Err(CallError::Failed(deep)), "the next one was refused");
        }
        assert_eq!(booth.add(2, 40), Ok(42), "and the connection goes on");
        run.end();
    }
}

#[test]
fn a_debug_build_needs_64_kib_of_stack() {
    small_stack(64 * 1024);
}

/// Run it with `cargo test --release`.
#[test]
#[cfg(not(debug_assertions))]
fn a_release_build_needs_16_kib_of_stack() {
    small_stack(16 * 1024);
}

fn small_stack(bytes: usize) {
    for mut server in [keyed(), keyless()] {
        server.set_stack_size(bytes);
        let run = run(server);
        let mut connection = run.open().expect("open");
        connection.add_with(|| CallerService(Down)).expect("one of its name");
        let mut booth = BoothClient::new(&mut connection);
        assert_eq!(booth.add(2, 40), Ok(42));
        assert_eq!(booth.echo(&[7; 100_000]), Ok(vec![7; 100_000]));
        assert_eq!(booth.down(1), Ok(1));
        assert_eq!(booth.later(1), Ok(1));
        assert_eq!(booth.panic().err().and_then(|error| error.reason()), Some(Reason::Panicked));
        run.end();
    }
}

#[test]
fn a_panic_costs_the_call_and_nothing_else() {
    let run = run(keyed());
    let mut connection = run.open().expect("open");
    let mut booth = BoothClient::new(&mut connection);
    assert_eq!(booth.panic().err().and_then(|error| error.reason()), Some(Reason::Panicked));
    assert_eq!(booth.add(2, 40), Ok(42));
    run.end();
}

#[test]
fn answers_may_come_later_and_so_many_at_a_time() {
    let mut server = keyed();
    server.set_limits(ServerLimits { in_flight: 2, ..ServerLimits::DEFAULT });
    let run = run(server);
    let mut connection = run.open().expect("open");
    assert_eq!(BoothClient::new(&mut connection).later(5), Ok(5));
    let mut calls = BoothCalls::new(&mut connection);
    let kept = [calls.later(0).expect("started"), calls.later(0).expect("started")];
    let third = calls.later(5).expect("started").wait(&mut connection);
    assert_eq!(third.err().and_then(|error| error.reason()), Some(Reason::Busy));
    for reply in run.shared.kept.lock().expect("no panic").drain(..) {
        reply.send(&7);
    }
    assert_eq!(kept.map(|pending| pending.wait(&mut connection)), [Ok(7), Ok(7)]);
    run.end();
}

#[test]
fn nothing_is_left_of_clients_that_went() {
    let run = run(keyed());
    for _ in 0..200 {
        let mut connection = run.open().expect("open");
        assert_eq!(BoothClient::new(&mut connection).times(), Ok(1));
    }
    assert!(eventually(|| run.shared.there.load(Ordering::SeqCst) == 0));
    assert_eq!(run.shared.made.load(Ordering::SeqCst), 200);
    run.end();
}

#[test]
fn one_client_more_than_may_be_is_turned_away_until_one_goes() {
    for mut server in [keyed(), keyless()] {
        server.set_limits(ServerLimits { clients: 3, ..ServerLimits::DEFAULT });
        let run = run(server);
        let mut there: Vec<_> = (0..3).map(|_| run.open().expect("there is room")).collect();
        for connection in &mut there {
            assert_eq!(BoothClient::new(connection).times(), Ok(1));
        }
        match run.open() {
            Ok(mut fourth) => {
                BoothClient::new(&mut fourth).add(1, 1).expect_err("it is closed");
            }
            Err(error) => assert_eq!(error, Error::Endpoint(EndpointError::TurnedAway)),
        }
        drop(there.pop());
        let comes_in = || match run.open() {
            Ok(mut fourth) => BoothClient::new(&mut fourth).add(1, 1).is_ok(),
            Err(_) => false,
        };
        assert!(eventually(comes_in));
        run.end();
    }
}

#[test]
fn who_does_not_prove_itself_has_to_go_and_keeps_nobody_out() {
    let mut server = keyed();
    let limits = ServerLimits { handshakes: 4, handshake_time: 60_000, ..ServerLimits::DEFAULT };
    server.set_limits(limits);
    let run = run(server);
    // Of these the oldest go as further ones come, and all of them before who proves itself has to.
    let mut silent: Vec<_> =
        (0..40).map(|_| TcpStream::connect(("127.0.0.1", run.port)).expect("it listens")).collect();
    let mut connection = run.open().expect("there is room");
    assert_eq!(BoothClient::new(&mut connection).add(2, 40), Ok(42));
    let mut byte = [0];
    for stream in &mut silent[..36] {
        assert_eq!(stream.read(&mut byte).unwrap_or(0), 0, "it was closed");
    }
    run.end();
}

#[test]
fn a_handshake_takes_a_bounded_time_in_all() {
    let mut server = keyed();
    server.set_limits(ServerLimits { handshake_time: 150, ..ServerLimits::DEFAULT });
    let run = run(server);
    let mut slow = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    slow.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket");
    let start = Instant::now();
    // A byte now and then is progress, and buys no time.
    let mut hello = b"\xf5ipC\x01\0\0\0\0\0\0\0\0\0\0\0".iter();
    let closed = eventually(|| {
        let byte = hello.next().map_or(b'?', |byte| *byte);
        let _ = slow.write(&[byte]);
        let nothing_yet = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
        !matches!(slow.read(&mut [0; 8]), Err(error) if nothing_yet.contains(&error.kind()))
    });
    assert!(closed && start.elapsed() >= Duration::from_millis(140), "{:?}", start.elapsed());
    run.end();
}

#[test]
fn who_stops_in_the_middle_of_a_frame_has_to_go() {
    let mut server = keyless();
    server.set_limits(ServerLimits { stall_time: 100, ..ServerLimits::DEFAULT });
    let run = run(server);
    let mut idle = run.open().expect("open");
    assert_eq!(BoothClient::new(&mut idle).add(2, 40), Ok(42));
    let mut half = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    half.write_all(&[20, 0, 0, 0, 1]).expect("written");
    assert_eq!(half.read(&mut [0]).unwrap_or(0), 0, "it was closed");
    assert_eq!(BoothClient::new(&mut idle).add(2, 40), Ok(42), "who is idle stays");
    run.end();
}

#[test]
fn who_does_not_read_its_answers_has_to_go_and_they_do_not_pile_up() {
    let mut server = keyless();
    let limits = ServerLimits { stall_time: 200, write_queue: 64 * 1024, ..ServerLimits::DEFAULT };
    server.set_limits(limits);
    let run = run(server);
    // A call of `blob` as a connection sends it, caught by one that is ours.
    let mut greedy = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    let call = blob_call(500_000);
    let many = call.repeat(200);
    greedy.set_write_timeout(Some(Duration::from_secs(20))).expect("a socket");
    let sent = greedy.write_all(&many).and_then(|()| {
        // It ends before 100 MB of answers are read, because nobody reads any.
        thread::sleep(Duration::from_millis(1500));
        greedy.read_to_end(&mut Vec::new())
    });
    if let Ok(read) = sent {
        assert!(read < 50_000_000, "{read}");
    }
    run.end();
}

/// What is sent for it, recorded at a listener of ours.
fn blob_call(len: u32) -> Vec<u8> {
    recorded(|connection| _ = BoothClient::new(connection).blob(len))
}

/// What is sent for a call, recorded at a listener of ours, where nobody answers.
fn recorded(call: impl FnOnce(&mut Connection)) -> Vec<u8> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let recorded = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut len = [0; 4];
        stream.read_exact(&mut len).expect("a frame");
        let mut rest = vec![0; u32::from_le_bytes(len) as usize];
        stream.read_exact(&mut rest).expect("a frame");
        [len.to_vec(), rest].concat()
    });
    let mut connection = Connection::connect_trusting_all(port).expect("it listens");
    call(&mut connection);
    recorded.join().expect("no panic")
}

#[test]
fn limits_of_the_connection_hold() {
    let mut server = keyed();
    let connection = Limits { frame: 1000, ..Limits::DEFAULT };
    server.set_limits(ServerLimits { connection, ..ServerLimits::DEFAULT });
    let run = run(server);
    let mut connection = run.open().expect("open");
    let mut booth = BoothClient::new(&mut connection);
    let reason = booth.blob(2000).err().and_then(|error| error.reason());
    assert_eq!(reason, Some(Reason::ReplyTooLarge));
    booth.echo(&[0; 2000]).expect_err("the server closes");
    run.end();
}

#[test]
fn stopping_closes_who_is_there_and_waits_for_nobody() {
    let run = run(keyed());
    let mut connection = run.open().expect("open");
    assert_eq!(BoothClient::new(&mut connection).add(2, 40), Ok(42));
    let waiting = thread::spawn(move || BoothClient::new(&mut connection).meet());
    let mut other = run.open().expect("open");
    assert_eq!(BoothClient::new(&mut other).add(2, 40), Ok(42));
    assert!(eventually(|| run.shared.meeting.load(Ordering::SeqCst) == 1));
    run.handle.stop();
    assert_eq!(run.thread.join().expect("no panic"), Ok(()));
    let gone = BoothClient::new(&mut other).add(2, 40).expect_err("it is closed");
    assert_eq!(gone.reason(), Some(Reason::Disconnected));
    waiting.join().expect("no panic").expect_err("its handler still waits");
    run.shared.barrier.wait();
    assert!(eventually(|| run.shared.there.load(Ordering::SeqCst) == 0));
}

#[test]
fn who_was_told_to_stop_before_it_ran_does_not() {
    let mut server = keyed();
    server.handle().stop();
    assert_eq!(server.run(), Ok(()));
}

/// Offers the way down, until the server goes.
fn plug_in(endpoint: &str) -> JoinHandle<Result<(), Error>> {
    let mut connection = Connection::open_endpoint(endpoint).expect("it is let in");
    connection.add(CallerService(Down)).expect("its first");
    thread::spawn(move || connection.run())
}

#[test]
fn a_server_that_is_given_its_clients_connections_calls_them() {
    let mut server = keyed();
    server.set_limits(ServerLimits { clients: 1, ..ServerLimits::DEFAULT });
    let (sender, given) = std::sync::mpsc::channel();
    server.on_connect(move |connection| sender.send(connection).expect("it is waited for"));
    let run = run(server);
    let endpoint = run.endpoint.clone().expect("it has a key");
    let take = || given.recv_timeout(Duration::from_secs(20)).expect("who was let in is given");

    let plugged = plug_in(&endpoint);
    let mut plugin = take();
    assert_eq!(CallerClient::new(&mut plugin).down(0), Ok(0));
    let mut calls = CallerCalls::new(&mut plugin);
    let (first, second) = (calls.down(0).expect("sent"), calls.down(1).expect("sent"));
    let nobody = second.wait(&mut plugin);
    assert_eq!(nobody, Err(CallError::Failed(0)), "what was added to the server is not there");
    assert_eq!(first.wait(&mut plugin), Ok(0));

    let full = Connection::open_endpoint(&endpoint).err();
    assert_eq!(full, Some(Error::Endpoint(EndpointError::TurnedAway)), "its place is taken");
    drop(plugin);
    assert_eq!(plugged.join().expect("no panic"), Ok(()), "it sees that it was dropped");

    assert!(eventually(|| Connection::open_endpoint(&endpoint).is_ok()), "its place is free");
    drop(take());
    let plugged = plug_in(&endpoint);
    let mut plugin = take();
    run.end();
    let gone = CallerClient::new(&mut plugin).down(0).expect_err("the server has ended");
    assert_eq!(gone.reason(), Some(Reason::Disconnected));
    assert_eq!(plugged.join().expect("no panic"), Ok(()));
}

/// What a process has spent of the processor, in hundredths of a second.
#[cfg(target_os = "linux")]
fn spent(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is there");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let number = |at: usize| after_name.split(' ').nth(at).and_then(|it| it.parse::<u64>().ok());
    // proc(5): utime and stime are the 14th and 15th, and the name is the 2nd.
    number(12).expect("a number") + number(13).expect("a number")
}

#[test]
#[cfg(target_os = "linux")]
fn without_descriptors_it_goes_on_and_does_not_spin() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use tests::desk::{self, DeskClient};

    let process = env!("CARGO_BIN_EXE_process");
    let mut server = Command::new("sh")
        .args(["-c", "ulimit -n 12; exec \"$@\"", "sh", process, "threads"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let port: u16 = line.trim_end().parse().expect("a port");
    let mut there = desk::connect(port).expect("it listens");
    assert_eq!(DeskClient::new(&mut there).add(1, 1), Ok(2));
    // More than it has descriptors for.
    let many: Vec<_> = (0..30).map(|_| TcpStream::connect(("127.0.0.1", port))).collect();
    thread::sleep(Duration::from_millis(200));
    let before = spent(server.id());
    thread::sleep(Duration::from_millis(1000));
    let spent = spent(server.id()) - before;
    assert!(spent < 40, "{spent} hundredths of a second in one");
    assert_eq!(DeskClient::new(&mut there).add(2, 40), Ok(42), "who is there is served");
    drop(many);
    let comes_in =
        || desk::connect(port).is_ok_and(|mut it| DeskClient::new(&mut it).add(1, 1) == Ok(2));
    assert!(eventually(comes_in));
    server.kill().expect("it is there");
    server.wait().expect("it ends");
}

#[test]
fn what_is_told_to_who_does_not_read_its_answers_does_not_pile_up() {
    #[service]
    trait Feed {
        fn follow(&mut self, #[ipc(peer)] peer: PeerHandle);
        fn blob(&mut self, len: u32) -> Vec<u8>;
    }
    #[service]
    trait Follower {
        #[ipc(oneway)]
        fn told(&mut self, what: u32);
    }
    struct Feeds(std::sync::mpsc::Sender<PeerHandle>);
    impl Feed for Feeds {
        fn follow(&mut self, peer: PeerHandle) {
            self.0.send(peer).expect("the test waits for it");
        }
        fn blob(&mut self, len: u32) -> Vec<u8> {
            vec![7; len as usize]
        }
    }
    let (sender, handles) = std::sync::mpsc::channel();
    let mut server = keyless();
    server.add(move || FeedService(Feeds(sender.clone())));
    let run = run(server);
    let mut raw = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    let follow = recorded(|connection| _ = FeedClient::new(connection).follow());
    let blob = recorded(|connection| _ = FeedClient::new(connection).blob(900_000));
    raw.write_all(&[follow, blob.repeat(20)].concat()).expect("it is read");
    let mut handle = handles.recv().expect("it follows");
    // Until the answers fill what the system takes.
    thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    let mut told = 0;
    while FollowerClient::new(&mut handle).told(told).is_ok() {
        told += 1;
        assert!(start.elapsed() < Duration::from_secs(5), "{told} events wait for it");
        thread::sleep(Duration::from_micros(100));
    }
    run.end();
}

#[test]
fn who_sends_no_more_still_gets_all_of_its_answers() {
    let mut server = keyless();
    server.set_limits(ServerLimits { write_queue: 64 * 1024 * 1024, ..ServerLimits::DEFAULT });
    let run = run(server);
    // More than the system takes while nobody reads.
    let mut raw = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    let mut sent = raw.try_clone().expect("a socket");
    let calls = blob_call(900_000).repeat(20);
    sent.write_all(&calls).expect("it is read");
    sent.shutdown(std::net::Shutdown::Write).expect("it is open");
    thread::sleep(Duration::from_millis(300));
    let mut answers = Vec::new();
    raw.read_to_end(&mut answers).expect("it ends in order");
    assert_eq!(answers.len(), 20 * (4 + 1 + 4 + 3 + 900_000));
    run.end();
}

#[test]
fn who_sends_no_more_and_does_not_read_either_has_to_go() {
    let mut server = keyless();
    let limits =
        ServerLimits { stall_time: 200, write_queue: 64 * 1024 * 1024, ..ServerLimits::DEFAULT };
    server.set_limits(limits);
    let run = run(server);
    let mut raw = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    raw.write_all(&blob_call(900_000).repeat(20)).expect("it is read");
    raw.shutdown(std::net::Shutdown::Write).expect("it is open");
    thread::sleep(Duration::from_millis(1500));
    let mut answers = Vec::new();
    // What the system took is there, if it is not cut off.
    let _ = raw.read_to_end(&mut answers);
    assert!(answers.len() < 20 * 900_000, "it was waited for");
    run.end();
}

#[test]
fn who_sends_no_more_still_gets_what_is_answered_later() {
    let run = run(keyless());
    let mut raw = TcpStream::connect(("127.0.0.1", run.port)).expect("it listens");
    raw.write_all(&recorded(|connection| _ = BoothClient::new(connection).later(200)))
        .expect("it is read");
    raw.shutdown(std::net::Shutdown::Write).expect("it is open");
    let mut answers = Vec::new();
    raw.read_to_end(&mut answers).expect("it ends in order");
    let reply = [9, 0, 0, 0, 2, 1, 0, 0, 0, 200, 0, 0, 0];
    assert!(answers.ends_with(&reply), "{answers:?}");
    run.end();
}

#[test]
fn who_is_gone_is_not_kept_by_what_is_still_to_be_answered() {
    let run = run(keyless());
    let mut connection = run.open().expect("open");
    let pending = BoothCalls::new(&mut connection).later(0).expect("it is started");
    assert_eq!(BoothClient::new(&mut connection).add(2, 40), Ok(42));
    drop((connection, pending));
    assert!(eventually(|| run.shared.there.load(Ordering::SeqCst) == 0));
    let kept = run.shared.kept.lock().expect("no panic");
    assert!(kept.iter().all(|reply| reply.is_cancelled()) && kept.len() == 1);
    drop(kept);
    run.end();
}
