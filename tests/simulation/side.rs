//! One of the two: a session, the calls that it has under way, and the service that it offers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use ipc_core::codec::Writer;
use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::{Keeper, Then, Ticket};
use ipc_core::later::{Address, Letter, Outbox};
use ipc_core::method::Method;
use ipc_core::pending::Pipeline;
use ipc_core::service::{Call, Caller, Calls, Host, Line, Service, Waiting, serve};
use ipc_core::session::{Answer, Session};
use ipc_runtime::{DecodeError, Peer, Pending, Reply, service};

use crate::world::LIMITS;

#[service]
pub trait Thing {
    fn echo(&mut self, call: u32) -> u32;
    fn blob(&mut self, call: u32, bytes: &[u8]) -> Vec<u8>;
    /// Answered when the world likes, or dropped.
    #[ipc(deferred)]
    fn later(&mut self, call: u32, reply: Reply<u32>);
    /// Answered when the caller has answered `back`.
    #[ipc(deferred)]
    fn ask(&mut self, call: u32, back: u32, #[ipc(peer)] peer: &mut Peer<'_>, reply: Reply<u32>);
    #[ipc(oneway)]
    fn note(&mut self, note: u32);
}

/// Nobody offers it.
#[service]
pub trait Absent {
    fn call(&mut self, call: u32) -> u32;
}

/// What is known of every call of the world, by its number.
pub type Books = Arc<Mutex<Vec<Record>>>;

#[derive(Clone, Default)]
pub struct Record {
    /// How often its handler was called.
    pub ran: u32,
    /// What it came to, as often as it was said: the answer, or why not and whether it may have run.
    pub ends: Vec<Result<u32, (Reason, bool)>>,
}

pub struct Side {
    pub session: Session,
    pub lane: Lane,
    pub service: ThingService<Handler>,
    /// Calls that are waited for: their numbers, and what stands for them.
    pub held: Vec<(u32, Pending<u32>)>,
    /// What has been sent and not received by the other, in the pieces in which it will be.
    pub wire: VecDeque<u8>,
    /// Calls of the other that are to be answered at most; then its calls wait.
    pub most: usize,
    /// When the bytes that are there came.
    pub read_at: u32,
}

/// The handler.
pub struct Handler {
    books: Books,
    pub replies: Vec<(u32, Reply<u32>)>,
    pub notes: Vec<u32>,
}

impl Handler {
    fn ran(&self, call: u32) {
        self.books.lock().expect("one thread")[call as usize].ran += 1;
    }
}

impl Thing for Handler {
    fn echo(&mut self, call: u32) -> u32 {
        self.ran(call);
        call
    }

    fn blob(&mut self, call: u32, bytes: &[u8]) -> Vec<u8> {
        self.ran(call);
        bytes.to_vec()
    }

    fn later(&mut self, call: u32, reply: Reply<u32>) {
        self.ran(call);
        self.replies.push((call, reply));
    }

    fn ask(&mut self, call: u32, back: u32, peer: &mut Peer<'_>, reply: Reply<u32>) {
        self.ran(call);
        let books = self.books.clone();
        match ThingCalls::new(peer).echo(back) {
            Ok(pending) => pending.then(peer, move |answer| {
                end(&books, back, answer.map_err(|error| error.problem()));
                reply.send(&call);
            }),
            Err(error) => end(&books, back, Err(error.problem())),
        }
    }

    fn note(&mut self, note: u32) {
        self.notes.push(note);
    }
}

/// Notes what a call came to.
pub fn end(books: &Books, call: u32, outcome: Result<u32, Option<Problem>>) {
    let outcome = outcome.map_err(|problem| {
        let problem = problem.expect("no handler here has errors of its own");
        (problem.reason, problem.may_have_run)
    });
    books.lock().expect("one thread")[call as usize].ends.push(outcome);
}

/// What handlers get at; as a server's loop has it.
pub struct Lane {
    pub keeper: Keeper,
    pub outbox: Arc<Posted>,
    pub now: u32,
    pub deadline: u32,
}

/// What was posted, and the calls that are to be answered.
#[derive(Default)]
pub struct Posted {
    pub open: Mutex<Vec<u32>>,
    pub posted: Mutex<Vec<Vec<u8>>>,
}

impl Outbox for Posted {
    fn open(&self, _: u64, id: u32) {
        let mut open = self.open.lock().expect("one thread");
        assert!(!open.contains(&id), "an id is used twice at a time");
        open.push(id);
    }

    fn is_open(&self, _: u64, id: u32) -> bool {
        self.open.lock().expect("one thread").contains(&id)
    }

