//! What handlers get at beyond the session: with nothing there, with an address alone, and on a loop.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use ipc_core::codec::Encode;
use ipc_core::error::{DecodeError, Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::{Keeper, Ticket};
use ipc_core::later::{Address, Letter, Outbox, PeerHandle, Slow, Subscribers};
use ipc_core::method::Method;
use ipc_core::pending::Pipeline;
use ipc_core::service::{self, Call, Caller, Calls, Host, Keeping, Line, Service};
use ipc_core::session::{Limits, Session};

use crate::ends::{End, Posted};
use crate::store::{ADD, BELL, BELL_STATE};

/// Does what the test says with each call, and answers with nothing.
struct Scripted(Script);

type Script = Box<dyn FnMut(&mut Call<'_>)>;

impl Service for Scripted {
    fn methods(&self) -> &'static [Method] {
        std::slice::from_ref(&ADD)
    }

    fn dispatch(&mut self, _: usize, call: &mut Call<'_>) -> Result<(), DecodeError> {
        (self.0)(call);
        Ok(())
    }
}

/// Has one call served by a script, on a line that is this address, or none.
fn on(outbox: Option<Arc<dyn Outbox>>, script: impl FnMut(&mut Call<'_>) + 'static) {
    let (mut client, mut server) = (End::client(Limits::DEFAULT), End::new(Limits::DEFAULT));
    server.services.0.push(Box::new(Scripted(Box::new(script))));
    server.outbox = outbox;
    client.start(&ADD, |w| (1_u32, 2_u32).encode(w));
    server.receive(&client.take_unsent());
}

fn reason<T>(outcome: Result<T, Problem>) -> Option<Reason> {
    outcome.err().map(|problem| problem.reason)
}

/// A ticket of another connection: nobody here can have one.
fn foreign_ticket() -> Ticket {
    let mut session = Session::new(Limits::DEFAULT);
    session.begin_call(&BELL_STATE, 0);
    let call = session.end_call().expect("it fits");
    Keeper::default().keep(call, 1)
}

#[test]
fn a_peer_waits_for_nothing_where_nothing_may_wait() {
    let seen = Rc::new(RefCell::new(0));
    for outbox in [None, Some(Arc::new(Posted::default()) as Arc<dyn Outbox>)] {
        let counted = seen.clone();
        let has_line = outbox.is_some();
        on(outbox, move |call| {
            let mut peer = call.peer();
            peer.begin(&BELL_STATE);
            assert_eq!(reason(peer.finish()), Some(Reason::WouldBlock));
            peer.begin(&BELL_STATE);
            assert_eq!(reason(peer.start()), Some(Reason::WouldBlock));
            let ticket = foreign_ticket();
            assert_eq!((ticket.call().method, ticket.method()), (&BELL_STATE, &BELL_STATE));
            // Without a line there is nothing that could ever be answered.
            assert_eq!(peer.is_answered(&ticket), !has_line);
            assert_eq!(reason(peer.wait(ticket)), Some(Reason::WouldBlock));
            let told = counted.clone();
            // What is done then is sent to no other thread by this line, and may not be `Send`.
            let (done, ask) = std::sync::mpsc::channel();
            peer.then(
                foreign_ticket(),
                Box::new(move |answer| {
                    done.send(reason(answer)).expect("the test asks");
                }),
            );
            assert_eq!(
                ask.try_recv(),
                Ok(Some(Reason::WouldBlock)),
                "whatever is there, it is told"
            );
            *told.borrow_mut() += 1;
        });
    }
    assert_eq!(*seen.borrow(), 2, "both scripts have run");
}

/// A loop's line, on which one call may be under way.
struct Loop(Keeper);

impl Line for Loop {
    fn address(&self) -> Option<Address> {
        None
    }

    fn calls(&mut self) -> Calls<'_> {
        Calls::Kept(Keeping { keeper: &mut self.0, most: 1, run: |then, answer| then(answer) })
    }
}

/// What is unsent on one side arrives at the other.
fn carry(from: &mut Session, to: &mut Session) {
    let bytes = from.unsent().to_vec();
    from.sent(bytes.len());
    to.receive(&bytes);
}

/// Has a call that comes to the near side served by a script, on this line.
fn on_loop(
    near: &mut Session,
    far: &mut Session,
    line: &mut Loop,
    script: impl FnMut(&mut Call<'_>) + 'static,
) {
    far.begin_call(&ADD, 0);
    far.end_call().expect("it fits");
    carry(far, near);
    let Ok(Some(Frame { head: Head::Call(call), payload })) = near.next() else {
        panic!("it is a call")
    };
    let run: service::Run = |service, index, call| Some(service.dispatch(index, call));
    let mut scripted = Scripted(Box::new(script));
    let host = Host { service: Ok(&mut scripted), run, line: Some(line) };
    service::serve(near, host, &call, payload);
}

#[test]
fn on_a_loop_as_many_calls_are_started_as_may_be_and_none_is_waited_for() {
    let [mut near, mut far] = [(); 2].map(|()| Session::new(Limits::DEFAULT));
    let mut line = Loop(Keeper::default());
    on_loop(&mut near, &mut far, &mut line, |call| {
        let mut peer = call.peer();
        peer.begin(&BELL_STATE);
        let first = peer.start().expect("there is room for one");
        peer.begin(&BELL_STATE);
        assert_eq!(reason(peer.start()), Some(Reason::Busy));
        assert_eq!(reason(peer.wait(first)), Some(Reason::WouldBlock));
    });
    assert_eq!(line.0.open(), 1, "what was started is kept");
}

#[test]
fn on_a_loop_a_later_handler_takes_the_answer_that_has_come() {
    let [mut near, mut far] = [(); 2].map(|()| Session::new(Limits::DEFAULT));
    let mut line = Loop(Keeper::default());
    let (keep, kept) = std::sync::mpsc::channel();
    on_loop(&mut near, &mut far, &mut line, move |call| {
        let mut peer = call.peer();
        peer.begin(&BELL_STATE);
        keep.send(peer.start().expect("there is room for one")).expect("the test asks");
    });
    let ticket = kept.recv().expect("it was started");
    far.drop_call(ticket.call().id);
    carry(&mut far, &mut near);
    let answer = near.next().expect("it keeps to the protocol").expect("it is there");
    line.0.answered(&near, ticket.call().id, answer);
    let (tell, told) = std::sync::mpsc::channel();
    let mut ticket = Some(ticket);
    on_loop(&mut near, &mut far, &mut line, move |call| {
        let ticket = ticket.take().expect("it is called once");
        tell.send(reason(call.peer().wait(ticket))).expect("the test asks");
    });
    assert_eq!(told.recv(), Ok(Some(Reason::Dropped)), "what the other side said of it");
}

#[test]
fn a_handle_where_nothing_can_be_sent_later_is_that_of_a_connection_that_is_gone() {
    let seen = Rc::new(RefCell::new(false));
    let told = seen.clone();
    on(None, move |call| {
        let mut handle = call.handle();
        handle.begin(&BELL);
        assert_eq!(reason(handle.post()), Some(Reason::Disconnected));
        let mut subscribers = Subscribers::new(Slow::Newest);
        assert!(subscribers.is_empty());
        subscribers.add(&handle);
        subscribers.add(&handle);
        assert_eq!(subscribers.len(), 2, "nobody knows whether they are the same");
        subscribers.begin(&BELL);
        assert_eq!(subscribers.post(), Ok(()), "an event to nobody");
        assert!(subscribers.is_empty(), "who is gone is forgotten");
        *told.borrow_mut() = true;
    });
    assert!(*seen.borrow());
    let nowhere = Address::nowhere();
    nowhere.outbox.open(0, 1);
    assert!(!nowhere.outbox.is_open(0, 1), "nobody waits there");
    let letter = Letter { frame: Arc::default(), topic: 0, slow: None };
    assert!(!nowhere.outbox.post(0, 1, &letter));
    assert_eq!(PeerHandle::new(nowhere, 64).id(), 0);
}
