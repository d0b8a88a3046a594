//! What a client has when services send later, call back, or are made for each client anew.

use std::net::SocketAddr;
use std::sync::Arc;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::later::{Address, Outbox, PeerHandle};
use ipc_core::pending::{Keeper, Then, Ticket};
use ipc_core::service::{Line, Service};
use ipc_core::session::{Answer, Session, Started};
use mio::net::TcpStream;

use super::{Handle, ServerLimits};
use crate::mail::{Backlog, Gone, Mailbox, Parcel};
use crate::offer::{Services, guard};
use crate::sys::socket;

/// Makes parties, and finds them for what is sent later. Behind a `dyn`, as parties are: most
/// servers have none, and programs of theirs nothing of this in them.
pub(super) trait Post {
    /// What the client in this slot has.
    fn party(&mut self, slot: usize, stream: &TcpStream, limits: &ServerLimits) -> Box<dyn Party>;

    /// Has a service made for each client.
    fn add(&mut self, make: Make);

    /// The loop is about to wait. `false`: it must not, there is something to send.
    fn sleep(&self) -> bool;

    /// What is to be sent, and the slots of those whom it is for.
    fn take(&self) -> Vec<(usize, u64, Parcel)>;
}

/// One client's.
pub(super) trait Party {
    /// What the client is called in the mailbox.
    fn id(&self) -> u64;

    /// The client's own service of this name, and what its handlers get at.
    fn host(&mut self, service: u32) -> (Option<&mut dyn Service>, Option<&mut dyn Line>);

    /// A frame came that is no call.
    fn frame(&mut self, session: &mut Session, frame: Frame);

    /// Whether the client has as many calls under way as it may have.
    fn is_full(&self) -> bool;

    /// Whether calls are to be answered, on either side.
    fn is_open(&self) -> bool;

    /// Does what a parcel says.
    fn put(&mut self, session: &mut Session, parcel: Parcel) -> Result<(), Gone>;

    /// Hands an event on to a session that has sent what it had. `false`: there is none, or no room.
    fn refill(&mut self, session: &mut Session) -> bool;

    /// Takes in what was posted, and answers the calls that nobody will answer any more.
    fn drop_open(&mut self, session: &mut Session);

    /// Whether the client has calls to answer.
    fn is_asked(&self) -> bool;

    /// Gives up on calls that the client did not answer in time. `true`: some are left.
    fn give_up(&mut self, session: &mut Session, now: u32) -> bool;
}

/// Makes a service for a client.
pub(super) type Make = Box<dyn FnMut(&PeerInfo) -> Box<dyn Service>>;

/// A client that has come and, where there is a key, proved that it has it.
#[derive(Clone)]
pub struct PeerInfo {
    handle: PeerHandle,
    address: Option<SocketAddr>,
    process: Option<u32>,
}

impl PeerInfo {
    /// A number that no other client of the server has or will have.
    pub fn id(&self) -> u64 {
        self.handle.id()
    }

    /// What calls the client's one-way methods at any time, from any thread.
    pub fn handle(&self) -> &PeerHandle {
        &self.handle
    }

    /// Where it comes from; `None` on a Unix-domain socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Its process, where the operating system says: on a Unix-domain socket.
    pub fn process(&self) -> Option<u32> {
        self.process
    }
}

/// The one kind of post.
pub(super) struct Postbox {
    mailbox: Arc<Mailbox>,
    makes: Vec<Make>,
    clients: u32,
}

impl Postbox {
    pub(super) fn new(handle: Handle) -> Postbox {
        let mailbox = Arc::new(Mailbox::new(Box::new(move || handle.wake())));
        Postbox { mailbox, makes: Vec::new(), clients: 0 }
    }
}

/// The slot is half of a client's number: finding it takes no search.
const SLOT_BITS: u32 = 32;

impl Post for Postbox {
    fn party(&mut self, slot: usize, stream: &TcpStream, limits: &ServerLimits) -> Box<dyn Party> {
        self.clients = self.clients.wrapping_add(1);
        let line = (u64::from(self.clients) << SLOT_BITS) | slot as u64;
        self.mailbox.connected(line);
        let mut party = Own {
            lane: Lane {
                line,
                mailbox: self.mailbox.clone(),
                keeper: Keeper::default(),
                most: limits.in_flight,
                deadline: limits.deadline,
            },
            backlog: Backlog::default(),
            services: Services::new(),
        };
        if !self.makes.is_empty() {
            let to = party.lane.to();
            let info = PeerInfo {
                handle: PeerHandle::new(to, limits.connection.frame),
                address: stream.peer_addr().ok(),
                process: socket::process(stream),
            };
            for make in &mut self.makes {
                if let Some(service) = guard(|| make(&info)) {
                    // Two of one name: the first is found.
                    let _ = party.services.add(service);
                }
            }
        }
        Box::new(party)
    }

