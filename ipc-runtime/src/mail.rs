//! What is sent on a connection by others than the handler that is at work: replies that were
//! deferred, and events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ipc_core::later::{Event, Outbox, Slow};
use ipc_core::session::Session;

/// Bytes of a session that are waiting to be sent, above which events wait outside of it, where
/// they can still give way to newer ones.
const BACKLOG: usize = 64 * 1024;

/// The connection of a parcel is gone, or has to go.
pub(crate) struct Gone;

/// Where all threads put what is to be sent, and the one that does the sending finds it.
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
    /// The one that does the sending looks here before it next waits.
    awake: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Mail {
    /// The connections, by the lower half of their numbers.
    lines: Vec<Line>,
    parcels: Vec<Parcel>,
}

/// A connection, or a place where one was.
struct Line {
    number: u64,
    /// Calls that are to be answered.
    open: Vec<Open>,
}

/// A call that is to be answered. It is, and counts, even if its caller waits no more: its id is
/// not free before, and its handler is at work still.
pub(crate) struct Open {
    pub(crate) id: u32,
    cancelled: bool,
}

/// The number of no connection.
const NOBODY: u64 = u64::MAX;

/// Where in a list a connection of this number is.
pub(crate) fn place(line: u64) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let place = line as u32;
    place as usize
}

/// Something to be sent on a connection.
#[derive(Clone)]
pub(crate) struct Parcel {
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "a blocking connection is alone")
    )]
    pub(crate) line: u64,
    /// A whole frame. Empty: the connection broke the protocol, and is to be closed.
    frame: Arc<[u8]>,
    topic: u32,
    /// For an event: what happens when it cannot be sent at once.
    slow: Option<Slow>,
}

impl Mailbox {
    /// `wake` gets the sender out of its waiting.
    pub(crate) fn new(wake: Box<dyn Fn() + Send + Sync>) -> Mailbox {
        Mailbox { mail: Mutex::default(), awake: AtomicBool::new(true), wake }
    }

    /// The sender does not wait now.
    pub(crate) fn stay_awake(&self) {
        self.awake.store(true, Ordering::SeqCst);
    }

    /// Takes what is to be sent; the sender does not wait now.
    pub(crate) fn take(&self) -> Vec<Parcel> {
        self.stay_awake();
        let mut parcels = Vec::new();
        self.with(&mut |mail| {
            std::mem::swap(&mut parcels, &mut mail.parcels);
            false
        });
        parcels
    }

    /// There is one more connection.
    pub(crate) fn connected(&self, line: u64) {
        self.with(&mut |mail| {
            while mail.lines.len() <= place(line) {
                mail.lines.push(Line { number: NOBODY, open: Vec::new() });
            }
            if let Some(there) = mail.lines.get_mut(place(line)) {
                there.number = line;
            }
            false
        });
    }

    /// A connection is gone, and nobody waits for its answers any more.
    pub(crate) fn gone(&self, line: u64) {
        self.with(&mut |mail| {
            if let Some(there) = mail.line(line) {
                there.number = NOBODY;
                there.open = Vec::new();
            }
            false
        });
    }

    /// A caller waits no more.
    pub(crate) fn cancelled(&self, line: u64, id: u32) {
        self.with(&mut |mail| {
            if let Some(open) = mail.call(line, id) {
                open.cancelled = true;
            }
            false
        });
    }

    /// How many calls of a connection are to be answered later.
    pub(crate) fn open_calls(&self, line: u64) -> usize {
        let mut calls = 0;
        self.with(&mut |mail| {
            calls = mail.line(line).map_or(0, |line| line.open.len());
            false
        });
        calls
    }

    /// Does something with the mail. `true`: there is something to send, the sender is woken if it
    /// waits. The lock is taken in one place, as that is most of what all of this takes.
    #[inline(never)]
    fn with(&self, act: &mut dyn FnMut(&mut Mail) -> bool) {
        let posted = act(&mut self.mail.lock().unwrap_or_else(PoisonError::into_inner));
        // One wake-up for all that is posted while the sender is at it.
        if posted && !self.awake.swap(true, Ordering::SeqCst) {
            (self.wake)();
        }
    }
}

/// What a loop with many connections needs beside.
#[cfg(feature = "server")]
impl Mailbox {
    /// The sender begins to wait. `false`: it must not, there is something to send.
    pub(crate) fn sleep(&self) -> bool {
        self.awake.store(false, Ordering::SeqCst);
        let mut empty = true;
        self.with(&mut |mail| {
            empty = mail.parcels.is_empty();
            false
        });
        empty
    }

