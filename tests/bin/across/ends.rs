//! Servers and services that come, go, come back, and are reached another way.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ipc_runtime::{CallError, Change, Connection, Error, Missing, Reason, Reconnecting};
use tests::desk::{AbsentClient, DeskClient, newer};

use super::exchange::{Ear, ExchangeCalls, ExchangeClient, LineService, OwnClient};
use super::servers::{ClockClient, HostCalls, HostClient, SPIN};
use super::talk::{goes_on, may_have_run, not_run};

const PATIENCE: Duration = Duration::from_secs(30);

/// What the server lacks, or has changed, is found out before anything is called.
pub fn missing(connection: &mut Connection) {
    let pairs = |missing: Vec<Missing>| -> Vec<_> {
        missing.into_iter().map(|missing| (missing.method, missing.reason)).collect()
    };
    assert_eq!(DeskClient::new(connection).missing().map(pairs), Ok(vec![]));
    assert_eq!(ExchangeClient::new(connection).missing().map(pairs), Ok(vec![]));
    assert_eq!(
        newer::DeskClient::new(connection).missing().map(pairs),
        Ok(vec![
            ("Desk.add", Reason::SignatureChanged),
            ("Desk.half", Reason::SignatureChanged),
            ("Desk.subtract", Reason::UnknownMethod),
        ])
    );
    let absent = AbsentClient::new(connection).missing().map(pairs);
    assert_eq!(absent, Ok(vec![("Absent.call", Reason::UnknownService)]));
    goes_on(connection);
}

