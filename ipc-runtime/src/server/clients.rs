//! The connections of a server: who comes in, who has to go, and whose turn it is.

use ipc_core::list::push;
use ipc_core::session::Buffers;
use mio::Registry;
use mio::net::{TcpListener, TcpStream};

use super::ServerLimits;
use super::client::{Client, Gone, Shared};
use super::gate::{Gate, Greeting};
use crate::OsError;
use crate::offer::Services;
use crate::sys::socket;

/// Connections accepted at a time, so that a flood of them does not keep the others waiting.
const ACCEPTS: usize = 16;

/// Milliseconds from one look at the times to the next, while there are any.
pub(super) const TICK: u32 = 50;

/// Clients, indexed by token.
pub(super) type Slots = Vec<Option<Box<Client>>>;

/// Another listener: behind a `dyn`, because most servers have none.
pub(crate) trait Accept {
    /// Takes a connection that does not block, or says why there is none. If only nobody waits, it
    /// is for the same reason as `elsewhere`: that there are none there may change without notice.
    fn accept(&self, elsewhere: OsError) -> Result<TcpStream, OsError>;
}

pub(super) struct Clients {
    pub(super) listener: TcpListener,
    /// Where else connections come from.
    pub(super) local: Option<Box<dyn Accept + Send>>,
    /// Who is let in; without it, everybody.
    pub(super) gate: Option<Box<dyn Gate + Send>>,
    slots: Slots,
    pub(super) shared: Shared,
    /// Something is left to be done at once.
    pub(super) more: bool,
    /// Whose turn is first when something is left.
    turn: usize,
    /// Something has to happen within a time, or be tried again.
    pub(super) timed: bool,
    /// When the times were looked at last.
    looked: u32,
    /// Connections may be waiting to be accepted.
    pub(super) accept: bool,
}

impl Clients {
    pub(super) fn new(listener: TcpListener, gate: Option<Box<dyn Gate + Send>>) -> Clients {
        let limits = ServerLimits::DEFAULT;
        Clients {
            listener,
            local: None,
            gate,
            slots: Vec::new(),
            shared: Shared {
                services: Services::new(),
                spare: Buffers::default(),
                limits,
                pause: None,
                pauses: None,
                hooks: None,
                post: None,
            },
            more: false,
            turn: 0,
            timed: false,
            looked: 0,
            accept: false,
        }
    }

    /// Milliseconds after which [`Clients::catch_up`] wants to be called; `None`: whenever.
    pub(super) fn timeout(&self) -> Option<u64> {
        match self.timed {
            _ if self.more => Some(0),
            true => Some(TICK.into()),
            false => None,
        }
    }

    /// Sends what was posted.
    pub(super) fn deliver(&mut self) {
        if let Some(hooks) = self.shared.hooks {
            (hooks.deliver)(self);
        }
    }

