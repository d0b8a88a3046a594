//! What a server tells those who want to know, when it likes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use ipc_runtime::{
    Connection, DecodeError, Encode, Error, Reader, Reason, Schema, Slow, Subscribers, Writer,
    service,
};

use crate::harness::{Running, failure, not_run, serve, watchdog};
use crate::office::{CallerClient, CallerService, Desk, Ear, OfficeClient, office};

/// More than the sockets between two ends hold.
const LARGE: u32 = 200_000;

const SOON: Duration = Duration::from_millis(20);

fn serve_office(slow: Slow) -> (Running, Desk) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = serve(move |server| {
        let (office, desk) = office(slow);
        server.add(office).expect("there is no other");
        sender.send(desk).expect("the test waits for it");
    });
    (server, receiver.recv().expect("the server starts"))
}

/// A connection that hears.
fn listen(server: &Running) -> (Connection, Ear) {
    let mut connection = server.connect();
    let ear = Ear::default();
    connection.add(CallerService(ear.clone())).expect("there is no other");
    (connection, ear)
}

/// Polls until the ear has heard this.
fn await_value(connection: &mut Connection, ear: &Ear, value: u32) {
    while ear.heard().last() != Some(&value) {
        connection.poll(SOON).expect("the connection is there");
    }
}

#[test]
fn who_subscribes_gets_the_state_and_then_every_change() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(Slow::Disconnect(1_000));
    let mut setter = server.connect();
    assert_eq!(OfficeClient::new(&mut setter).set(41, 0), Ok(0));
    let (mut connection, ear) = listen(&server);
    OfficeClient::new(&mut connection).watch().expect("an answer");
    assert_eq!(ear.heard(), [41], "it is there when the call returns");
    for value in 42..142 {
        assert_eq!(OfficeClient::new(&mut setter).set(value, 0), Ok(1));
    }
    await_value(&mut connection, &ear, 141);
    assert_eq!(ear.heard(), (41..142).collect::<Vec<_>>());
    // Twice is once, and not at all is not at all.
    OfficeClient::new(&mut connection).watch().expect("an answer");
    assert_eq!(OfficeClient::new(&mut setter).set(142, 0), Ok(1));
    OfficeClient::new(&mut connection).unwatch().expect("an answer");
    assert_eq!(OfficeClient::new(&mut setter).set(143, 0), Ok(0));
    OfficeClient::new(&mut connection).add(1, 1).expect("an answer");
    assert_eq!(ear.heard().split_off(101), [141, 142]);
}

#[test]
fn every_subscriber_gets_every_event_in_order_and_nobody_else_does() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(Slow::Disconnect(1_000));
    let mut listeners = [listen(&server), listen(&server), listen(&server)];
    let (mut other, unheard) = listen(&server);
    for (connection, _) in &mut listeners {
        OfficeClient::new(connection).watch().expect("an answer");
    }
    // One of them is the one that changes it.
    for value in 1..=50 {
        assert_eq!(OfficeClient::new(&mut listeners[0].0).set(value, 10), Ok(3));
    }
    for (connection, ear) in &mut listeners {
        await_value(connection, ear, 50);
        assert_eq!(ear.heard(), (0..=50).collect::<Vec<_>>());
    }
    OfficeClient::new(&mut other).add(1, 1).expect("an answer");
    assert_eq!(unheard.heard(), [0_u32; 0]);
}

/// What a subscriber hears that does not read while the value goes from 1 to 300.
fn hear_late(slow: Slow) -> Vec<u32> {
    let (server, _desk) = serve_office(slow);
    let (mut connection, ear) = listen(&server);
    OfficeClient::new(&mut connection).watch().expect("an answer");
    let mut setter = server.connect();
    for value in 1..=300 {
        assert_eq!(OfficeClient::new(&mut setter).set(value, LARGE), Ok(1));
    }
    await_value(&mut connection, &ear, 300);
    let heard = ear.heard();
    assert!(heard.is_sorted_by(|before, after| before < after), "{heard:?}");
    assert!(heard.len() < 300, "the sockets hold less");
    heard
}

#[test]
fn of_a_state_who_reads_late_gets_the_newest() {
    let _watchdog = watchdog();
    hear_late(Slow::Newest);
}

#[test]
fn of_events_of_which_the_oldest_go_who_reads_late_gets_the_last_ones() {
    let _watchdog = watchdog();
    let heard = hear_late(Slow::DropOldest(20));
    assert_eq!(heard[heard.len() - 20..], (281..=300).collect::<Vec<_>>());
}

#[test]
fn who_is_too_far_behind_is_disconnected_where_no_event_may_be_lost() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(Slow::Disconnect(20));
    let (mut slow, ear) = listen(&server);
    OfficeClient::new(&mut slow).watch().expect("an answer");
    let mut setter = server.connect();
    for value in 1..=300 {
        OfficeClient::new(&mut setter).set(value, LARGE).expect("others are served");
    }
    assert_eq!(OfficeClient::new(&mut setter).set(301, 0), Ok(0), "and forgotten");
    let error = loop {
        if let Err(error) = slow.poll(SOON) {
            break error;
        }
    };
    assert_eq!(error, Error::Closed(Reason::Disconnected));
    let heard = ear.heard();
    assert_eq!(heard, (0..u32::try_from(heard.len()).expect("few")).collect::<Vec<_>>(), "no gap");
}