    fn post(&self, _: u64, id: u32, letter: &Letter) -> bool {
        let mut open = self.open.lock().expect("one thread");
        if let Some(at) = open.iter().position(|other| *other == id) {
            open.swap_remove(at);
            self.posted.lock().expect("one thread").push(letter.frame.to_vec());
        }
        true
    }
}

impl Line for Lane {
    fn address(&self) -> Option<Address> {
        Some(Address { outbox: self.outbox.clone(), line: 0 })
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn calls(&mut self) -> Calls<'_> {
        Calls::Waited(self)
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.keeper.is_answered(ticket)
    }
}

impl Waiting for Lane {
    fn finish<'s>(&mut self, session: &'s mut Session, _: &[u8]) -> Result<Answer<'s>, Problem> {
        panic!("{:?} is waited for", session.abandon_call());
    }

    fn start(&mut self, session: &mut Session, _: &[u8]) -> Result<Ticket, Problem> {
        let call = session.end_call()?;
        Ok(self.keeper.keep(call, self.deadline))
    }

    fn wait<'s>(
        &'s mut self,
        session: &'s mut Session,
        _: &[u8],
        mut ticket: Ticket,
    ) -> Result<Answer<'s>, Problem> {
        self.keeper.take(&mut ticket, session)
    }

    fn then(&mut self, session: &mut Session, mut ticket: Ticket, then: Then) {
        self.keeper.then(&mut ticket, then, session);
    }

    fn flush(&mut self, _: &mut Session) {}
}

impl Side {
    pub fn new(books: &Books, most: usize) -> Side {
        let outbox = Arc::new(Posted::default());
        let lane = Lane { keeper: Keeper::default(), outbox, now: 0, deadline: 0 };
        let handler = Handler { books: books.clone(), replies: Vec::new(), notes: Vec::new() };
        Side {
            session: Session::new(LIMITS),
            lane,
            service: ThingService(handler),
            held: Vec::new(),
            wire: VecDeque::new(),
            most,
            read_at: 0,
        }
    }

    /// Takes a frame and does what it says. `false`: there is none, or it has to wait.
    pub fn step(&mut self, now: u32) -> bool {
        let Some(frame) = self.session.next().expect("the other side keeps to the protocol") else {
            return false;
        };
        match frame.head {
            Head::Call(_) if self.open() >= self.most => {
                self.session.put_back(frame);
                return false;
            }
            Head::Call(call)
                if call.deadline != 0 && now.wrapping_sub(self.read_at) >= call.deadline =>
            {
                self.session.refuse(&call, Reason::Late);
            }
            Head::Call(call) => self.serve(&call, frame),
            Head::Fault(0) => {
                self.session.close(Reason::ShuttingDown);
                self.lane.keeper.fail(Reason::ShuttingDown);
            }
            Head::Reply(id) | Head::Fault(id) => {
                self.lane.keeper.answered(&self.session, id, frame);
            }
            Head::Cancel(_) => {}
        }
        true
    }

    fn serve(&mut self, head: &ipc_core::frame::Call, frame: Frame) {
        let offered = self.service.methods()[0].service == head.service;
        let service = match offered {
            true => Ok(&mut self.service as &mut dyn Service),
            false => Err(Reason::UnknownService),
        };
        let host = Host { service, run, line: Some(&mut self.lane) };
        serve(&mut self.session, host, head, frame.payload);
    }

    /// Calls of the other that are to be answered.
    pub fn open(&self) -> usize {
        self.lane.outbox.open.lock().expect("one thread").len()
    }

    /// Sends what was posted.
    pub fn deliver(&mut self) {
        for frame in self.lane.outbox.posted.lock().expect("one thread").drain(..) {
            self.session.append(&frame);
        }
    }

    /// Writes so many of the unsent bytes at most.
    pub fn write(&mut self, most: usize) {
        let n = self.session.unsent().len().min(most);
        self.wire.extend(&self.session.unsent()[..n]);
        self.session.sent(n);
    }
}

fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    Some(service.dispatch(index, call))
}

/// Starts calls; nobody waits on it.
pub struct Starter<'s>(pub &'s mut Side);

impl Caller for Starter<'_> {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.0.session.begin_call(method, self.0.lane.deadline)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        self.0.lane.finish(&mut self.0.session, &[])
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.0.session.end_call().map(drop)
    }
}

impl Pipeline for Starter<'_> {
    fn start(&mut self) -> Result<Ticket, Problem> {
        self.0.lane.start(&mut self.0.session, &[])
    }

    fn wait(&mut self, mut ticket: Ticket) -> Result<Answer<'_>, Problem> {
        self.0.lane.keeper.take(&mut ticket, &self.0.session)
    }

    fn then(&mut self, mut ticket: Ticket, then: Then) {
        self.0.lane.keeper.then(&mut ticket, then, &self.0.session);
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.0.lane.keeper.is_answered(ticket)
    }
}
