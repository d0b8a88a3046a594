//! Who is there, who has proved itself, and who has to go.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::LACK;
use crate::limits::ServerLimits;
use crate::sys::socket;

/// Threads that may be on their way out, beside those of clients.
const LEAVING: usize = 32;

/// Who is there.
#[derive(Default)]
pub(super) struct Crowd {
    guests: Mutex<Guests>,
    /// A thread has ended.
    left: Condvar,
    pub(super) stop: AtomicBool,
}

#[derive(Default)]
pub(super) struct Guests {
    /// In the order in which they came.
    there: Vec<Guest>,
    /// Threads that there are, those included whose clients are no guests any more.
    threads: usize,
    last: u64,
}

/// One who has come.
struct Guest {
    id: u64,
    stream: Arc<TcpStream>,
    /// It has yet to prove itself.
    pending: bool,
}

impl Guest {
    /// Has its thread end, as soon as its handler has returned.
    fn close(&self) {
        socket::hang_up(&self.stream);
    }
}

impl Guests {
    /// How many have proved themselves.
    pub(super) fn clients(&self) -> usize {
        self.there.iter().filter(|guest| !guest.pending).count()
    }
}

impl Crowd {
    /// Nothing that panics is done while it is locked.
    pub(super) fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        for guest in &self.guests().there {
            guest.close();
        }
    }

    /// Takes one in; the oldest of those who have not proved themselves has to go if they are as
    /// many as may be. `None`: those who have are.
    pub(super) fn enter(
        self: &Arc<Crowd>,
        stream: &Arc<TcpStream>,
        pending: bool,
        limits: &ServerLimits,
    ) -> Option<Leave> {
        let mut guests = self.guests();
        if guests.clients() >= limits.clients {
            return None;
        }
        let waiting = guests.there.len() - guests.clients();
        if waiting >= limits.handshakes
            && let Some(oldest) = guests.there.iter().position(|guest| guest.pending)
        {
            guests.there.remove(oldest).close();
        }
        // Who had to go takes a moment for it, and those who come must not pile up meanwhile.
        while guests.threads >= guests.there.len() + LEAVING && !self.is_stopped() {
            let waited = self.left.wait_timeout(guests, LACK);
            guests = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        guests.last += 1;
        guests.threads += 1;
        let id = guests.last;
        guests.there.push(Guest { id, stream: stream.clone(), pending });
        Some(Leave { crowd: self.clone(), id })
    }

    /// One has proved itself. `false`: it had to go meanwhile, or those who have are as many as may
    /// be.
    pub(super) fn proved(&self, id: u64, most: usize) -> bool {
        let mut guests = self.guests();
        let room = guests.clients() < most;
        let guest = guests.there.iter_mut().find(|guest| guest.id == id);
        guest.filter(|_| room).map(|guest| guest.pending = false).is_some() && !self.is_stopped()
    }
}

/// Held by a client's thread for as long as it is there.
pub(super) struct Leave {
    pub(super) crowd: Arc<Crowd>,
    pub(super) id: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut guests = self.crowd.guests();
        guests.there.retain(|guest| guest.id != self.id);
        guests.threads -= 1;
        self.crowd.left.notify_all();
    }
}
