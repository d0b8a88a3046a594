//! Replies that are given after the handler has returned.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use ipc_core::codec::Encode;
use ipc_core::later::{Outbox, Reply};
use ipc_core::method::Method;
use ipc_core::session::Limits;

use crate::ends::{End, Posted};
use crate::store::{LATER, LATER_PANIC, Store};

/// A server whose deferred replies the test holds, and a client.
struct Desk {
    client: End,
    server: End,
    shelf: Rc<RefCell<Vec<(u32, Reply<String>)>>>,
    posted: Arc<Posted>,
}

impl Desk {
    fn new(limits: Limits) -> Desk {
        let (client, mut server) = (End::client(limits), End::new(limits));
        let store = Store::new(&server.log);
        let shelf = store.shelf.clone();
        server.services.0.push(Box::new(store));
        let posted = Arc::new(Posted::default());
        server.outbox = Some(posted.clone() as Arc<dyn Outbox>);
        Desk { client, server, shelf, posted }
    }

    /// Calls, and has the server say what it says at once.
    fn call(&mut self, method: &'static Method, what: Option<u32>) -> Vec<u8> {
        self.client.start(method, |w| {
            if let Some(what) = what {
                what.encode(w);
            }
        });
        self.server.receive(&self.client.take_unsent());
        self.server.take_unsent()
    }

    /// The reply to what was asked for.
    fn reply(&self, what: u32) -> Reply<String> {
        let mut shelf = self.shelf.borrow_mut();
        match shelf.iter().position(|(other, _)| *other == what) {
            Some(at) => shelf.remove(at).1,
            None => panic!("nobody asked for {what}"),
        }
    }

    /// Has the loop send what was posted, and the client receive it.
    fn deliver(&mut self) -> usize {
        let posted = self.posted.take();
        for (connection, frame) in &posted {
            assert_eq!(*connection, 3, "the connection that the call came from");
            self.server.session.append(frame);
        }
        self.client.receive(&self.server.take_unsent());
        posted.len()
    }
}

#[test]
fn a_deferred_call_is_answered_when_its_reply_is_given_and_not_before() {
    let mut desk = Desk::new(Limits::DEFAULT);
    assert_eq!(desk.call(&LATER, Some(1)), [0_u8; 0]);
    assert_eq!(desk.call(&LATER, Some(2)), [0_u8; 0]);
    desk.reply(2).send(&"b".into());
    assert_eq!(desk.deliver(), 1);
    desk.reply(1).send(&"a".into());
    assert_eq!(desk.deliver(), 1);
    assert_eq!(desk.client.story(), ["Store.later 2: [1, 98]", "Store.later 1: [1, 97]"]);
}

#[test]
fn a_deferred_reply_may_be_given_on_another_thread() {
    let mut desk = Desk::new(Limits::DEFAULT);
    desk.call(&LATER, Some(1));
    let reply = desk.reply(1);
    let given = thread::spawn(move || reply.send(&"from afar".into())).join();
    assert!(given.is_ok(), "the thread panicked");
    assert_eq!(desk.deliver(), 1);
    assert_eq!(desk.client.story().len(), 1);
}

#[test]
fn a_deferred_reply_that_is_dropped_is_a_fault() {
    let mut desk = Desk::new(Limits::DEFAULT);
    desk.call(&LATER, Some(1));
    drop(desk.reply(1));
    assert_eq!(desk.deliver(), 1);
    assert_eq!(desk.client.story(), ["Store.later 1: Dropped"]);
}

#[test]
fn a_deferred_reply_that_is_too_large_is_a_fault() {
    let limits = Limits { frame: 64, ..Limits::DEFAULT };
    let mut desk = Desk::new(limits);
    for (what, len) in [(1, 64 - 10), (2, 64 - 9), (3, 10_000)] {
        desk.call(&LATER, Some(what));
        desk.reply(what).send(&"x".repeat(len));
        assert_eq!(desk.deliver(), 1, "{len} bytes");
    }
    let story = desk.client.story();
    assert!(story[0].starts_with("Store.later 1: [54, 120,"), "{story:?}");
    assert_eq!(story[1..], ["Store.later 2: ReplyTooLarge", "Store.later 3: ReplyTooLarge"]);
}

#[test]
fn a_handler_that_panics_with_a_deferred_reply_in_hand_gives_one_answer() {
    let mut desk = Desk::new(Limits::DEFAULT);
    let at_once = desk.call(&LATER_PANIC, None);
    desk.client.receive(&at_once);
    desk.deliver();
    // A second answer would be ignored here, but not by whoever has the id next.
    let frames = desk.client.story().len() + desk.posted.take().len();
    assert_eq!((frames, at_once.is_empty()), (1, true));
    assert_eq!(desk.client.story(), ["Store.later_panic 1: Dropped"]);
}

#[test]
fn a_deferred_method_that_is_called_one_way_is_not_answered() {
    static ONE_WAY: Method = Method::new(
        "Store",
        "later",
        "",
        ipc_core::schema::Schema::signature().argument(u32::SCHEMA).returns(str::SCHEMA),
    )
    .oneway();
    let mut desk = Desk::new(Limits::DEFAULT);
    for what in [1, 2] {
        assert_eq!(desk.call(&ONE_WAY, Some(what)), [0_u8; 0]);
    }
    desk.reply(1).send(&"a".into());
    drop(desk.reply(2));
    assert_eq!(desk.deliver(), 0);
}

#[test]
fn where_nothing_can_be_sent_later_a_deferred_call_is_dropped_at_once() {
    let mut desk = Desk::new(Limits::DEFAULT);
    desk.server.outbox = None;
    let at_once = desk.call(&LATER, Some(1));
    desk.client.receive(&at_once);
    assert_eq!(desk.client.story(), ["Store.later 1: Dropped"]);
    desk.reply(1).send(&"too late".into());
    assert_eq!(desk.deliver(), 0);
}

#[test]
fn what_is_appended_goes_between_whole_frames_only() {
    let mut desk = Desk::new(Limits::DEFAULT);
    desk.call(&LATER, Some(1));
    // A call of the server's own that is not ended yet is dropped, not cut in two.
    desk.server.session.begin_call(&LATER, 0).put_bytes(b"half");
    desk.reply(1).send(&"a".into());
    assert_eq!(desk.deliver(), 1);
    assert_eq!(desk.client.story(), ["Store.later 1: [1, 97]"]);
    assert_eq!(desk.client.ended, None);
}