    fn add(&mut self, make: Make) {
        self.makes.push(make);
    }

    fn sleep(&self) -> bool {
        self.mailbox.sleep()
    }

    fn take(&self) -> Vec<(usize, u64, Parcel)> {
        let parcels = self.mailbox.take().into_iter();
        let slot = |line: u64| usize::try_from(line & u64::from(u32::MAX)).unwrap_or(usize::MAX);
        parcels.map(|(line, parcel)| (slot(line), line, parcel)).collect()
    }
}

/// The one kind of party.
struct Own {
    lane: Lane,
    backlog: Backlog,
    services: Services,
}

impl Party for Own {
    fn id(&self) -> u64 {
        self.lane.line
    }

    fn host(&mut self, service: u32) -> (Option<&mut dyn Service>, Option<&mut dyn Line>) {
        (self.services.find(service).ok(), Some(&mut self.lane))
    }

    fn frame(&mut self, session: &mut Session, frame: Frame) {
        let lane = &mut self.lane;
        match frame.head {
            Head::Reply(id) | Head::Fault(id) => lane.keeper.answered(session, id, frame),
            Head::Cancel(id) => lane.mailbox.cancelled(lane.line, id),
            Head::Call(_) => {}
        }
    }

    fn is_full(&self) -> bool {
        self.lane.mailbox.open_calls(self.lane.line) >= self.lane.most
    }

    fn is_open(&self) -> bool {
        self.is_asked() || self.lane.mailbox.is_busy(self.lane.line)
    }

    fn put(&mut self, session: &mut Session, parcel: Parcel) -> Result<(), Gone> {
        self.backlog.put(session, parcel)
    }

    fn refill(&mut self, session: &mut Session) -> bool {
        self.backlog.refill(session)
    }

    fn drop_open(&mut self, session: &mut Session) {
        let (parcels, open) = self.lane.mailbox.finish(self.lane.line);
        for parcel in parcels {
            // One that is to be closed is.
            let _ = self.backlog.put(session, parcel);
        }
        for id in open {
            session.drop_call(id);
        }
    }

    fn is_asked(&self) -> bool {
        self.lane.keeper.open() > 0
    }

    fn give_up(&mut self, session: &mut Session, now: u32) -> bool {
        self.lane.keeper.give_up(session, now).is_some()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.lane.mailbox.gone(self.lane.line);
        self.lane.keeper.fail(Reason::Disconnected);
    }
}

/// What handlers get at, on a loop that must not wait.
struct Lane {
    line: u64,
    mailbox: Arc<Mailbox>,
    keeper: Keeper,
    most: usize,
    deadline: u32,
}

impl Lane {
    fn to(&self) -> Address {
        Address { outbox: self.mailbox.clone() as Arc<dyn Outbox>, line: self.line }
    }
}

impl Line for Lane {
    fn address(&self) -> Option<Address> {
        Some(self.to())
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn finish<'s>(&mut self, session: &'s mut Session) -> Result<Answer<'s>, Problem> {
        Err(refused(session.abandon_call(), Reason::WouldBlock))
    }

    fn start(&mut self, session: &mut Session) -> Result<Ticket, Problem> {
        if self.keeper.open() >= self.most {
            return Err(refused(session.abandon_call(), Reason::Busy));
        }
        let call = session.end_call()?;
        Ok(self.keeper.keep(call, socket::now(), self.deadline))
    }

    fn wait(&mut self, session: &mut Session, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        match self.keeper.is_answered(&ticket) {
            true => self.keeper.take(&ticket, session),
            false => Err(refused(ticket.call(), Reason::WouldBlock)),
        }
    }

    fn then(&mut self, session: &mut Session, ticket: Ticket, then: Then) {
        let then: Then = Box::new(|answer| guard(|| then(answer)).unwrap_or_default());
        self.keeper.then(&ticket, then, session);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.keeper.is_answered(ticket)
    }
}

fn refused(call: Started, reason: Reason) -> Problem {
    Problem { method: call.method, reason, detail: None, may_have_run: false }
}