    /// Whether anything of a connection is to be answered or sent: what has been answered and not
    /// taken yet is no less under way.
    pub(crate) fn is_busy(&self, line: u64) -> bool {
        let mut busy = false;
        self.with(&mut |mail| {
            busy = mail.line(line).is_some_and(|line| !line.open.is_empty())
                || mail.parcels.iter().any(|parcel| parcel.line == line);
            false
        });
        busy
    }

    /// As [`Mailbox::gone`], and says what is to be sent still, and which calls nobody can answer
    /// any more: at once, so that no reply is given in between. For when the server ends, which
    /// then looks at nothing that was posted.
    pub(crate) fn finish(&self, line: u64) -> (Vec<Parcel>, Vec<Open>) {
        let (mut parcels, mut open) = (Vec::new(), Vec::new());
        self.with(&mut |mail| {
            if let Some(line) = mail.line(line) {
                line.number = NOBODY;
                open = std::mem::take(&mut line.open);
            }
            for parcel in &mail.parcels {
                if parcel.line == line {
                    parcels.push(parcel.clone());
                }
            }
            false
        });
        (parcels, open)
    }
}

impl Mail {
    #[inline(never)]
    fn post(&mut self, line: u64, frame: Arc<[u8]>, topic: u32, slow: Option<Slow>) {
        self.parcels.push(Parcel { line, frame, topic, slow });
    }

    #[inline(never)]
    fn line(&mut self, line: u64) -> Option<&mut Line> {
        self.lines.get_mut(place(line)).filter(|there| there.number == line)
    }

    #[inline(never)]
    fn call(&mut self, line: u64, id: u32) -> Option<&mut Open> {
        self.line(line)?.open.iter_mut().find(|open| open.id == id)
    }
}

impl Outbox for Mailbox {
    fn open(&self, line: u64, id: u32) {
        self.with(&mut |mail| {
            let twice = mail.call(line, id).is_some();
            if twice {
                mail.post(line, Arc::default(), 0, None);
            } else if let Some(line) = mail.line(line) {
                line.open.push(Open { id, cancelled: false });
            }
            twice
        });
    }

    fn is_open(&self, line: u64, id: u32) -> bool {
        let mut open = false;
        self.with(&mut |mail| {
            open = mail.call(line, id).is_some_and(|open| !open.cancelled);
            false
        });
        open
    }

    fn answer(&self, line: u64, id: u32, frame: Arc<[u8]>) {
        self.with(&mut |mail| {
            let Some(there) = mail.line(line) else { return false };
            let Some(at) = there.open.iter().position(|open| open.id == id) else { return false };
            there.open.swap_remove(at);
            mail.post(line, frame.clone(), 0, None);
            true
        });
    }

    fn post(&self, line: u64, event: Event) -> bool {
        let mut there = false;
        self.with(&mut |mail| {
            there = mail.line(line).is_some();
            if there {
                mail.post(line, event.frame.clone(), event.topic, Some(event.slow));
            }
            there
        });
        there
    }
}

/// The events that a connection is behind with.
#[derive(Default)]
pub(crate) struct Backlog(Vec<Parcel>);

impl Backlog {
    /// Does what a parcel says. `true`: events wait for what is unsent to be sent.
    #[inline(never)]
    pub(crate) fn put(&mut self, session: &mut Session, parcel: &Parcel) -> Result<bool, Gone> {
        if parcel.frame.is_empty() {
            return Err(Gone);
        }
        let (room, most) = match parcel.slow {
            None => (usize::MAX, 0),
            Some(Slow::Newest) => (0, 1),
            Some(Slow::DropOldest(most) | Slow::Disconnect(most)) => (BACKLOG, most.max(1)),
        };
        let same = |other: &Parcel| other.topic == parcel.topic;
        if parcel.slow.is_none() || self.0.is_empty() && session.unsent().len() <= room {
            session.append(&parcel.frame);
            return Ok(!self.0.is_empty());
        }
        // Not counted, which would take more code than all of the rest.
        if self.0.iter().filter(|other| same(other)).nth(most.saturating_sub(1)).is_some() {
            if let Some(Slow::Disconnect(_)) = parcel.slow {
                return Err(Gone);
            }
            if let Some(oldest) = self.0.iter().position(same) {
                self.0.remove(oldest);
            }
        }
        self.0.push(parcel.clone());
        Ok(true)
    }

    /// Hands events on to a session that has sent what it had. `true`: some are left.
    #[inline(never)]
    pub(crate) fn refill(&mut self, session: &mut Session) -> bool {
        if session.unsent().is_empty() {
            while session.unsent().len() < BACKLOG && !self.0.is_empty() {
                session.append(&self.0.remove(0).frame);
            }
        }
        !self.0.is_empty()
    }
}
