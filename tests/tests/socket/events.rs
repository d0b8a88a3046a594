//! Calls that go the other way: what a handler calls on the client that called it.

use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use ipc_runtime::Connection;
use tests::desk::{Bell, BellService, DeskClient};

use crate::harness::{serve, watchdog};

/// Hands on what it hears.
struct Ear(Sender<(u32, usize)>);

impl Bell for Ear {
    fn rang(&mut self, time: u32, payload: &[u8]) {
        self.0.send((time, payload.len())).expect("the test listens");
    }
}

fn listen(connection: &mut Connection) -> mpsc::Receiver<(u32, usize)> {
    let (sender, receiver) = mpsc::channel();
    connection.add(BellService(Ear(sender))).expect("there is no other");
    receiver
}

#[test]
fn what_a_handler_calls_back_has_run_when_its_call_returns() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let heard = listen(&mut connection);
    for times in [0, 1, 3, 500] {
        assert_eq!(DeskClient::new(&mut connection).ring(times, b"ding"), Ok(times));
        let heard: Vec<_> = heard.try_iter().collect();
        assert_eq!(heard, (0..times).map(|time| (time, 4)).collect::<Vec<_>>());
    }
}

#[test]
fn events_go_to_the_client_that_caused_them() {
    let _watchdog = watchdog();
    let server = serve();
    let [mut one, mut other] = [server.connect(), server.connect()];
    let [heard_by_one, heard_by_other] = [listen(&mut one), listen(&mut other)];
    DeskClient::new(&mut one).ring(2, b"").expect("an answer");
    DeskClient::new(&mut other).add(1, 1).expect("an answer");
    assert_eq!(heard_by_one.try_iter().count(), 2);
    assert_eq!(heard_by_other.try_iter().count(), 0);
}

#[test]
fn large_events_and_large_calls_at_once_do_not_deadlock() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    let heard = listen(&mut connection);
    let payload = vec![7; 500_000];
    for _ in 0..10 {
        assert_eq!(DeskClient::new(&mut connection).ring(8, &payload), Ok(8));
    }
    assert_eq!(heard.try_iter().count(), 80);
}

#[test]
fn one_way_calls_that_are_answered_with_events_do_not_deadlock() {
    let _watchdog = watchdog();
    let server = serve();
    let mut connection = server.connect();
    connection.set_deadline(Duration::from_secs(10));
    let heard = listen(&mut connection);
    let payload = vec![7; 200_000];
    // 20 MB each way, and nothing is awaited meanwhile.
    for call in 0..100 {
        let sent = DeskClient::new(&mut connection).ring_back(1, &payload);
        assert_eq!(sent, Ok(()), "call {call}");
    }
    assert_eq!(DeskClient::new(&mut connection).add(1, 2), Ok(3));
    assert_eq!(heard.try_iter().count(), 100);
}