/// Each client has a service of its own, for as long as it is there.
pub fn own(name: &str) {
    let mut one = super::open(name);
    let mut other = super::open(name);
    let before = OwnClient::new(&mut other).gone().expect("an answer");
    for time in 1..=3 {
        assert_eq!(OwnClient::new(&mut one).next(), Ok(time));
        assert_eq!(OwnClient::new(&mut other).next(), Ok(time));
    }
    drop(one);
    while OwnClient::new(&mut other).gone() == Ok(before) {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(OwnClient::new(&mut other).next(), Ok(4));
}

/// Over a Unix-domain socket if `how` is `local`, and over TCP if it is `tcp`.
pub fn local(how: &str, name: &str) {
    let mut connection = Connection::open_local(name, PATIENCE).expect("somebody serves");
    assert_eq!(OwnClient::new(&mut connection).is_tcp(), Ok(how == "tcp"));
    super::talk::calls(&mut connection);
    let mut tcp = super::open(name);
    assert_eq!(OwnClient::new(&mut tcp).is_tcp(), Ok(true), "who does not ask for it");
}

/// Neither side goes to sleep at once when it waits.
pub fn spinning(connection: &mut Connection) {
    connection.set_spin(SPIN);
    let large = vec![7; 300_000];
    for round in 0..5 {
        for i in 0..100 {
            assert_eq!(DeskClient::new(connection).add(round, i), Ok(round + i));
        }
        assert!(DeskClient::new(connection).echo(&large).as_ref() == Ok(&large));
        // Neither side is warm after this.
        assert_eq!(DeskClient::new(connection).wait(2), Ok(2));
    }
    super::talk::deadlines(connection);
}

/// A host's own loop serves a bounded number of calls in a frame.
pub fn frames(connection: &mut Connection) {
    let start = |_| HostCalls::new(connection).work(20).expect("it is started");
    let started: Vec<_> = (0..10).map(start).collect();
    for pending in started {
        assert_eq!(pending.wait(connection), Ok(()));
    }
    // Of 30 milliseconds, which after the second are used up.
    let most = HostClient::new(connection).most_in_a_frame().expect("an answer");
    assert!((1..=2).contains(&most), "{most}");
}

/// A client that does not answer in the time that the server has for it.
pub fn slow_callback(connection: &mut Connection) {
    use super::exchange::Line;
    use ipc_runtime::Peer;
    struct Slowly;
    impl Line for Slowly {
        fn told(&mut self, _: u32, _: &[u8]) {}
        fn choose(&mut self, what: u32, _: &mut Peer<'_>) -> u32 {
            thread::sleep(Duration::from_millis(800));
            what
        }
    }
    connection.add(LineService(Slowly)).expect("there is no other");
    let outcome = ExchangeClient::new(connection).ask(1);
    let why = format!("Line.choose may have run: {}", Reason::Deadline);
    assert_eq!(outcome, Err(CallError::Failed(why)));
    goes_on(connection);
}

/// A service that is offered while the server runs, and no more, and again.
pub fn services(connection: &mut Connection) {
    let absent = not_run(ClockClient::new(connection).now());
    assert_eq!(absent.reason, Reason::UnknownService);
    for there in [true, false, true, false, true, false] {
        HostClient::new(connection).offer_clock(there).expect("an answer");
        // The host does as it is told when its frame is done, and may serve one more call before.
        let start = Instant::now();
        loop {
            let now = ClockClient::new(connection).now();
            match now {
                Ok(time) => assert_eq!(time, 12),
                Err(_) => assert_eq!(not_run(now).reason, Reason::UnknownService),
            }
            if now.is_ok() == there {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "it is not done");
        }
    }
}

/// A server that ends in good order answers what is under way, runs nothing more, and says so.
pub fn goodbye(name: &str) {
    let mut connection = super::open(name);
    let mut idle = super::open(name);
    let mut listening = super::open(name);
    for connection in [&mut idle, &mut listening] {
        goes_on(connection);
    }
    let pending = ExchangeCalls::new(&mut connection).blob_later(300_000, 600);
    let pending = pending.expect("it is started");
    HostClient::new(&mut connection).leave().expect("an answer");
    let refused = loop {
        let outcome = DeskClient::new(&mut connection).add(1, 2);
        if outcome.is_err() {
            break not_run(outcome);
        }
    };
    assert_eq!(refused.reason, Reason::ShuttingDown);
    assert!(pending.wait(&mut connection) == Ok(vec![7; 300_000]), "it was under way");
    let closed = loop {
        if let Err(closed) = listening.poll(Duration::from_millis(20)) {
            break closed;
        }
    };
    assert_eq!(closed, Error::Closed(Reason::ShuttingDown));
    let refused = DeskClient::new(&mut idle).add(1, 2);
    match refused {
        // PLATFORMS.md: of what has come the goodbye is lost there, when the call meets a reset.
        Err(CallError::MayHaveRun(problem)) if cfg!(windows) => {
            assert_eq!(problem.reason, Reason::Disconnected);
        }
        refused => assert_eq!(not_run(refused).reason, Reason::ShuttingDown),
    }
    let again = not_run(DeskClient::new(&mut idle).add(1, 2));
    assert!(matches!(again.reason, Reason::ShuttingDown | Reason::Disconnected), "{again}");
}

/// A server that ends when it is alone stays while somebody is there, whether or not they call.
pub fn there(name: &str) {
    let mut connection = super::open(name);
    goes_on(&mut connection);
    thread::sleep(Duration::from_millis(900));
    goes_on(&mut connection);
}

/// A client whose server is replaced, killed while it waits, and killed while it waits for what
/// cannot be repeated. Says where it is, and is told when to go on.
pub fn comes_back(name: &str) {
    let mut connection = Reconnecting::open(name).expect("a name");
    connection.set_deadline(PATIENCE);
    let changes = Arc::new(Mutex::new((0, 0)));
    let told = changes.clone();
    connection.on_change(move |change| {
        let (connected, lost) = &mut *told.lock().expect("no panic");
        match change {
            Change::Connected { .. } => *connected += 1,
            Change::Lost(_) => *lost += 1,
            _ => {}
        }
    });
    let taken = || std::mem::take(&mut *changes.lock().expect("no panic"));
    let ear = Ear::default();
    let offered = ear.clone();
    connection.offer(move |connection| Ok(connection.add(LineService(offered.clone()))?));

    assert_eq!(DeskClient::new(&mut connection).add(2, 40), Ok(42));
    assert_eq!(taken(), (1, 0));
    super::say("called");
    io::stdin().read_line(&mut String::new()).expect("it is told");
    // Another serves by now, or soon.
    assert_eq!(DeskClient::new(&mut connection).add(2, 41), Ok(43));
    assert_eq!(taken(), (1, 1));
    assert_eq!(ExchangeClient::new(&mut connection).ask(4), Ok(40), "what is offered is again");

    super::say("calling");
    assert_eq!(ExchangeClient::new(&mut connection).double(21, 700), Ok(42), "by another");
    assert_eq!(taken(), (1, 1));

    super::say("calling");
    let start = Instant::now();
    let problem = may_have_run(DeskClient::new(&mut connection).wait(20_000));
    assert_eq!(problem.reason, Reason::Disconnected);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(taken(), (0, 1), "not repeated, whose caller alone knows whether it may be");
}
