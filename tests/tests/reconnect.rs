//! Clients that come back: what is repeated and what is not, within what time, and who is told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::iter;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{
    CallError, Change, Connection, EndpointError, Error, Faults, Peer, Plan, Reason, Reconnecting,
    Server, pair_with, service,
};
use tests::desk::DeskClient;

#[service]
trait Counter {
    /// To call it twice does something else than to call it once.
    fn count(&mut self) -> u32;
    #[ipc(idempotent)]
    fn double(&mut self, of: u32) -> u32;
    fn len(&mut self, bytes: &[u8]) -> u64;
    #[ipc(oneway)]
    fn note(&mut self);
    /// Has the caller's [`Bell`] rung with each `ring`.
    fn subscribe(&mut self);
    fn ring(&mut self, #[ipc(peer)] peer: &mut Peer<'_>) -> bool;
}

#[service]
trait Bell {
    #[ipc(oneway)]
    fn rang(&mut self);
}

/// Counts what runs, on whatever connection.
#[derive(Clone, Default)]
struct Tally(Arc<AtomicU32>);

impl Tally {
    fn more(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn ran(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What one connection's server knows.
struct Here {
    tally: Tally,
    subscribed: bool,
}

impl Counter for Here {
    fn count(&mut self) -> u32 {
        self.tally.more()
    }

    fn double(&mut self, of: u32) -> u32 {
        self.tally.more();
        2 * of
    }

    fn len(&mut self, bytes: &[u8]) -> u64 {
        self.tally.more();
        bytes.len() as u64
    }

    fn note(&mut self) {
        self.tally.more();
    }

    fn subscribe(&mut self) {
        self.subscribed = true;
    }

    fn ring(&mut self, peer: &mut Peer<'_>) -> bool {
        self.subscribed && BellClient::new(peer).rang().is_ok()
    }
}

impl Bell for Tally {
    fn rang(&mut self) {
        self.more();
    }
}

/// One attempt to connect: what goes wrong with the connection, or what it comes to instead.
type Attempt = Result<Plan, Error>;

/// Connects in memory, as `attempts` have it, and then without faults.
fn by(attempts: impl IntoIterator<Item = Attempt>, tally: &Tally) -> Reconnecting {
    let mut attempts: VecDeque<Attempt> = attempts.into_iter().collect();
    let tally = tally.clone();
    Reconnecting::with(move |_| {
        let (calling, mut serving) =
            pair_with(attempts.pop_front().unwrap_or(Ok(Plan::default()))?);
        serving.add(CounterService(Here { tally: tally.clone(), subscribed: false }))?;
        thread::spawn(move || serving.run());
        Ok(calling)
    })
}

/// A connection that is cut when so many bytes have come back.
fn cut_back(bytes: u64) -> Attempt {
    Ok(Plan { back: Faults::NONE.cut_at(bytes), ..Plan::default() })
}

const REFUSED: Attempt = Err(Error::Endpoint(EndpointError::Stale));

/// What the changes are told to, in one word each.
fn told(connection: &mut Reconnecting) -> Arc<Mutex<Vec<String>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    connection.on_change(move |change| {
        tell.lock().expect("no panic").push(match change {
            Change::Connected { attempts } => format!("connected {attempts}"),
            Change::Failed { attempts, .. } => format!("failed {attempts}"),
            Change::Lost(reason) => format!("lost {reason:?}"),
            other => format!("{other:?}"),
        });
    });
    told
}

fn taken(told: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut told.lock().expect("no panic"))
}

#[test]
fn it_connects_when_something_is_called_and_tells_how_that_went() {
    let tally = Tally::default();
    let mut connection = by([REFUSED, REFUSED], &tally);
    let told = told(&mut connection);
    assert!(!connection.is_connected());
    assert_eq!(CounterClient::new(&mut connection).count(), Ok(1));
    assert!(connection.is_connected());
    assert_eq!(CounterClient::new(&mut connection).count(), Ok(2));
    assert_eq!(taken(&told), ["failed 1", "failed 2", "connected 3"]);
}

#[test]
fn a_call_that_may_have_run_is_reported_and_not_repeated() {
    let tally = Tally::default();
    let mut connection = by([cut_back(4)], &tally);
    let told = told(&mut connection);
    let outcome = CounterClient::new(&mut connection).count();
    assert!(matches!(outcome, Err(CallError::MayHaveRun(it)) if it.reason == Reason::Disconnected));
    assert_eq!(tally.ran(), 1);
    assert_eq!(taken(&told), ["connected 1", "lost Disconnected"]);
    // The next one is made on a new connection.
    assert_eq!(CounterClient::new(&mut connection).count(), Ok(2));
    assert_eq!(taken(&told), ["connected 1"]);
}

#[test]
fn an_idempotent_call_is_repeated_though_it_may_have_run() {
    let tally = Tally::default();
    let mut connection = by([cut_back(4), REFUSED, cut_back(0)], &tally);
    let told = told(&mut connection);
    assert_eq!(CounterClient::new(&mut connection).double(21), Ok(42));
    assert_eq!(tally.ran(), 2, "the third connection was known to be gone");
    let expected = [
        "connected 1",
        "lost Disconnected",
        "failed 1",
        "connected 2",
        "lost Disconnected",
        "connected 1",
    ];
    assert_eq!(taken(&told), expected);
}

#[test]
fn wherever_the_first_connection_is_cut_an_idempotent_call_succeeds_and_another_is_told_of() {
    for bytes in 0..40 {
        for back in [false, true] {
            let faults = Faults::NONE.cut_at(bytes);
            let plan = match back {
                true => Plan { back: faults, ..Plan::default() },
                false => Plan { there: faults, ..Plan::default() },
            };
            let at = format!("{bytes}, back: {back}");
            let tally = Tally::default();
            assert_eq!(CounterClient::new(&mut by([Ok(plan)], &tally)).double(4), Ok(8), "{at}");
            assert!((1..=2).contains(&tally.ran()), "{at}");

            let tally = Tally::default();
            match CounterClient::new(&mut by([Ok(plan)], &tally)).count() {
                Ok(count) => assert_eq!((count, tally.ran()), (1, 1), "{at}"),
                Err(CallError::MayHaveRun(_)) => assert!(tally.ran() <= 1, "{at}"),
                Err(error) => panic!("{at}: {error}"),
            }
        }
    }
}

#[test]
fn a_one_way_call_goes_to_a_connection_that_is_there() {
    let tally = Tally::default();
    let mut connection = by([cut_back(13)], &tally);
    let mut counter = CounterClient::new(&mut connection);
    assert_eq!(counter.count(), Ok(1));
    assert_eq!(counter.note(), Ok(()));
    assert_eq!(counter.count(), Ok(3), "the first connection was known to be gone");
}

#[test]
fn when_nobody_comes_a_call_ends_with_its_deadline() {
    let tally = Tally::default();
    let mut connection = by(iter::repeat_n(REFUSED, 10_000), &tally);
    let told = told(&mut connection);
    for deadline in [Duration::from_millis(40), Duration::from_millis(250)] {
        connection.set_deadline(deadline);
        let start = Instant::now();
        let outcome = CounterClient::new(&mut connection).double(1);
        assert!(matches!(outcome, Err(CallError::NotRun(it)) if it.reason == Reason::Unreachable));
        // The clock counts whole milliseconds.
        assert!(start.elapsed() + Duration::from_millis(2) >= deadline, "{:?}", start.elapsed());
        assert!(start.elapsed() < deadline + Duration::from_secs(5), "{:?}", start.elapsed());
    }
    let attempts = taken(&told).len();
    assert!((1..100).contains(&attempts), "{attempts}: it pauses between them");
    assert_eq!(tally.ran(), 0);
}

#[test]
fn what_waiting_cannot_help_fails_at_once() {
    let tally = Tally::default();
    let never = Err(Error::Endpoint(EndpointError::FolderNotPrivate));
    let mut connection = by([never], &tally);
    let told = told(&mut connection);
    connection.set_deadline(Duration::from_secs(600));
    let outcome = CounterClient::new(&mut connection).count();
    assert!(matches!(outcome, Err(CallError::NotRun(_))));
    assert_eq!(taken(&told), ["failed 1"]);
    assert!(matches!(Reconnecting::open("no/name"), Err(Error::Endpoint(EndpointError::BadName))));
}

#[test]
fn a_server_that_closes_what_it_accepts_is_not_called_without_pause() {
    let tally = Tally::default();
    let mut connection = by(iter::repeat_n(cut_back(0), 10_000), &tally);
    let told = told(&mut connection);
    connection.set_deadline(Duration::from_millis(300));
    let outcome = CounterClient::new(&mut connection).double(1);
    assert!(matches!(outcome, Err(CallError::NotRun(_))), "{outcome:?}");
    let changes = taken(&told).len();
    assert!(changes < 200, "{changes}");
}

#[test]
fn a_call_that_waits_too_long_is_not_repeated_and_the_connection_stays() {
    let tally = Tally::default();
    let stall = Plan { back: Faults::NONE.stall_for_ever_at(13), ..Plan::default() };
    let mut connection = by([Ok(stall)], &tally);
    let told = told(&mut connection);
    connection.set_deadline(Duration::from_millis(60));
    let mut counter = CounterClient::new(&mut connection);
    assert_eq!(counter.count(), Ok(1));
    let late = counter.double(1).expect_err("it is held back");
    assert_eq!(late.reason(), Some(Reason::Deadline));
    assert_eq!(taken(&told), ["connected 1"]);
}

#[test]
fn arguments_that_are_too_large_are_refused_and_nothing_is_sent() {
    let tally = Tally::default();
    let mut connection = by([], &tally);
    let mut counter = CounterClient::new(&mut connection);
    let large = counter.len(&vec![0; 2 << 20]);
    assert!(matches!(large, Err(CallError::NotRun(it)) if it.reason == Reason::RequestTooLarge));
    assert_eq!(counter.len(&[0; 1000]), Ok(1000));
    assert_eq!(tally.ran(), 1);
}

#[test]
fn what_is_offered_is_offered_on_each_connection() {
    let (tally, rung) = (Tally::default(), Tally::default());
    // The first connection ends behind the answers to `subscribe` and `ring`, and the event.
    let mut connection = by([cut_back(9 + 25 + 10)], &tally);
    let (bell, offers) = (rung.clone(), Tally::default());
    let offered = offers.clone();
    connection.offer(move |connection| {
        offered.more();
        connection.add(BellService(bell.clone()))?;
        CounterClient::new(connection).subscribe()?;
        Ok(())
    });
    for time in 1..=2 {
        assert_eq!(CounterClient::new(&mut connection).ring(), Ok(true));
        assert_eq!((offers.ran(), rung.ran()), (time, time));
    }
}

#[test]
fn an_offer_that_fails_is_an_attempt_that_failed() {
    let tally = Tally::default();
    let mut connection = by([], &tally);
    let told = told(&mut connection);
    let mut tries = 0;
    connection.offer(move |_| {
        tries += 1;
        if tries < 3 { Err("not yet".into()) } else { Ok(()) }
    });
    assert_eq!(CounterClient::new(&mut connection).count(), Ok(1));
    assert_eq!(taken(&told), ["failed 1", "failed 2", "connected 3"]);
}

#[test]
fn poll_serves_and_connects_and_waits_no_longer_than_it_is_told() {
    let (tally, rung) = (Tally::default(), Tally::default());
    let mut connection = by([REFUSED, REFUSED, REFUSED, REFUSED, cut_back(9 + 25 + 10)], &tally);
    let bell = rung.clone();
    connection.offer(move |connection| {
        connection.add(BellService(bell.clone()))?;
        CounterClient::new(connection).subscribe()?;
        Ok(())
    });
    // A pause may be none at all, so that one poll makes two attempts; not each of four.
    let polls = iter::from_fn(|| Some(connection.poll(Duration::from_millis(1))));
    let fruitless: Vec<_> = polls.take_while(|outcome| *outcome != Ok(true)).collect();
    assert!(!fruitless.is_empty() && fruitless.iter().all(|outcome| *outcome == Ok(false)));
    assert_eq!(CounterClient::new(&mut connection).ring(), Ok(true));
    // It is cut; where that was seen before, there is another by now.
    assert!(connection.poll(Duration::from_millis(100)).is_ok());
    assert_eq!(connection.connect(Duration::from_secs(20)), Ok(()));
    assert_eq!(CounterClient::new(&mut connection).ring(), Ok(true));
    assert_eq!(rung.ran(), 2);
}

/// A process that serves a desk under this name, once it does.
fn start(name: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_process"))
        .args(["publish", name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("it says something");
    assert_eq!(line.trim_end(), "serving");
    // What it says from now on, nobody reads.
    thread::spawn(move || output.lines().count());
    child
}

fn kill(mut child: Child) {
    // It may still be sending what has been read here. Wine may then keep its connections open.
    #[cfg(windows)]
    thread::sleep(Duration::from_millis(200));
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    // There, its connections end a moment after it.
    #[cfg(windows)]
    thread::sleep(Duration::from_millis(200));
}

#[test]
fn a_server_that_was_killed_and_started_again_is_found_again() {
    let name = format!("reconnect-{}", std::process::id());
    let mut connection = Reconnecting::open(&name).expect("a name");
    connection.set_deadline(Duration::from_secs(60));
    let told = told(&mut connection);
    let first = start(&name);
    assert_eq!(DeskClient::new(&mut connection).add(2, 40), Ok(42));
    assert_eq!(taken(&told), ["connected 1"]);
    kill(first);

    // Nobody is there for a while, and its file is.
    let (later, second) = (name.clone(), Duration::from_millis(200));
    let second = thread::spawn(move || {
        thread::sleep(second);
        start(&later)
    });
    assert_eq!(DeskClient::new(&mut connection).add(2, 41), Ok(43));
    let second = second.join().expect("it starts");
    let changes = taken(&told);
    let failed = changes.len() - 2;
    assert_eq!(changes.first().map(String::as_str), Some("lost Disconnected"));
    assert!(changes.iter().skip(1).take(failed).all(|change| change.starts_with("failed")));
    assert_eq!(changes.last(), Some(&format!("connected {}", failed + 1)));

    // Killed in the middle of a call.
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        kill(second);
    });
    let outcome = DeskClient::new(&mut connection).wait(60_000);
    assert!(matches!(outcome, Err(CallError::MayHaveRun(it)) if it.reason == Reason::Disconnected));
    assert_eq!(taken(&told), ["lost Disconnected"]);
    killer.join().expect("no panic");
    let path = ipc_runtime::endpoint::path_of(&name).expect("a place");
    std::fs::remove_file(path).expect("who is killed leaves it behind");
}

#[test]
fn calls_are_started_on_the_connection_that_there_is_and_end_with_it() {
    let tally = Tally::default();
    // The answer to the first call is whole, that to the second is not.
    let mut connection = by([cut_back(20)], &tally);
    assert!(connection.connection().is_none(), "nothing has connected yet");
    assert_eq!(connection.poll(Duration::from_secs(5)), Ok(true));

    let (sender, ended) = std::sync::mpsc::channel();
    let start = |connection: &mut Reconnecting| {
        let on = connection.connection().expect("there is one");
        let call = CounterCalls::new(on).double(4).expect("it is started");
        let sender = sender.clone();
        call.then(on, move |outcome| sender.send(outcome).expect("it is asked for"));
    };
    let ends = |connection: &mut Reconnecting| {
        let since = Instant::now();
        loop {
            assert!(since.elapsed() < Duration::from_secs(30), "it ends");
            connection.poll(Duration::from_millis(10)).expect("another may be had");
            if let Ok(outcome) = ended.try_recv() {
                return outcome;
            }
        }
    };
    start(&mut connection);
    assert_eq!(ends(&mut connection), Ok(8));
    start(&mut connection);
    let lost = ends(&mut connection);
    assert!(matches!(lost, Err(CallError::MayHaveRun(it)) if it.reason == Reason::Disconnected));
    assert_eq!(tally.ran(), 2, "nothing is repeated");

    // One that is asked for on the next connection is none of that one's.
    assert_eq!(connection.poll(Duration::from_secs(5)), Ok(true));
    let on = connection.connection().expect("it came back");
    let stale = CounterCalls::new(on).double(1).expect("it is started");
    drop(connection);
    let mut connection = by([], &tally);
    assert_eq!(connection.poll(Duration::from_secs(5)), Ok(true));
    let on = connection.connection().expect("there is one");
    assert!(stale.is_answered(on));
    assert!(matches!(stale.wait(on), Err(CallError::MayHaveRun(_))));
}

/// A server in a thread, and what makes it say goodbye.
fn serve(name: &str, tally: &Tally) -> (ipc_runtime::Handle, thread::JoinHandle<()>) {
    let (send, receive) = std::sync::mpsc::channel();
    let (name, tally) = (name.to_owned(), tally.clone());
    let thread = thread::spawn(move || {
        let mut server = Server::publish(&name).expect("a free name");
        server.add(CounterService(Here { tally, subscribed: false })).expect("one of its name");
        send.send(server.handle().expect("a waker")).expect("waited for");
        server.run().expect("the loop goes on");
        server.shut_down(Duration::from_secs(5)).expect("the loop goes on");
    });
    (receive.recv().expect("it starts"), thread)
}

#[test]
fn what_certainly_did_not_run_is_made_again_when_a_server_is_replaced_in_good_order() {
    let name = format!("reconnect-replaced-{}", std::process::id());
    let tally = Tally::default();
    let mut connection = Reconnecting::open(&name).expect("a name");
    let told = told(&mut connection);
    for time in 1..=3 {
        let (handle, thread) = serve(&name, &tally);
        assert_eq!(CounterClient::new(&mut connection).count(), Ok(time));
        handle.stop();
        thread.join().expect("no panic");
    }
    let lost: Vec<String> =
        taken(&told).iter().filter(|change| change.starts_with("lost")).cloned().collect();
    let expected: Vec<String> = vec!["lost ShuttingDown".to_owned(); 2];
    assert_eq!(lost, expected);
}

#[test]
fn a_server_without_a_key_is_found_by_its_port() {
    let mut server = Server::bind_trusting_all(0).expect("a port");
    let tally = Tally::default();
    server
        .add(CounterService(Here { tally: tally.clone(), subscribed: false }))
        .expect("one of its name");
    let mut connection = Reconnecting::open_trusting_all(server.port());
    let calling = thread::spawn(move || CounterClient::new(&mut connection).count());
    while !calling.is_finished() {
        server.poll(Some(Duration::from_millis(5))).expect("the loop goes on");
    }
    assert_eq!(calling.join().expect("no panic"), Ok(1));
}

/// It is `Send`, as a connection is.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Reconnecting>();
    is_send::<Connection>();
};
