//! What a server tells its clients when it likes.

use std::time::Duration;

use ipc_runtime::{Connection, Error, Reason};

use super::exchange::{Ear, ExchangeClient, LineService, Rule};
use super::talk::goes_on;

const SOON: Duration = Duration::from_millis(20);

/// Together, those of [`TIMES`] events are more than the sockets between two sides hold.
const LARGE: u32 = 200_000;
const TIMES: u32 = 150;

fn listen(connection: &mut Connection) -> Ear {
    let ear = Ear::default();
    connection.add(LineService(ear.clone())).expect("there is no other");
    ear
}

/// Polls until it has been told this last, and takes all that it was told.
fn await_value(connection: &mut Connection, ear: &Ear, value: u32) -> Vec<u32> {
    while ear.last() != Some(value) {
        connection.poll(SOON).expect("the connection is there");
    }
    ear.taken()
}

/// A handle to the client that the server has kept, used by two threads.
pub fn kept(connection: &mut Connection) {
    let ear = listen(connection);
    ExchangeClient::new(connection).tell_from_threads(100).expect("an answer");
    while ear.len() < 200 {
        connection.poll(SOON).expect("the connection is there");
    }
    let heard = ear.taken();
    for first in [0, 1_000] {
        let of: Vec<_> =
            heard.iter().copied().filter(|value| value / 1_000 * 1_000 == first).collect();
        assert_eq!(of, (first..first + 100).collect::<Vec<_>>(), "each in its order");
    }
    goes_on(connection);
}

fn subscribe(connection: &mut Connection, ear: &Ear, rule: Rule) {
    ExchangeClient::new(connection).subscribe(rule).expect("an answer");
    assert_eq!(ear.last(), Some(0), "the state is there when the call returns");
}

/// Everything in order up to this value.
fn all(until: u32) -> Vec<u32> {
    (0..=until).collect()
}

/// Subscribers that read when it is too late for everything, by every rule.
pub fn subscribers(name: &str) {
    let mut setter = super::open(name);
    let mut set_all = |len| {
        for value in 1..=TIMES {
            // Of the last rule's subscriber there is nobody left at some time.
            ExchangeClient::new(&mut setter).set(value, len).expect("others are served");
        }
    };
    let mut connection = super::open(name);
    let ear = listen(&mut connection);
    for len in [4, LARGE] {
        subscribe(&mut connection, &ear, Rule::Disconnect(TIMES));
        set_all(len);
        assert_eq!(await_value(&mut connection, &ear, TIMES), all(TIMES), "{len} bytes each");
    }

    subscribe(&mut connection, &ear, Rule::Newest);
    set_all(LARGE);
    let heard = await_value(&mut connection, &ear, TIMES);
    assert!(heard.is_sorted_by(|before, after| before < after), "{heard:?}");
    assert!(heard.len() < TIMES as usize, "the sockets hold less");

    subscribe(&mut connection, &ear, Rule::DropOldest(20));
    set_all(LARGE);
    let heard = await_value(&mut connection, &ear, TIMES);
    assert!(heard.is_sorted_by(|before, after| before < after), "{heard:?}");
    assert_eq!(heard[heard.len() - 20..], (TIMES - 19..=TIMES).collect::<Vec<_>>());
    assert!(heard.len() < TIMES as usize, "the sockets hold less");

    subscribe(&mut connection, &ear, Rule::Disconnect(20));
    set_all(LARGE);
    assert_eq!(ExchangeClient::new(&mut setter).set(1, 4), Ok(0), "it is forgotten");
    let closed = loop {
        if let Err(closed) = connection.poll(SOON) {
            break closed;
        }
    };
    assert_eq!(closed, Error::Closed(Reason::Disconnected));
    let heard = ear.taken();
    assert_eq!(heard, all(TIMES)[..heard.len()], "without a gap");
    goes_on(&mut setter);
}
