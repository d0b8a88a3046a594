//! The connections of a server: who comes in, who has to go, and whose turn it is.

use ipc_core::session::Buffers;
use mio::net::{TcpListener, TcpStream};
use mio::{Registry, Token};

use super::ServerLimits;
use super::client::{Client, Gone, Shared};
use super::gate::Gate;
use crate::OsError;
use crate::offer::Services;
use crate::sys::socket;

/// Connections accepted at a time, so that a flood of them does not keep the others waiting.
const ACCEPTS: usize = 16;

/// Milliseconds from one look at the times to the next, while there are any.
const TICK: u32 = 50;

pub(super) struct Clients {
    pub(super) listener: TcpListener,
    /// Who is let in; without it, everybody.
    pub(super) gate: Option<Box<dyn Gate>>,
    /// Indexed by token.
    slots: Vec<Option<Box<Client>>>,
    pub(super) shared: Shared,
    /// Something is left to be done at once.
    more: bool,
    /// When the times are to be looked at next, if there are any.
    tick: Option<u32>,
    /// Connections may be waiting to be accepted.
    accept: bool,
}

impl Clients {
    pub(super) fn new(listener: TcpListener) -> Clients {
        let limits = ServerLimits::DEFAULT;
        Clients {
            listener,
            gate: None,
            slots: Vec::new(),
            shared: Shared { services: Services::new(), spare: Buffers::default(), limits },
            more: false,
            tick: None,
            accept: false,
        }
    }

    /// Milliseconds until [`Clients::catch_up`] wants to be called; `None`: whenever.
    pub(super) fn timeout(&self) -> Option<u32> {
        match self.tick {
            _ if self.more => Some(0),
            Some(tick) => Some(tick.wrapping_sub(socket::now()).min(TICK)),
            None => None,
        }
    }

    /// Goes on with what was left, and closes what has taken too long.
    pub(super) fn catch_up(&mut self, registry: &Registry) {
        if std::mem::take(&mut self.more) {
            for index in 0..self.slots.len() {
                if matches!(self.slots.get(index), Some(Some(client)) if client.more) {
                    self.serve(index, true);
                }
            }
            if self.accept && self.tick.is_none() {
                self.accept(registry);
            }
        }
        if self.tick.is_some_and(|tick| socket::now().wrapping_sub(tick) <= u32::MAX / 2) {
            self.tick = None;
            self.close_overdue();
            if self.accept {
                self.accept(registry);
            }
        }
    }

    #[cold]
    fn close_overdue(&mut self) {
        let now = socket::now();
        for index in 0..self.slots.len() {
            let Some(Some(client)) = self.slots.get(index) else { continue };
            let limits = &self.shared.limits;
            let time = if client.is_pending() { limits.handshake_time } else { limits.stall_time };
            if !client.is_timed() {
                continue;
            }
            if now.wrapping_sub(client.since) >= time {
                self.close(index);
            } else {
                self.start_ticking(now);
            }
        }
    }

    fn start_ticking(&mut self, now: u32) {
        self.tick.get_or_insert(now.wrapping_add(TICK));
    }

    /// Accepts who is waiting, some at a time.
    pub(super) fn accept(&mut self, registry: &Registry) {
        self.accept = true;
        for _ in 0..ACCEPTS {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream, registry),
                Err(error) => {
                    let nobody = socket::is_transient(OsError::from(error).0);
                    self.accept = !nobody;
                    if !nobody {
                        // No descriptors, most likely. The system does not tell when there are
                        // some again.
                        self.start_ticking(socket::now());
                    }
                    return;
                }
            }
        }
        self.more = true;
    }

    /// Makes room for a connection, or turns it away.
    fn admit(&mut self, stream: TcpStream, registry: &Registry) {
        let now = socket::now();
        let (mut free, mut oldest, mut pending, mut clients) = (None, None, 0, 0);
        for (index, slot) in self.slots.iter().enumerate() {
            match slot {
                None => free = Some(index),
                Some(client) if client.is_pending() => {
                    pending += 1;
                    let age = now.wrapping_sub(client.since);
                    if oldest.is_none_or(|(_, other)| age > other) {
                        oldest = Some((index, age));
                    }
                }
                Some(_) => clients += 1,
            }
        }
        let greeting = match &self.gate {
            Some(gate) => match gate.greet() {
                Some(greeting) => Some(greeting),
                None => return,
            },
            None => None,
        };
        let limits = &self.shared.limits;
        if clients >= limits.clients {
            return;
        }
        if let Some((oldest, _)) = oldest
            && pending >= limits.handshakes
        {
            self.close(oldest);
            free = Some(oldest);
        }
        let index = free.unwrap_or(self.slots.len());
        let limits = &self.shared.limits;
        let Ok(client) = Client::new(stream, greeting, limits, registry, Token(index), now) else {
            return;
        };
        if client.is_pending() {
            self.start_ticking(now);
        }
        match self.slots.get_mut(index) {
            Some(slot) => *slot = Some(client),
            None => self.slots.push(Some(client)),
        }
    }

    /// Does what can be done for a client without waiting for it. `ending`: its end may be there
    /// already, behind what it sent.
    pub(super) fn serve(&mut self, index: usize, ending: bool) {
        let Some(Some(client)) = self.slots.get_mut(index) else { return };
        let was_pending = client.is_pending();
        match client.serve(&mut self.shared, ending) {
            Ok(more) => {
                client.more = more;
                self.more |= more;
                if client.is_timed() {
                    let now = socket::now();
                    if !was_pending {
                        client.since = now;
                    }
                    self.start_ticking(now);
                }
            }
            Err(Gone) => self.close(index),
        }
    }

    #[inline(never)]
    fn close(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = None;
        }
    }
}
