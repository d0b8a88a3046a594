//! What a server does when services send later, call back, or are made for each client anew.
//!
//! Programs whose services do nothing of the kind have none of this in them: what the loop calls
//! is behind [`Hooks`], which nothing but [`post`] names.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;

use ipc_core::error::{Problem, Reason};
use ipc_core::frame::{Frame, Head};
use ipc_core::keeper::{Keeper, Then, Ticket};
use ipc_core::later::{Address, Outbox, PeerHandle};
use ipc_core::service::{self, Host, Line, Service};
use ipc_core::session::{Answer, Session};

use super::client::{Client, Gone, Shared, is_late};
use super::clients::{Clients, TICK};
use super::tapped::Watch;
use super::{Handle, ServerLimits};
use crate::mail::{Backlog, Mailbox, place};
use crate::offer::{Services, guard, run};
use crate::sys::socket;

/// What the loop does more.
pub(super) struct Hooks {
    /// In place of `Client::answer`.
    pub(super) answer: fn(&mut Client, &mut Shared) -> Result<bool, Gone>,
    /// Sends what was posted, and looks at times.
    pub(super) deliver: fn(&mut Clients),
    /// Before a client is told that the server shuts down.
    pub(super) goodbye: fn(&mut Client),
}

pub(super) const HOOKS: Hooks = Hooks { answer, deliver, goodbye };

/// What a server has that is more, made when it is needed first.
pub(super) fn post(shared: &mut Shared, handle: Handle) -> Option<&mut Post> {
    let post = shared.post.get_or_insert_with(|| {
        let mailbox = Arc::new(Mailbox::new(Box::new(move || handle.wake())));
        Box::new(Post {
            mailbox,
            makes: Vec::new(),
            taps: None,
            lines: 0,
            asked: false,
            looked: 0,
            watch: None,
        })
    });
    shared.hooks.get_or_insert(&HOOKS);
    post.downcast_mut()
}

/// What the clients share that have more.
pub(super) struct Post {
    mailbox: Arc<Mailbox>,
    makes: Vec<Make>,
    /// What looks on at the bytes of clients that come.
    pub(super) taps: Option<Box<dyn Watch>>,
    /// Clients that have come.
    lines: u32,
    /// Some client may have a call to answer.
    asked: bool,
    /// When it was looked last whether that took too long.
    looked: u32,
    /// What looks for signals, if anything does.
    #[cfg_attr(windows, allow(dead_code, reason = "there a thread of the system's tells"))]
    pub(super) watch: Option<Box<dyn FnMut()>>,
}

/// Makes a service for a client.
pub(super) type Make = Box<dyn FnMut(&Client, PeerHandle) -> Box<dyn Service>>;

/// A client that has come and, where there is a key, proved that it has it.
#[derive(Clone)]
pub struct PeerInfo {
    handle: PeerHandle,
    address: Option<SocketAddr>,
    process: Option<u32>,
}

impl PeerInfo {
    pub(super) fn new(client: &Client, handle: PeerHandle) -> PeerInfo {
        let (address, process) = (client.stream.peer_addr().ok(), socket::process(&client.stream));
        PeerInfo { handle, address, process }
    }

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

impl Post {
    /// Has a service made for each client.
    pub(super) fn add(&mut self, make: Make) {
        self.makes.push(make);
    }

