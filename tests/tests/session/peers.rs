//! Calls the other way, made while a call is served.

use ipc_core::codec::Encode;
use ipc_core::error::Reason;
use ipc_core::session::Limits;

use crate::ends::{End, Pair};
use crate::store::{ASK, HALF, RING};

#[test]
fn one_way_calls_to_the_peer_come_before_the_reply_and_in_order() {
    let (mut client, mut server) = (End::client(Limits::DEFAULT), End::server(Limits::DEFAULT));
    client.start(&RING, |w| 3_u8.encode(w));
    server.receive(&client.take_unsent());
    client.receive(&server.take_unsent());
    assert_eq!(client.story(), ["ring 0", "ring 1", "ring 2", "Store.ring 1: []"]);
    assert_eq!(client.take_unsent(), [0_u8; 0], "one-way calls are not answered");
}

#[test]
fn a_peer_that_would_have_to_be_waited_for_is_not_called() {
    let mut pair = Pair::new(Limits::DEFAULT);
    let reason = pair.call::<u8>(&ASK, |_| {});
    assert_eq!(reason, Ok(Reason::WouldBlock as u8));
    assert_eq!(pair.client.story(), [""; 0], "nothing but the reply is sent");
}

#[test]
fn a_call_to_the_peer_that_is_begun_and_left_is_not_sent() {
    let (mut client, mut server) = (End::client(Limits::DEFAULT), End::server(Limits::DEFAULT));
    client.start(&HALF, |_| {});
    server.receive(&client.take_unsent());
    client.receive(&server.take_unsent());
    assert_eq!(client.story(), ["Store.half 1: []"]);
    assert_eq!(client.ended, None);
}

#[test]
fn a_call_to_the_peer_that_is_too_large_or_too_late_is_an_error_to_the_handler() {
    use ipc_core::codec::Reader;
    use ipc_core::error::DecodeError;
    use ipc_core::method::Method;
    use ipc_core::service::{Call, Caller, Service};

    use crate::store::BELL;

    struct Shouter;
    impl Service for Shouter {
        fn methods(&self) -> &'static [Method] {
            std::slice::from_ref(&RING)
        }
        fn dispatch(&mut self, _: usize, call: &mut Call<'_>) -> Result<(), DecodeError> {
            let _: &mut Reader<'_> = call.args();
            let mut peer = call.peer();
            peer.begin(&BELL).put_bytes(&[0; 1000]);
            let reason = peer.post().err().map(|problem| problem.reason as u8);
            reason.encode(call.reply());
            Ok(())
        }
    }
    for (closed, expected) in [(false, Reason::RequestTooLarge), (true, Reason::Disconnected)] {
        let mut pair = Pair::new(Limits { frame: 100, ..Limits::DEFAULT });
        pair.server.services.0 = vec![Box::new(Shouter)];
        if closed {
            pair.server.session.close(Reason::Disconnected);
        }
        let reason = pair.call::<Option<u8>>(&RING, |w| 0_u8.encode(w));
        assert_eq!(reason, Ok(Some(expected as u8)), "closed: {closed}");
    }
}
