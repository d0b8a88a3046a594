//! Two connected ends in memory, and the faults that a transport can have.
//!
//! ```text
//!   End ── write ─→ | Pipe: at most 64 KiB | ─→ read ── End      and the same the other way
//! ```
//!
//! Each end waits as a socket does, for as long as its timeouts say.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Connection;
use crate::transport::{Attempt, NO_SOCKET, Raw, Stream, Transport};

/// Bytes that one way holds before its writer has to wait: about what a socket does.
const ROOM: usize = 64 * 1024;

/// Two ends of one connection in memory, for tests and for use within one process. They are what
/// connections over sockets are, with the same limits, deadlines and errors; when one is dropped,
/// the other is closed. Neither blocks here.
///
/// Give one of them to another thread, which calls [`run`](Connection::run) on it. Or keep both on
/// one thread, [start](crate::Pipeline::start) calls and [`poll`](Connection::poll) each end in
/// turn.
///
/// ```
/// use ipc_runtime::{pair, service};
///
/// #[service]
/// trait Sum {
///     fn add(&mut self, a: u32, b: u32) -> u32;
/// }
///
/// struct Here;
///
/// impl Sum for Here {
///     fn add(&mut self, a: u32, b: u32) -> u32 {
///         a + b
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut calling, mut serving) = pair();
/// serving.add(SumService(Here))?;
/// let thread = std::thread::spawn(move || serving.run());
///
/// assert_eq!(SumClient::new(&mut calling).add(2, 40), Ok(42));
/// drop(calling);
/// assert_eq!(thread.join().expect("no panic"), Ok(()));
/// # Ok(())
/// # }
/// ```
pub fn pair() -> (Connection, Connection) {
    pair_with(Plan::default())
}

/// As [`pair`], with faults at places that are planned: to see what becomes of a service and its
/// callers when a connection fails them.
///
/// ```
/// use ipc_runtime::{CallError, Faults, Plan, pair_with, service};
///
/// #[service]
/// trait Purse {
///     fn pay(&mut self, amount: u32) -> u32;
/// }
///
/// struct Coins(u32);
///
/// impl Purse for Coins {
///     fn pay(&mut self, amount: u32) -> u32 {
///         self.0 -= amount;
///         self.0
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The answer is cut off after 3 bytes: the call has run, and the caller cannot know.
/// let plan = Plan { back: Faults::NONE.cut_at(3), ..Plan::default() };
/// let (mut calling, mut serving) = pair_with(plan);
/// serving.add(PurseService(Coins(100)))?;
/// std::thread::spawn(move || serving.run());
///
/// let paid = PurseClient::new(&mut calling).pay(1);
/// assert!(matches!(paid, Err(CallError::MayHaveRun(_))));
/// # Ok(())
/// # }
/// ```
pub fn pair_with(plan: Plan) -> (Connection, Connection) {
    let link = Arc::new(Link {
        ways: Mutex::new(Ways {
            there: Way::new(plan.there),
            back: Way::new(plan.back),
            end: None,
        }),
        moved: Condvar::new(),
    });
    link.ways().look_for_ends();
    let end = |side| {
        let (read, write) = (Cell::new(u32::MAX), Cell::new(u32::MAX));
        Connection::over(Box::new(End { link: link.clone(), side, read, write }))
    };
    (end(Side::First), end(Side::Second))
}

/// What goes wrong on a connection in memory, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// From the first end of the pair to the second.
    pub there: Faults,
    /// From the second end to the first.
    pub back: Faults,
}

/// What goes wrong one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Reads and writes move one byte each.
    bytewise: bool,
    /// After so many bytes of this way.
    fault: Option<(u64, Fault)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Cut,
    Reset,
    /// `None`: for ever.
    Stall(Option<Duration>),
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Faults = Faults { bytewise: false, fault: None };

    /// Each read and each write moves one byte: frames come in all the pieces that they can.
    #[must_use]
    pub const fn one_byte_at_a_time(self) -> Faults {
        Faults { bytewise: true, ..self }
    }

    /// The connection is gone, both ways, when `bytes` have been written this way. They still
    /// arrive, and so does what was under way the other way: as if the writer had died.
    #[must_use]
    pub const fn cut_at(self, bytes: u64) -> Faults {
        Faults { fault: Some((bytes, Fault::Cut)), ..self }
    }

    /// The connection is gone, both ways, when `bytes` have been written this way, and what is
    /// under way either way is lost.
    #[must_use]
    pub const fn reset_at(self, bytes: u64) -> Faults {
        Faults { fault: Some((bytes, Fault::Reset)), ..self }
    }

    /// What comes behind the first `bytes` is held back, for this long from when it is written.
    #[must_use]
    pub const fn stall_at(self, bytes: u64, time: Duration) -> Faults {
        Faults { fault: Some((bytes, Fault::Stall(Some(time)))), ..self }
    }

    /// What comes behind the first `bytes` never arrives, and the connection stays open.
    #[must_use]
    pub const fn stall_for_ever_at(self, bytes: u64) -> Faults {
        Faults { fault: Some((bytes, Fault::Stall(None))), ..self }
    }
}

/// What both ends share.
struct Link {
    ways: Mutex<Ways>,
    /// Something was read or written, or the connection has ended.
    moved: Condvar,
}

struct Ways {
    there: Way,
    back: Way,
    end: Option<Ending>,
}

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// What was written still arrives.
    Closed,
    /// Nothing does.
    Reset,
}

