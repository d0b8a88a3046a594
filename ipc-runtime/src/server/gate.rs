//! Who is let in: the server's side of the handshake (WIRE.md §7).
//!
//! A server without a key has no gate, and a program that has no other servers has nothing of this
//! in it: that is what the traits are for.

use std::any::Any;

use ipc_core::auth::{ServerHandshake, Step};

use super::ServerLimits;
use super::client::{Client, Gone};
use super::clients::Slots;
use crate::endpoint::{Endpoint, Published};
use crate::transport::{Attempt, Transport};

/// Lets clients in.
pub(super) trait Gate {
    /// Begins the handshake with one more client. `None`: there are as many clients as may be, or
    /// nothing unpredictable could be had to begin it with.
    fn greet(&self, slots: &mut Slots, limits: &ServerLimits, now: u32) -> Option<Greeting>;

    /// How clients find the server.
    fn endpoint(&self) -> &Endpoint;
}

/// A handshake with one client that has begun.
pub(super) struct Greeting {
    pub(super) go_on: GoOn,
    pub(super) state: Box<dyn Any>,
}

/// Goes on with a client's handshake, and reads nothing that it has sent behind that. `true`: it is
/// done.
pub(super) type GoOn = fn(&mut Client) -> Result<bool, Gone>;

/// An endpoint that the user hands over.
impl Gate for Endpoint {
    fn greet(&self, slots: &mut Slots, limits: &ServerLimits, now: u32) -> Option<Greeting> {
        if !make_room(slots, limits, now) {
            return None;
        }
        Some(Greeting { go_on, state: Box::new(self.server_handshake().ok()?) })
    }

    fn endpoint(&self) -> &Endpoint {
        self
    }
}

/// An endpoint whose file is there as long as this is.
impl Gate for Published {
    fn greet(&self, slots: &mut Slots, limits: &ServerLimits, now: u32) -> Option<Greeting> {
        Published::endpoint(self).greet(slots, limits, now)
    }

    fn endpoint(&self) -> &Endpoint {
        Published::endpoint(self)
    }
}

/// Closes the oldest of the clients that have not proved themselves, if they are as many as may
/// be. `false`: those that have are.
fn make_room(slots: &mut Slots, limits: &ServerLimits, now: u32) -> bool {
    let (mut proved, mut pending) = (0, 0);
    let mut oldest: Option<(u32, &mut Option<Box<Client>>)> = None;
    for slot in slots.iter_mut() {
        match slot {
            None => {}
            Some(client) if client.is_pending() => {
                let age = now.wrapping_sub(client.since);
                pending += 1;
                if oldest.as_ref().is_none_or(|(other, _)| age > *other) {
                    oldest = Some((age, slot));
                }
            }
            Some(_) => proved += 1,
        }
    }
    if pending >= limits.handshakes
        && let Some((_, slot)) = oldest
    {
        *slot = None;
    }
    proved < limits.clients
}

fn go_on(client: &mut Client) -> Result<bool, Gone> {
    let Client { stream, beside, .. } = client;
    let state = beside.as_mut().and_then(|state| state.downcast_mut::<ServerHandshake>());
    let handshake = state.ok_or(Gone)?;
    loop {
        let n = match stream.read(handshake.space(), false) {
            Attempt::Moved(n @ 1..) => n,
            Attempt::NotNow => return Ok(false),
            Attempt::Moved(0) | Attempt::Failed => return Err(Gone),
        };
        match handshake.filled(n) {
            Step::NeedMore => {}
            // A socket that has no room for its first 48 bytes is none to go on with.
            Step::Send(hello) if stream.write(hello, false) == Attempt::Moved(hello.len()) => {}
            Step::Done => return Ok(true),
            Step::Send(_) | Step::Refuse => return Err(Gone),
        }
    }
}
