//! What the other side lacks is found out before it is called, and nothing runs for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use ipc_core::codec::{Reader, Writer};
use ipc_runtime::{
    Connection, Decode, DecodeError, Encode, Handle, Missing, Reason, Reply, Schema, Server, Slow,
    Subscribers, service,
};
use tests::desk::{self, AbsentClient, DeskClient, newer};

/// Takes a byte, and does not say that it does.
#[derive(Debug)]
struct ByHand;

impl Encode for ByHand {
    const SCHEMA: Schema = u8::SCHEMA;
    fn encode(&self, w: &mut Writer) {
        0_u8.encode(w);
    }
}

impl<'de> Decode<'de> for ByHand {
    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        u8::decode(r).map(|_| ByHand)
    }
}

#[derive(Debug, Encode, Decode)]
struct Unit;

/// A method of every shape that matters, as the client has it.
#[service]
trait Shapes {
    fn nothing(&mut self);
    fn unit(&mut self, unit: Unit);
    fn by_hand(&mut self, by_hand: ByHand);
    fn both(&mut self, unit: (), text: &str) -> u8;
    fn option(&mut self, option: Option<u8>);
    #[ipc(oneway)]
    fn unheard(&mut self);
    #[ipc(oneway)]
    fn heard(&mut self, text: &str);
    #[ipc(deferred)]
    fn later(&mut self, reply: Reply<u8>);
    #[ipc(deferred)]
    fn later_of(&mut self, of: &[u8], reply: Reply<u8>);
}

/// As somebody else has it: some gone, and all others different.
mod other {
    use super::{ByHand, Reply, Unit, service};

    #[service]
    pub trait Shapes {
        fn nothing(&mut self, more: u8);
        fn unit(&mut self, unit: Unit) -> u8;
        fn by_hand(&mut self, by_hand: ByHand) -> u8;
        fn both(&mut self, text: &str) -> u8;
        #[ipc(oneway)]
        fn unheard(&mut self, more: u8);
        #[ipc(deferred)]
        fn later_of(&mut self, of: &[u16], reply: Reply<u8>);
    }
}

/// Counts what runs.
struct Ran(Arc<AtomicU32>);

impl Ran {
    fn ran(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Shapes for Ran {
    fn nothing(&mut self) {
        self.ran();
    }
    fn unit(&mut self, _: Unit) {
        self.ran();
    }
    fn by_hand(&mut self, _: ByHand) {
        self.ran();
    }
    fn both(&mut self, (): (), _: &str) -> u8 {
        self.ran();
        0
    }
    fn option(&mut self, _: Option<u8>) {
        self.ran();
    }
    fn unheard(&mut self) {
        self.ran();
    }
    fn heard(&mut self, _: &str) {
        self.ran();
    }
    fn later(&mut self, _: Reply<u8>) {
        self.ran();
    }
    fn later_of(&mut self, _: &[u8], _: Reply<u8>) {
        self.ran();
    }
}

impl other::Shapes for Ran {
    fn nothing(&mut self, _: u8) {
        self.ran();
    }
    fn unit(&mut self, _: Unit) -> u8 {
        self.ran();
        0
    }
    fn by_hand(&mut self, _: ByHand) -> u8 {
        self.ran();
        0
    }
    fn both(&mut self, _: &str) -> u8 {
        self.ran();
        0
    }
    fn unheard(&mut self, _: u8) {
        self.ran();
    }
    fn later_of(&mut self, _: &[u16], _: Reply<u8>) {
        self.ran();
    }
}

/// A server that runs until it is dropped.
struct Running {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(make: impl FnOnce() -> Server + Send + 'static) -> (Running, Connection) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let mut server = make();
        sender.send((server.port(), server.handle().expect("a waker"))).expect("it is waited for");
        server.run().expect("the loop goes on");
    });
    let (port, handle) = receiver.recv().expect("the server starts");
    let connection = Connection::connect_trusting_all(port).expect("it listens");
    (Running { handle, thread: Some(thread) }, connection)
}

fn pairs(missing: Vec<Missing>) -> Vec<(&'static str, Reason)> {
    missing.into_iter().map(|missing| (missing.method, missing.reason)).collect()
}

#[test]
fn nothing_is_missing_where_both_sides_have_one_trait_and_nothing_has_run() {
    let ran = Arc::new(AtomicU32::new(0));
    let counted = ran.clone();
    let (_running, mut connection) = serve(move || {
        let mut server = Server::bind_trusting_all(0).expect("a port");
        server.add(ShapesService(Ran(counted))).expect("its first");
        server
    });
    let mut client = ShapesClient::new(&mut connection);
    assert_eq!(client.missing(), Ok(vec![]));
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    // The connection goes on as before.
    assert_eq!(client.both((), "text"), Ok(0));
    client.unheard().expect("it is sent");
    client.nothing().expect("it is there");
    assert_eq!(ran.load(Ordering::Relaxed), 3);
}

#[test]
fn what_the_other_side_lacks_or_has_changed_is_told_by_name() {
    let ran = Arc::new(AtomicU32::new(0));
    let counted = ran.clone();
    let (_running, mut connection) = serve(move || {
        let mut server = Server::bind_trusting_all(0).expect("a port");
        server.add(other::ShapesService(Ran(counted))).expect("its first");
        server
    });
    let missing = ShapesClient::new(&mut connection).missing().expect("it can be asked");
    assert_eq!(
        pairs(missing),
        [
            ("Shapes.nothing", Reason::SignatureChanged),
            // Of `unit` and `by_hand` no more is known than that they are there.
            ("Shapes.both", Reason::SignatureChanged),
            ("Shapes.option", Reason::UnknownMethod),
            ("Shapes.unheard", Reason::SignatureChanged),
            ("Shapes.heard", Reason::UnknownMethod),
            ("Shapes.later", Reason::UnknownMethod),
            ("Shapes.later_of", Reason::SignatureChanged),
        ]
    );
    assert_eq!(ran.load(Ordering::Relaxed), 0);
}

#[test]
fn a_desk_is_asked_for_what_a_newer_one_has() {
    let (_running, mut connection) = serve(|| desk::server().expect("a port"));
    assert_eq!(DeskClient::new(&mut connection).missing(), Ok(vec![]));
    assert_eq!(DeskClient::new(&mut connection).notes(), Ok(vec![]));
    let newer = newer::DeskClient::new(&mut connection).missing().expect("it can be asked");
    let expected = [
        ("Desk.add", Reason::SignatureChanged),
        ("Desk.half", Reason::SignatureChanged),
        ("Desk.subtract", Reason::UnknownMethod),
    ];
    assert_eq!(pairs(newer), expected);
    let absent = AbsentClient::new(&mut connection).missing().expect("it can be asked");
    assert_eq!(pairs(absent.clone()), [("Absent.call", Reason::UnknownService)]);
    let told = absent.first().map(Missing::to_string).unwrap_or_default();
    assert!(told.starts_with("Absent.call: the peer offers no such service"), "{told}");
}

#[test]
fn who_cannot_be_asked_is_an_error() {
    let (running, mut connection) = serve(|| desk::server().expect("a port"));
    drop(running);
    let error = DeskClient::new(&mut connection).missing().expect_err("it is gone");
    assert_eq!(error.reason(), Some(Reason::Disconnected));

    let mut nobody = Subscribers::new(Slow::Newest);
    let error = DeskClient::new(&mut nobody).missing().expect_err("events are not answered");
    assert_eq!(error.reason(), Some(Reason::WouldBlock));
}
