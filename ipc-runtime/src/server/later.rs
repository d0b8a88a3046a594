//! What a server does when services send later, call back, or are made for each client anew.
//!
//! Programs whose services do nothing of the kind have none of this in them: what the loop calls
//! is behind [`Hooks`], which nothing but [`post`] names.

use std::any::Any;
use std::sync::Arc;

use ipc_core::frame::Head;
use ipc_core::keeper::Ticket;
use ipc_core::later::Address;
use ipc_core::service::{self, Calls, Host, Keeping, Line};
use ipc_core::session::Session;

use super::Handle;
use super::client::{Client, Gone, Shared};
use super::clients::{Clients, TICK};
use super::own::{Extras, More, Own};
use crate::mail::{Mailbox, place};
use crate::offer::{guard, run};
use crate::side::Side;
use crate::sys::socket;

/// What the loop does more.
pub(super) struct Hooks {
    /// In place of `Client::answer`.
    pub(super) answer: fn(&mut Client, &mut Shared) -> Result<bool, Gone>,
    /// Sends what was posted, and looks at times.
    pub(super) deliver: fn(&mut Clients),
    /// Before clients are told that the server shuts down.
    pub(super) goodbye: fn(&mut Clients),
}

pub(super) const HOOKS: Hooks = Hooks { answer, deliver, goodbye };

/// What a server has that is more, made when it is needed first.
pub(super) fn post(shared: &mut Shared, handle: Handle) -> Option<&mut Post> {
    let Shared { hooks, post, .. } = shared;
    post.get_or_insert_with(|| {
        *hooks = Some(&HOOKS);
        let mailbox = Arc::new(Mailbox::new(Some(handle.shared)));
        Box::new(Post { mailbox, more: None, lines: 0, asked: false, looked: 0 })
    });
    post_of(post)
}

/// What the clients share that have more.
pub(super) struct Post {
    mailbox: Arc<Mailbox>,
    more: Option<Box<dyn More>>,
    /// Clients that have come.
    lines: u32,
    /// Some client may have a call to answer.
    asked: bool,
    /// When it was looked last whether that took too long.
    looked: u32,
}

impl Post {
    /// What few servers have.
    pub(super) fn more(&mut self) -> &mut dyn More {
        &mut **self.more.get_or_insert_with(|| Box::new(Extras::default()))
    }
}

/// Gives a client that has come what it has that is more.
#[inline(never)]
fn welcome(client: &mut Client, shared: &mut Shared) {
    let Some(post) = post_of(&mut shared.post) else { return };
    let limits = &shared.limits;
    post.lines = post.lines.wrapping_add(1);
    // The slot is half of the number: to find it takes no search.
    let line = (u64::from(post.lines) << 32) | client.slot as u64;
    // With none, no call would ever be read; a deadline of 0 is none to the client.
    let mut party = Box::new(Party { side: Side::new(limits.in_flight.max(1)), own: None });
    party.side.deadline = limits.deadline.max(1);
    party.side.send_later(post.mailbox.clone(), line);
    if let Some(more) = &mut post.more {
        party.own = Some(more.meet(client, &party.side, limits.connection.frame));
    }
    client.beside = Some(party);
}

/// Serves the whole frames that have come in. `true`: something is left.
fn answer(client: &mut Client, shared: &mut Shared) -> Result<bool, Gone> {
    if client.beside.is_none() {
        welcome(client, shared);
    }
    let read_at = client.read_at;
    let (Party { side, own }, session) = party_of(client).ok_or(Gone)?;
    // What handlers post needs no wake-up.
    if let Some(mailbox) = &side.mailbox {
        mailbox.stay_awake();
    }
    let mut held = false;
    let more = loop {
        if session.unsent_len() > shared.limits.write_queue {
            break true;
        }
        let frame = match session.next() {
            Ok(Some(frame)) => frame,
            Ok(None) => break false,
            Err(_) => return Err(Gone),
        };
        // What is no call is taken in even if none may come: a cancel, or the answer that a
        // handler waits for before it gives its own.
        let Head::Call(head) = frame.head else {
            side.frame(session, frame);
            continue;
        };
        held = side.open_calls() >= side.most;
        if held || shared.is_paused() {
            session.put_back(frame);
            break !held;
        }
        let (name, services) = (head.service, &mut shared.services);
        let service = match own {
            Some(own) => own.find(name, head.deadline, read_at, services),
            None => services.find(name, head.deadline, read_at),
        };
        let host = Host { service, run, line: Some(&mut *side) };
        service::serve(session, host, &head, frame.payload);
    };
    side.backlog.refill(session);
    if side.keeper.open() > 0
        && let Some(post) = post_of(&mut shared.post)
    {
        post.asked = true;
    }
    client.held = held;
    note(client);
    Ok(more)
}

