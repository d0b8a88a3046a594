//! What is sent on a connection by others than the handler that is at work: replies that were
//! deferred, and events.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// The connections that there are.
    lines: Vec<u64>,
    /// Calls that are to be answered.
    open: Vec<Open>,
    parcels: Vec<(u64, Parcel)>,
}

/// A call that is to be answered. It is, and counts, even if its caller waits no more: its id is
/// not free before, and its handler is at work still.
struct Open {
    line: u64,
    id: u32,
    cancelled: bool,
}

impl Open {
    fn is(&self, line: u64, id: u32) -> bool {
        self.line == line && self.id == id
    }
}

/// Something to be done on a connection.
pub(crate) enum Parcel {
    /// Send an answer.
    Answer(Vec<u8>),
    /// Send an event.
    Event(Event),
    /// Close it: it broke the protocol.
    Close,
}

impl Mailbox {
    /// `wake` gets the sender out of its waiting.
    pub(crate) fn new(wake: Box<dyn Fn() + Send + Sync>) -> Mailbox {
        Mailbox { mail: Mutex::default(), awake: AtomicBool::new(true), wake }
    }

    /// Takes what is to be sent; the sender does not wait now.
    pub(crate) fn take(&self) -> Vec<(u64, Parcel)> {
        self.awake.store(true, Ordering::SeqCst);
        std::mem::take(&mut self.mail().parcels)
    }

    /// There is one more connection.
    pub(crate) fn connected(&self, line: u64) {
        self.mail().lines.push(line);
    }

    /// A connection is gone, and nobody waits for its answers any more.
    pub(crate) fn gone(&self, line: u64) {
        let mut mail = self.mail();
        mail.lines.retain(|other| *other != line);
        mail.open.retain(|open| open.line != line);
        mail.parcels.retain(|(other, _)| *other != line);
    }

    /// A caller waits no more.
    pub(crate) fn cancelled(&self, line: u64, id: u32) {
        if let Some(open) = self.mail().open.iter_mut().find(|open| open.is(line, id)) {
            open.cancelled = true;
        }
    }

    fn post(&self, mut mail: MutexGuard<'_, Mail>, line: u64, parcel: Parcel) {
        mail.parcels.push((line, parcel));
        drop(mail);
        // One wake-up for all that is posted while the sender is at it.
        if !self.awake.swap(true, Ordering::SeqCst) {
            (self.wake)();
        }
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a loop with many connections needs beside.
#[cfg(feature = "server")]
impl Mailbox {
    /// The sender begins to wait. `false`: it must not, there is something to send.
    pub(crate) fn sleep(&self) -> bool {
        self.awake.store(false, Ordering::SeqCst);
        self.mail().parcels.is_empty()
    }

    /// As [`Mailbox::gone`], and says what is to be sent still, and which calls nobody can answer
    /// any more: at once, so that no reply is given in between.
    pub(crate) fn finish(&self, line: u64) -> (Vec<Parcel>, Vec<u32>) {
        let mut mail = self.mail();
        mail.lines.retain(|other| *other != line);
        let open = mail.open.extract_if(.., |open| open.line == line).map(|open| open.id).collect();
        let parcels = mail.parcels.extract_if(.., |(other, _)| *other == line);
        (parcels.map(|(_, parcel)| parcel).collect(), open)
    }

    /// Calls of a connection that are to be answered later.
    pub(crate) fn open_calls(&self, line: u64) -> usize {
        self.mail().open.iter().filter(|open| open.line == line).count()
    }

    /// Whether anything of a connection is to be answered or sent: what has been answered and not
    /// taken yet is no less under way.
    pub(crate) fn is_busy(&self, line: u64) -> bool {
        let mail = self.mail();
        let open = mail.open.iter().any(|open| open.line == line);
        open || mail.parcels.iter().any(|(other, _)| *other == line)
    }
}

impl Outbox for Mailbox {
    fn open(&self, line: u64, id: u32) {
        let mut mail = self.mail();
        if mail.open.iter().any(|open| open.is(line, id)) {
            self.post(mail, line, Parcel::Close);
        } else {
            mail.open.push(Open { line, id, cancelled: false });
        }
    }

    fn is_open(&self, line: u64, id: u32) -> bool {
        self.mail().open.iter().any(|open| open.is(line, id) && !open.cancelled)
    }

    fn answer(&self, line: u64, id: u32, frame: Vec<u8>) {
        let mut mail = self.mail();
        if let Some(at) = mail.open.iter().position(|open| open.is(line, id)) {
            mail.open.swap_remove(at);
            self.post(mail, line, Parcel::Answer(frame));
        }
    }

    fn post(&self, line: u64, event: Event) -> bool {
        let mail = self.mail();
        let there = mail.lines.contains(&line);
        if there {
            self.post(mail, line, Parcel::Event(event));
        }
        there
    }
}

/// The events that a connection is behind with.
#[derive(Default)]
pub(crate) struct Backlog(VecDeque<(u32, Arc<[u8]>)>);

impl Backlog {
    /// Does what a parcel says.
    pub(crate) fn put(&mut self, session: &mut Session, parcel: Parcel) -> Result<(), Gone> {
        match parcel {
            Parcel::Answer(frame) => session.append(&frame),
            Parcel::Event(event) => return self.event(session, event),
            Parcel::Close => return Err(Gone),
        }
        Ok(())
    }

    fn event(&mut self, session: &mut Session, event: Event) -> Result<(), Gone> {
        let Event { frame, topic, slow } = event;
        let waiting = self.0.iter().filter(|(other, _)| *other == topic).count();
        let room = if slow == Slow::Newest { 0 } else { BACKLOG };
        if waiting == 0 && session.unsent().len() <= room {
            session.append(&frame);
            return Ok(());
        }
        let most = match slow {
            Slow::Newest => 1,
            Slow::DropOldest(most) | Slow::Disconnect(most) => most.max(1),
        };
        if waiting >= most {
            if let Slow::Disconnect(_) = slow {
                return Err(Gone);
            }
            if let Some(oldest) = self.0.iter().position(|(other, _)| *other == topic) {
                self.0.remove(oldest);
            }
        }
        self.0.push_back((topic, frame));
        Ok(())
    }

    /// Hands an event on to a session that has sent what it had. `false`: there is none, or no
    /// room. One at a time, so that the others can still give way to newer ones.
    pub(crate) fn refill(&mut self, session: &mut Session) -> bool {
        let next = if session.unsent().is_empty() { self.0.pop_front() } else { None };
        next.is_some_and(|(_, frame)| {
            session.append(&frame);
            true
        })
    }
}
