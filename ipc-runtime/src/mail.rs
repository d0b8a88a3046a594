//! What is sent on a connection by others than the handler that is at work: replies that were
//! deferred, and events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipc_core::later::{Letter, Outbox, Slow};
use ipc_core::list::push;
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
    /// Gets it out of its waiting, where it can be.
    waker: Option<Arc<dyn Wake>>,
}

/// What waits to send.
pub(crate) trait Wake: Send + Sync {
    /// Gets it out of its waiting.
    fn wake(&self);
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

/// The id of no call.
const NO_CALL: u32 = 0;

/// Where in a list a connection of this number is.
pub(crate) fn place(line: u64) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let place = line as u32;
    place as usize
}

/// A letter, and the connection that it is for. Empty: the connection broke the protocol, and is to
/// be closed.
pub(crate) struct Parcel {
    pub(crate) line: u64,
    letter: Letter,
}

#[inline(never)]
fn keep(parcels: &mut Vec<Parcel>, line: u64, letter: &Letter) {
    push(parcels, Parcel { line, letter: letter.clone() });
}

impl Mailbox {
    pub(crate) fn new(waker: Option<Arc<dyn Wake>>) -> Mailbox {
        Mailbox { mail: Mutex::default(), awake: AtomicBool::new(true), waker }
    }

    /// The sender does not wait now.
    pub(crate) fn stay_awake(&self) {
        self.awake.store(true, Ordering::SeqCst);
    }

    /// Takes what is to be sent; the sender does not wait now.
    #[inline(never)]
    pub(crate) fn take(&self) -> Vec<Parcel> {
        self.stay_awake();
        self.with(|mail| std::mem::take(&mut mail.parcels))
    }

    /// There is one more connection.
    pub(crate) fn connected(&self, line: u64) {
        self.with(|mail| {
            while mail.lines.len() <= place(line) {
                push(&mut mail.lines, Line { number: NOBODY, open: Vec::new() });
            }
            if let Some(there) = mail.lines.get_mut(place(line)) {
                there.number = line;
            }
        });
    }

    /// A connection is gone, and nobody waits for its answers any more. The calls that nobody can
    /// answer from now on.
    #[inline(never)]
    pub(crate) fn gone(&self, line: u64) -> Vec<Open> {
        self.with(|mail| {
            let Some(there) = mail.line(line) else { return Vec::new() };
            there.number = NOBODY;
            std::mem::take(&mut there.open)
        })
    }

    /// A caller waits no more.
    #[inline(never)]
    pub(crate) fn cancelled(&self, line: u64, id: u32) {
        self.with(|mail| {
            if let Some(open) = mail.call(line, id) {
                open.cancelled = true;
            }
        });
    }

    /// How many calls of a connection are to be answered later.
    #[inline(never)]
    pub(crate) fn open_calls(&self, line: u64) -> usize {
        self.with(|mail| mail.line(line).map_or(0, |line| line.open.len()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Mail) -> T) -> T {
        let mut mail = self.lock();
        let done = act(&mut mail);
        self.unlock(mail);
        done
    }

    #[inline(never)]
    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If there is something to send then, the sender is woken if it waits.
    #[inline(never)]
    fn unlock(&self, mail: MutexGuard<'_, Mail>) {
        let posted = !mail.parcels.is_empty();
        drop(mail);
        // One wake-up for all that is posted while the sender is at it.
        if posted
            && !self.awake.swap(true, Ordering::SeqCst)
            && let Some(waker) = &self.waker
        {
            waker.wake();
        }
    }
}

/// What a loop with many connections needs beside.
#[cfg(feature = "server")]
impl Mailbox {
    /// The sender begins to wait. `false`: it must not, there is something to send.
    pub(crate) fn sleep(&self) -> bool {
        self.with(|mail| {
            let waits = mail.parcels.is_empty();
            self.awake.store(!waits, Ordering::SeqCst);
            waits
        })
    }

    /// Whether anything of a connection is to be answered or sent: what has been answered and not
    /// taken yet is no less under way.
    pub(crate) fn is_busy(&self, line: u64) -> bool {
        self.with(|mail| {
            let open = mail.line(line).is_some_and(|line| !line.open.is_empty());
            open || mail.parcels.iter().any(|parcel| parcel.line == line)
        })
    }
}

impl Mail {
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
        self.with(|mail| {
            if mail.call(line, id).is_some() {
                let letter = Letter { frame: Arc::default(), topic: 0, slow: None };
                keep(&mut mail.parcels, line, &letter);
            } else if let Some(line) = mail.line(line) {
                push(&mut line.open, Open { id, cancelled: false });
            }
        });
    }

    fn is_open(&self, line: u64, id: u32) -> bool {
        self.with(|mail| mail.call(line, id).is_some_and(|open| !open.cancelled))
    }

    fn post(&self, line: u64, id: u32, letter: &Letter) -> bool {
        self.with(|mail| {
            let Some(there) = mail.line(line) else { return false };
            if id != NO_CALL {
                let Some(at) = there.open.iter().position(|open| open.id == id) else {
                    return false;
                };
                there.open.swap_remove(at);
            }
            keep(&mut mail.parcels, line, letter);
            true
        })
    }
}

/// The events that a connection is behind with.
#[derive(Default)]
pub(crate) struct Backlog(Vec<Parcel>);

impl Backlog {
    /// Whether events wait for what is unsent to be sent.
    #[cfg(feature = "server")]
    pub(crate) fn is_behind(&self) -> bool {
        !self.0.is_empty()
    }

    /// Does what a parcel says.
    #[inline(never)]
    pub(crate) fn put(&mut self, session: &mut Session, parcel: &Parcel) -> Result<(), Gone> {
        let Parcel { line, letter } = parcel;
        if letter.frame.is_empty() {
            return Err(Gone);
        }
        let (room, most) = match letter.slow {
            None => (usize::MAX, 0),
            Some(Slow::Newest) => (0, 1),
            Some(Slow::DropOldest(most) | Slow::Disconnect(most)) => (BACKLOG, most.max(1)),
        };
        if letter.slow.is_none() || self.0.is_empty() && session.unsent_len() <= room {
            session.append(&letter.frame);
            return Ok(());
        }
        // As many as may wait do: of those before, the first has to go.
        let mut left = most;
        let over = self.0.iter().rposition(|other| {
            left -= usize::from(other.letter.topic == letter.topic);
            left == 0
        });
        if let Some(oldest) = over {
            if let Some(Slow::Disconnect(_)) = letter.slow {
                return Err(Gone);
            }
            self.remove(oldest);
        }
        keep(&mut self.0, *line, letter);
        Ok(())
    }

    #[inline(never)]
    fn remove(&mut self, at: usize) -> Arc<Vec<u8>> {
        self.0.remove(at).letter.frame
    }

    /// Hands events on to a session that has sent what it had. `true`: some are left.
    #[inline(never)]
    pub(crate) fn refill(&mut self, session: &mut Session) -> bool {
        if session.unsent_len() == 0 {
            while session.unsent_len() < BACKLOG && !self.0.is_empty() {
                session.append(&self.remove(0));
            }
        }
        !self.0.is_empty()
    }
}