    /// Goes on with what was left, and closes what has taken too long.
    pub(super) fn catch_up(&mut self) {
        if self.more {
            self.more = false;
            // Another each time, so that nobody is always last when time is up.
            self.turn = if self.turn + 1 < self.slots.len() { self.turn + 1 } else { 0 };
            for index in (self.turn..self.slots.len()).chain(0..self.turn) {
                if matches!(self.slots.get(index), Some(Some(client)) if client.more) {
                    self.serve(index, true);
                }
            }
        }
        if self.timed {
            self.look_at_times();
        }
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The client in a slot, if there is one.
    pub(super) fn client(&mut self, slot: usize) -> Option<&mut Client> {
        self.slots.get_mut(slot)?.as_deref_mut()
    }

    /// Sends what was appended for a client; goes on with what that held up.
    #[inline(never)]
    pub(super) fn send(&mut self, slot: usize) {
        let Some(client) = self.client(slot) else { return };
        match client.send() {
            Ok(more) => {
                client.more |= more;
                let timed = client.is_timed();
                self.more |= more;
                self.timed |= timed;
            }
            Err(Gone) => self.close(slot),
        }
    }

    /// How many have proved themselves.
    pub(super) fn count(&self) -> usize {
        self.slots.iter().flatten().filter(|client| !client.is_pending()).count()
    }

    /// What all clients have of something.
    pub(super) fn sum(&self, of: fn(&Client) -> usize) -> usize {
        self.slots.iter().flatten().map(|client| of(client)).sum()
    }

    /// Whether any client has something to be answered or sent.
    pub(super) fn is_busy(&self) -> bool {
        self.slots.iter().flatten().any(|client| client.is_busy())
    }

    /// Tells all clients that nothing more will be served, and lets go of them.
    pub(super) fn say_goodbye(&mut self) {
        if let Some(hooks) = self.shared.hooks {
            (hooks.goodbye)(self);
        }
        for mut client in self.slots.drain(..).flatten() {
            if !client.is_pending() {
                client.say_goodbye();
            }
        }
    }

    /// Closes those whose time is up; at most once a tick.
    #[inline(never)]
    fn look_at_times(&mut self) {
        let now = socket::lately();
        if now.wrapping_sub(self.looked) < TICK {
            return;
        }
        self.looked = now;
        self.timed = false;
        let limits = &self.shared.limits;
        for slot in &mut self.slots {
            let Some(client) = slot else { continue };
            let time = if client.is_pending() { limits.handshake_time } else { limits.stall_time };
            if !client.is_timed() {
                continue;
            }
            if now.wrapping_sub(client.since) < time {
                self.timed = true;
            } else {
                *slot = None;
            }
        }
    }

    /// Accepts who is waiting, if anybody is, some at a time.
    pub(super) fn accept(&mut self, registry: &Registry) {
        if !self.accept {
            return;
        }
        for _ in 0..ACCEPTS {
            let accepted = match socket::accept(&self.listener) {
                Ok(stream) => Ok(stream),
                Err(error) => self.local.as_ref().map_or(Err(error), |local| local.accept(error)),
            };
            match accepted {
                Ok(stream) => self.admit(stream, registry),
                Err(OsError(code)) => {
                    self.accept = !socket::is_transient(code);
                    // No descriptors, most likely, and the system does not tell when there are
                    // some again.
                    self.timed |= self.accept;
                    return;
                }
            }
        }
        self.more = true;
    }

    /// Lets nobody in any more.
    pub(super) fn stop_accepting(&mut self, registry: &Registry) {
        // It is on its way out: what cannot be deregistered is closed soon.
        let _ = registry.deregister(&mut self.listener);
        self.local = None;
        self.accept = false;
    }

    /// Takes a connection in, or turns it away.
    fn admit(&mut self, stream: TcpStream, registry: &Registry) {
        let now = socket::lately();
        let limits = &self.shared.limits;
        let mut client = Client::new(stream, limits, now);
        let mut most = limits.clients;
        if let Some(gate) = &self.gate {
            most = 0;
            if let Some(Greeting { go_on, state }) = gate.greet(&mut self.slots, limits, now) {
                most = usize::MAX;
                client.greeting = Some(go_on);
                client.beside = Some(state);
            }
        }
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if free >= most || client.register(registry, free).is_err() {
            return;
        }
        self.timed |= client.is_pending();
        match self.slots.get_mut(free) {
            Some(slot) => *slot = Some(client),
            None => push(&mut self.slots, Some(client)),
        }
    }

    /// A client takes nothing more; what it has sent may still be there.
    pub(super) fn gone(&mut self, index: usize) {
        if let Some(client) = self.client(index) {
            client.gone = true;
        }
    }

    /// Does what can be done for a client without waiting for it. `ending`: its end may be there
    /// already, behind what it sent.
    pub(super) fn serve(&mut self, index: usize, ending: bool) {
        let Some(Some(client)) = self.slots.get_mut(index) else { return };
        match client.serve(&mut self.shared, ending) {
            Ok(more) => {
                client.more = more;
                self.more |= more;
                self.timed |= client.is_timed();
            }
            Err(Gone) => self.close(index),
        }
    }

    #[inline(never)]
    pub(super) fn close(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = None;
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::expect_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::local::LocalListener;

    /// Here and not with the other tests, because who has no descriptors left for one listener seldom
    /// gets some before it asks the other.
    #[test]
    fn a_listener_that_failed_is_tried_again_though_nobody_waits_at_the_other() {
        let listener = socket::listen(0).expect("a free port");
        socket::stop_listening(&listener);
        let poll = mio::Poll::new().expect("a poll");
        let endpoint = Endpoint::new(socket::port(&listener)).expect("it is random");
        let local = LocalListener::new(&endpoint, poll.registry(), mio::Token(0));
        let mut clients = Clients::new(TcpListener::from_std(listener), None);
        clients.local = Some(Box::new(local.expect("a free name")));
        clients.accept = true;
        clients.accept(poll.registry());
        assert!(clients.accept);
        assert_eq!(clients.timeout(), Some(TICK.into()));
    }
}