#[test]
fn who_reads_again_gets_all_that_it_was_behind_with_though_nothing_else_happens() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(Slow::Disconnect(1_000));
    let (mut connection, ear) = listen(&server);
    OfficeClient::new(&mut connection).watch().expect("an answer");
    let mut setter = server.connect();
    for value in 1..=100 {
        OfficeClient::new(&mut setter).set(value, LARGE).expect("an answer");
    }
    await_value(&mut connection, &ear, 100);
    assert_eq!(ear.heard(), (0..=100).collect::<Vec<_>>());
}

#[test]
fn a_peers_handle_sends_from_any_thread_and_says_when_the_peer_is_gone() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(Slow::Newest);
    let (mut connection, ear) = listen(&server);
    OfficeClient::new(&mut connection).stay().expect("an answer");
    let mut handle = desk.handles.recv().expect("it is handed over");
    let threads: Vec<_> = [1, 2]
        .map(|n| {
            let mut handle = handle.clone();
            thread::spawn(move || {
                for i in 0..100 {
                    CallerClient::new(&mut handle)
                        .changed(n * 1_000 + i, b"")
                        .expect("it is there");
                }
            })
        })
        .into();
    while ear.heard().len() < 200 {
        connection.poll(SOON).expect("the connection is there");
    }
    for thread in threads {
        thread.join().expect("all was posted");
    }
    let heard = ear.heard();
    for n in [1, 2] {
        let of: Vec<_> = heard.iter().copied().filter(|value| value / 1_000 == n).collect();
        assert_eq!(of, (0..100).map(|i| n * 1_000 + i).collect::<Vec<_>>());
    }
    drop(connection);
    let outcome = loop {
        let outcome = CallerClient::new(&mut handle).changed(1, b"");
        if outcome.is_err() {
            break outcome;
        }
        thread::yield_now();
    };
    assert_eq!(failure(outcome), not_run(Reason::Disconnected));
    // And a call that is answered is none for it.
    let outcome = CallerClient::new(&mut handle).choose(1);
    assert_eq!(failure(outcome), not_run(Reason::WouldBlock));
}

#[test]
fn a_subscriber_that_is_gone_is_forgotten() {
    let _watchdog = watchdog();
    let (server, _desk) = serve_office(Slow::DropOldest(5));
    let (mut connection, _ear) = listen(&server);
    OfficeClient::new(&mut connection).watch().expect("an answer");
    let mut setter = server.connect();
    assert_eq!(OfficeClient::new(&mut setter).set(1, 0), Ok(1));
    drop(connection);
    while OfficeClient::new(&mut setter).set(1, 0) != Ok(0) {}
}

#[test]
fn subscribers_of_two_servers_are_told_apart() {
    let _watchdog = watchdog();
    let offices = [serve_office(Slow::Newest), serve_office(Slow::Newest)];
    let mut all = Subscribers::new(Slow::Disconnect(9));
    let mut ears = Vec::new();
    for (server, desk) in &offices {
        let (mut connection, ear) = listen(server);
        OfficeClient::new(&mut connection).stay().expect("an answer");
        all.add(&desk.handles.recv().expect("it is handed over"));
        ears.push((connection, ear));
    }
    assert_eq!(all.len(), 2);
    CallerClient::new(&mut all).changed(9, b"").expect("it is posted");
    for (connection, ear) in &mut ears {
        await_value(connection, ear, 9);
    }
}

/// A number that knows how often it has been encoded.
struct Counted(u32);

static ENCODED: AtomicU32 = AtomicU32::new(0);

impl Encode for Counted {
    const SCHEMA: Schema = u32::SCHEMA;

    fn encode(&self, w: &mut Writer) {
        ENCODED.fetch_add(1, Ordering::SeqCst);
        self.0.encode(w);
    }
}

impl<'de> ipc_runtime::Decode<'de> for Counted {
    fn decode(r: &mut Reader<'de>) -> Result<Counted, DecodeError> {
        u32::decode(r).map(Counted)
    }
}

#[service]
trait Counting {
    #[ipc(oneway)]
    fn counted(&mut self, value: Counted);
}

struct Last(std::sync::mpsc::Sender<u32>);

impl Counting for Last {
    fn counted(&mut self, value: Counted) {
        self.0.send(value.0).expect("the test listens");
    }
}

#[test]
fn an_event_is_encoded_once_whoever_gets_it() {
    let _watchdog = watchdog();
    let (server, desk) = serve_office(Slow::Newest);
    let mut all = Subscribers::new(Slow::Disconnect(9));
    let (sender, heard) = std::sync::mpsc::channel();
    let mut connections: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.add(CountingService(Last(sender.clone()))).expect("there is no other");
        OfficeClient::new(connection).stay().expect("an answer");
        all.add(&desk.handles.recv().expect("it is handed over"));
    }
    CountingClient::new(&mut all).counted(Counted(7)).expect("it is posted");
    for connection in &mut connections {
        while heard.try_recv().is_err() {
            connection.poll(SOON).expect("the connection is there");
        }
    }
    assert_eq!(ENCODED.load(Ordering::SeqCst), 1);
}