/// One way through a connection.
struct Way {
    faults: Faults,
    bytes: VecDeque<u8>,
    /// Bytes that have been written, those that have been read included.
    written: u64,
    /// When the byte was written at which this way stalls.
    stalled: Option<Instant>,
}

impl Link {
    /// Nothing that panics is done while it is locked.
    fn ways(&self) -> MutexGuard<'_, Ways> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, ending: Ending) {
        self.ways().end.get_or_insert(ending);
        self.moved.notify_all();
    }
}

impl Ways {
    /// Ends the connection if a fault that does has been reached.
    fn look_for_ends(&mut self) {
        for way in [&mut self.there, &mut self.back] {
            match way.faults.fault {
                Some((at, Fault::Cut)) if way.written >= at => self.end = Some(Ending::Closed),
                Some((at, Fault::Reset)) if way.written >= at => self.end = Some(Ending::Reset),
                _ => {}
            }
        }
    }
}

impl Way {
    fn new(faults: Faults) -> Way {
        Way { faults, bytes: VecDeque::new(), written: 0, stalled: None }
    }

    /// How many bytes a read may take now, and when there will be more without anybody's doing.
    fn there_is(&self, now: Instant) -> (usize, Option<Instant>) {
        let mut most = if self.faults.bytewise { 1 } else { usize::MAX };
        let mut next = None;
        if let Some((at, Fault::Stall(time))) = self.faults.fault {
            let passes = self.stalled.zip(time).and_then(|(since, time)| since.checked_add(time));
            if passes.is_none_or(|passes| passes > now) {
                let read = self.written - self.bytes.len() as u64;
                most = most.min(usize::try_from(at.saturating_sub(read)).unwrap_or(usize::MAX));
                next = passes;
            }
        }
        (self.bytes.len().min(most), next)
    }

    fn read(&mut self, into: &mut [u8], most: usize) -> usize {
        let n = most.min(into.len());
        for (slot, byte) in into.iter_mut().zip(self.bytes.drain(..n)) {
            *slot = byte;
        }
        n
    }

    /// How many of so many bytes a write may put in now.
    fn room_for(&self, bytes: usize) -> usize {
        let mut most = if self.faults.bytewise { 1 } else { ROOM };
        if let Some((at, Fault::Cut | Fault::Reset)) = self.faults.fault {
            let left = at.saturating_sub(self.written);
            most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        bytes.min(most).min(ROOM - self.bytes.len())
    }

    fn write(&mut self, from: &[u8]) {
        self.bytes.extend(from);
        self.written += from.len() as u64;
        if let Some((at, Fault::Stall(_))) = self.faults.fault
            && self.written > at
        {
            self.stalled.get_or_insert_with(Instant::now);
        }
    }
}

/// One end, as a connection has it.
struct End {
    link: Arc<Link>,
    side: Side,
    /// Milliseconds that a read and a write may block.
    read: Cell<u32>,
    write: Cell<u32>,
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Second,
}

impl End {
    /// Does what can be done, or waits until it can. `act` does it, or says when it is worth
    /// trying again though nothing has moved.
    fn wait(
        &self,
        timeout: u32,
        waits: bool,
        mut act: impl FnMut(&mut Ways) -> Result<Attempt, Option<Instant>>,
    ) -> Attempt {
        let until = Instant::now().checked_add(Duration::from_millis(timeout.into()));
        let mut ways = self.link.ways();
        loop {
            let next = match act(&mut ways) {
                Ok(attempt) => {
                    drop(ways);
                    self.link.moved.notify_all();
                    return attempt;
                }
                Err(next) => next,
            };
            let now = Instant::now();
            let until = until.into_iter().chain(next).min();
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(now));
            if !waits || left.is_zero() && next.is_none_or(|next| next > now) {
                return Attempt::NotNow;
            }
            let waited = self.link.moved.wait_timeout(ways, left);
            ways = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Transport for End {
    fn read(&mut self, into: &mut [u8], waits: bool) -> Attempt {
        let side = self.side;
        self.wait(self.read.get(), waits, |ways| {
            if ways.end == Some(Ending::Reset) {
                return Ok(Attempt::Failed);
            }
            let end = ways.end;
            let way = match side {
                Side::First => &mut ways.back,
                Side::Second => &mut ways.there,
            };
            match way.there_is(Instant::now()) {
                // What is held back for ever is lost at the end.
                (0, None) if end.is_some() => Ok(Attempt::Moved(0)),
                (0, next) => Err(next),
                (n, _) => Ok(Attempt::Moved(way.read(into, n))),
            }
        })
    }

    fn write(&mut self, from: &[u8], waits: bool) -> Attempt {
        let side = self.side;
        self.wait(self.write.get(), waits, |ways| {
            if ways.end.is_some() {
                return Ok(Attempt::Failed);
            }
            let way = match side {
                Side::First => &mut ways.there,
                Side::Second => &mut ways.back,
            };
            let n = way.room_for(from.len());
            if n == 0 {
                return Err(None);
            }
            way.write(from.get(..n).unwrap_or_default());
            ways.look_for_ends();
            Ok(Attempt::Moved(n))
        })
    }
}

impl Stream for End {
    fn set_timeouts(&self, read: u32, write: u32) {
        self.read.set(read);
        self.write.set(write);
    }

    fn shut_down(&self) {
        self.link.end(Ending::Closed);
    }

    fn raw(&self) -> Raw {
        NO_SOCKET
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.shut_down();
    }
}