/// Takes in what was posted, and answers the calls that nobody will answer any more.
fn goodbye(clients: &mut Clients) {
    for slot in 0..clients.slots() {
        if let Some((party, session)) = clients.client(slot).and_then(party_of) {
            let Side { mailbox: Some(mailbox), line, .. } = &party.side else { continue };
            for call in &mailbox.gone(*line) {
                session.drop_call(call.id);
            }
        }
    }
    // Until then they could be answered.
    take_in(clients, socket::lately(), false);
}

/// Sends what was posted, and gives up on calls that clients did not answer in time.
pub(super) fn deliver(clients: &mut Clients) {
    let now = socket::lately();
    let Some(post) = post_of(&mut clients.shared.post) else { return };
    if post.asked && now.wrapping_sub(post.looked) >= TICK {
        post.looked = now;
        let mut asked = false;
        for slot in 0..clients.slots() {
            let Some(client) = clients.client(slot) else { continue };
            if let Some((party, session)) = party_of(client) {
                asked |= party.side.keeper.give_up(session, now).is_some();
                note(client);
                clients.send(slot);
            }
        }
        if let Some(post) = post_of(&mut clients.shared.post) {
            post.asked = asked;
        }
    }
    take_in(clients, now, true);
    if let Some(post) = post_of(&mut clients.shared.post) {
        clients.timed |= post.asked;
        clients.more |= !post.mailbox.sleep();
    }
}

/// Takes in what was posted, and sends it.
#[inline(never)]
fn take_in(clients: &mut Clients, now: u32, sends: bool) {
    let Some(post) = post_of(&mut clients.shared.post) else { return };
    let parcels = post.mailbox.take();
    for parcel in &parcels {
        let slot = place(parcel.line);
        let Some(client) = clients.client(slot) else { continue };
        if client.session.unsent_len() == 0 {
            client.since = now;
        }
        let Some((party, session)) = party_of(client) else { continue };
        // The slot may be another's by now.
        if party.side.line != parcel.line {
            continue;
        }
        match party.side.backlog.put(session, parcel) {
            Ok(()) => note(client),
            Err(_) => clients.close(slot),
        }
    }
    // When all of it is taken in, so that each client's goes out at once.
    if sends {
        for parcel in &parcels {
            clients.send(place(parcel.line));
        }
    }
}

/// Notes what there is still to do for a client.
#[inline(never)]
fn note(client: &mut Client) {
    if let Some((Party { side, .. }, _)) = party_of(client) {
        (client.behind, client.open) = (side.backlog.is_behind(), side.is_busy());
    }
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
    party_of(client)?.0.own.as_mut()?.watch()
}

/// How many calls of and to a client are not answered yet.
pub(super) fn in_flight(client: &Client) -> usize {
    let party = client.beside.as_ref().and_then(|party| party.downcast_ref::<Party>());
    party.map_or(0, |Party { side, .. }| side.keeper.open() + side.open_calls())
}

/// What a client has that is more.
struct Party {
    side: Side,
    own: Option<Box<dyn Own>>,
}

/// What handlers get at, on a loop that must not wait.
impl Line for Side {
    fn address(&self) -> Option<Address> {
        Side::address(self)
    }

    fn deadline(&self) -> u32 {
        self.deadline
    }

    fn calls(&mut self) -> Calls<'_> {
        Calls::Kept(Keeping {
            keeper: &mut self.keeper,
            most: self.most,
            run: |then, answer| guard(|| then(answer)).unwrap_or_default(),
        })
    }

    fn is_answered(&self, ticket: &Ticket) -> bool {
        self.keeper.is_answered(ticket)
    }
}