    /// What a client has that is more.
    #[inline(never)]
    fn party(&mut self, client: &Client, limits: &ServerLimits) -> Party {
        self.lines = self.lines.wrapping_add(1);
        // The slot is half of the number: to find it takes no search.
        let line = (u64::from(self.lines) << 32) | client.slot as u64;
        self.mailbox.connected(line);
        let lane = Lane {
            line,
            mailbox: self.mailbox.clone(),
            keeper: Keeper::default(),
            most: limits.in_flight,
            deadline: limits.deadline,
        };
        let mut services = Services::new();
        for make in &mut self.makes {
            let handle = PeerHandle::new(lane.to(), limits.connection.frame);
            if let Some(service) = guard(|| make(client, handle)) {
                // Two of one name: the first is found.
                let _ = services.add(service);
            }
        }
        Party { lane, backlog: Backlog::default(), services, watch: None }
    }
}

/// Serves the whole frames that have come in. `true`: something is left.
fn answer(client: &mut Client, shared: &mut Shared) -> Result<bool, Gone> {
    let post = post_of(&mut shared.post).ok_or(Gone)?;
    // What handlers post needs no wake-up.
    post.mailbox.stay_awake();
    if client.beside.is_none() {
        let mut party = post.party(client, &shared.limits);
        party.watch = post.taps.as_ref().map(|taps| taps.watch(client, party.lane.line));
        client.beside = Some(Box::new(party));
    }
    let read_at = client.read_at;
    let (Party { lane, backlog, services, .. }, session) = party_of(client).ok_or(Gone)?;
    let mut held = false;
    let more = loop {
        if session.unsent().len() > shared.limits.write_queue {
            break true;
        }
        match session.next() {
            // What is no call is taken in all the same: a cancel, or the answer that a handler
            // waits for before it gives its own.
            Ok(Some(frame @ Frame { head: Head::Call(_), .. }))
                if lane.is_full() || shared.is_paused() =>
            {
                session.put_back(frame);
                held = lane.is_full();
                break !held;
            }
            Ok(Some(Frame { head: Head::Call(head), payload })) => {
                let late = is_late(&head, read_at);
                let service = match services.find(head.service, late) {
                    Ok(found) if !shared.services.is_shut() => Ok(found),
                    _ => shared.services.find(head.service, late),
                };
                let host = Host { service, run, line: Some(&mut *lane) };
                service::serve(session, host, &head, payload);
            }
            Ok(Some(frame)) => lane.frame(session, frame),
            Ok(None) => break false,
            Err(_) => return Err(Gone),
        }
    };
    let asked = lane.keeper.open() > 0;
    let (open, behind) = (lane.is_open(), backlog.refill(session));
    (client.held, client.open, client.behind) = (held, open, behind);
    if let Some(post) = post_of(&mut shared.post) {
        post.asked |= asked;
    }
    Ok(more)
}

/// Takes in what was posted, and answers the calls that nobody will answer any more.
fn goodbye(client: &mut Client) {
    let Some((Party { lane, backlog, .. }, session)) = party_of(client) else { return };
    let (parcels, open) = lane.mailbox.finish(lane.line);
    for parcel in &parcels {
        // One that is to be closed is.
        let _ = backlog.put(session, parcel);
    }
    for call in open {
        session.drop_call(call.id);
    }
}

/// Sends what was posted, and gives up on calls that clients did not answer in time.
pub(super) fn deliver(clients: &mut Clients) {
    let Some(post) = post_of(&mut clients.shared.post) else { return };
    let (now, mailbox) = (socket::now(), post.mailbox.clone());
    let look = post.asked && now.wrapping_sub(post.looked) >= TICK;
    if look {
        post.looked = now;
        post.asked = false;
    }
    // First all of it is taken in, so that each client's goes out at once.
    let mut touched = Vec::new();
    for parcel in &mailbox.take() {
        let line = parcel.line;
        let slot = place(line);
        let Some(client) = clients.client(slot) else { continue };
        if client.session.unsent().is_empty() {
            client.since = now;
        }
        let Some(party) = party_of(client) else { continue };
        // The slot may be another's by now.
        if party.0.lane.line != line {
            continue;
        }
        match party.0.backlog.put(party.1, parcel) {
            Ok(behind) => {
                let open = party.0.lane.is_open();
                (client.open, client.behind) = (open, behind);
                touched.push(slot);
            }
            Err(_) => clients.close(slot),
        }
    }
    let mut asked = false;
    if look {
        for slot in 0..clients.slots() {
            let Some(client) = clients.client(slot) else { continue };
            let Some((party, session)) = party_of(client) else { continue };
            asked |= party.lane.keeper.give_up(session, now).is_some();
            touched.push(slot);
        }
    }
    for slot in touched {
        clients.send(slot);
    }
    if let Some(post) = post_of(&mut clients.shared.post) {
        post.asked |= asked;
        clients.timed |= post.asked;
    }
    clients.more |= !mailbox.sleep();
}

#[inline(never)]
pub(super) fn post_of(post: &mut Option<Box<dyn Any>>) -> Option<&mut Post> {
    post.as_mut()?.downcast_mut()
}

#[inline(never)]
fn party_of(client: &mut Client) -> Option<(&mut Party, &mut Session)> {
    Some((client.beside.as_mut()?.downcast_mut()?, &mut client.session))
}

/// What looks on at a client's bytes.
pub(super) fn watch_of(client: &mut Client) -> Option<&mut dyn Any> {
    party_of(client)?.0.watch.as_deref_mut()
}

/// How many calls of and to a client are not answered yet.
pub(super) fn in_flight(client: &Client) -> usize {
    let party = client.beside.as_ref().and_then(|party| party.downcast_ref::<Party>());
    party.map_or(0, |Party { lane, .. }| lane.keeper.open() + lane.mailbox.open_calls(lane.line))
}

/// What a client has that is more.
struct Party {
    lane: Lane,
    backlog: Backlog,
    services: Services,
    /// What looks on at its bytes, if anything does.
    watch: Option<Box<dyn Any>>,
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

    /// Whether calls are to be answered, on either side.
    fn is_open(&self) -> bool {
        self.keeper.open() > 0 || self.mailbox.is_busy(self.line)
    }

    /// Whether the client has as many calls under way as it may have.
    fn is_full(&self) -> bool {
        self.mailbox.open_calls(self.line) >= self.most
    }

    /// A frame came that is no call.
    fn frame(&mut self, session: &mut Session, frame: Frame) {
        match frame.head {
            Head::Reply(id) | Head::Fault(id) => self.keeper.answered(session, id, frame),
            Head::Cancel(id) => self.mailbox.cancelled(self.line, id),
            Head::Call(_) => {}
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.mailbox.gone(self.line);
        self.keeper.fail(Reason::Disconnected);
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
        Err(Problem::not_run(session.abandon_call().method, Reason::WouldBlock))
    }

    fn start(&mut self, session: &mut Session) -> Result<Ticket, Problem> {
        if self.keeper.open() >= self.most {
            return Err(Problem::not_run(session.abandon_call().method, Reason::Busy));
        }
        let call = session.end_call()?;
        Ok(self.keeper.keep(call, self.deadline))
    }

    fn wait(&mut self, session: &mut Session, ticket: Ticket) -> Result<Answer<'_>, Problem> {
        match self.keeper.is_answered(&ticket) {
            true => self.keeper.take(&ticket, session),
            false => Err(Problem::not_run(ticket.method(), Reason::WouldBlock)),
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
