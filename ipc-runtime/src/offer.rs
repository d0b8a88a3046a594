//! The services of a server or a connection, and how their handlers are run.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_core::error::{DecodeError, Reason};
use ipc_core::frame::{self, Frame, Head};
use ipc_core::list::push;
use ipc_core::service::{self, Call, Host, Service};
use ipc_core::session::Session;

#[cfg(feature = "server")]
use crate::sys::socket;
use crate::wire::Wire;
use crate::{Error, aside};

/// The services of a server, found by name.
#[cfg(feature = "server")]
pub(crate) struct Services {
    services: Vec<Box<dyn Service>>,
    /// What calls get that find none.
    otherwise: Reason,
}

#[cfg(feature = "server")]
impl Services {
    pub(crate) const fn new() -> Services {
        Services { services: Vec::new(), otherwise: Reason::UnknownService }
    }

    /// Adds a service, unless one of its name is there.
    pub(crate) fn add(&mut self, service: Box<dyn Service>) -> Result<(), Error> {
        if self.find(name(&*service), 0, 0).is_ok() {
            return Err(Error::NameTaken);
        }
        push(&mut self.services, service);
        Ok(())
    }

    /// Takes the service of this name away.
    pub(crate) fn remove(&mut self, service: u32) -> bool {
        let before = self.services.len();
        self.services.retain(|other| name(&**other) != service);
        self.services.len() < before
    }

    /// Takes all of them away: what is called from now on does not run.
    pub(crate) fn shut(&mut self) -> Services {
        let services = std::mem::take(&mut self.services);
        self.otherwise = Reason::ShuttingDown;
        Services { services, otherwise: Reason::ShuttingDown }
    }

    /// Whether [`Services::shut`] has been called.
    pub(crate) fn is_shut(&self) -> bool {
        self.otherwise == Reason::ShuttingDown
    }

    /// Finds the service of this name for a call that came at `read_at`, unless its caller has
    /// given up on it by its `deadline`.
    #[inline(never)]
    pub(crate) fn find(&mut self, service: u32, deadline: u32, read_at: u32) -> Found<'_> {
        let passed = || socket::lately().wrapping_sub(read_at).saturating_sub(socket::TICK);
        if deadline != 0 && passed() >= deadline {
            return Err(Reason::Late);
        }
        match self.services.iter_mut().find(|other| name(&***other) == service) {
            Some(found) => Ok(&mut **found),
            None => Err(self.otherwise),
        }
    }
}

/// The services of a connection.
#[derive(Default)]
struct Offered {
    places: Vec<Place>,
    /// The calls that wait while handlers are at work that may wait too, the innermost last.
    waiting: Vec<Waiting>,
    /// What keeps answers to them that come early: there is none before there can be any.
    put_off: Option<PutOff>,
}

/// Keeps an answer for a call within which the one that is waited for now is made. `false`: it is
/// for no such call.
type PutOff = fn(&mut Offered, &Session, &Frame) -> bool;

/// A call that waits while a service is at work.
struct Waiting {
    id: u32,
    /// The frame of its answer, if that came early.
    answer: Vec<u8>,
}

/// A service that a connection offers.
struct Place {
    name: u32,
    /// Those that are not at work.
    free: Vec<Box<dyn Service + Send>>,
    more: Option<Make>,
    at_work: AtWork,
}

/// Makes a service for each call that comes while another of it is at work.
pub(crate) type Make = Box<dyn FnMut() -> Box<dyn Service + Send> + Send>;

/// How a call is served that has found its service, or why not, while the call of an id waits.
/// Handlers which get at the peer, or send later, have the connection; the others do without what
/// that takes.
pub(crate) type AtWork = fn(&mut Wire, &mut Session, Found<'_>, &frame::Call, Range<usize>, u32);

pub(crate) type Found<'a> = Result<&'a mut dyn Service, Reason>;

fn alone(
    _: &mut Wire,
    session: &mut Session,
    service: Found<'_>,
    call: &frame::Call,
    at: Range<usize>,
    _: u32,
) {
    service::serve(session, Host { service, run, line: None }, call, at);
}

pub(crate) fn on_line(
    wire: &mut Wire,
    session: &mut Session,
    service: Found<'_>,
    call: &frame::Call,
    at: Range<usize>,
    awaited: u32,
) {
    let Offered { waiting, put_off, .. } = offered(wire);
    *put_off = Some(keep);
    push(waiting, Waiting { id: awaited, answer: Vec::new() });
    service::serve(session, Host { service, run, line: Some(wire) }, call, at);
    if let Some(Waiting { answer, .. }) = offered(wire).waiting.pop()
        && !answer.is_empty()
    {
        session.unread(&answer);
    }
}

/// Calls within calls within calls: each goes deeper into the stack.
const DEPTH: usize = 16;

/// Answers of the largest size that may wait on a connection for the other side to read them: as many
/// as there are calls under way at first.
const UNREAD: usize = 32;

/// Offers a service on a connection, unless one of its name is offered.
pub(crate) fn offer<S: Service + Send + 'static>(
    wire: &mut Wire,
    service: S,
    more: Option<Make>,
) -> Result<(), Error> {
    if S::sends_later() {
        aside::allow_sending_later(wire);
    }
    let at_work = if S::sends_later() || S::calls_back() { on_line } else { alone };
    add(wire, Box::new(service), more, at_work)
}

#[inline(never)]
pub(crate) fn add(
    wire: &mut Wire,
    service: Box<dyn Service + Send>,
    more: Option<Make>,
    at_work: AtWork,
) -> Result<(), Error> {
    let name = name(&*service);
    wire.other = other;
    let places = &mut offered(wire).places;
    if places.iter().any(|other| other.name == name) {
        return Err(Error::NameTaken);
    }
    push(places, Place { name, free: vec![service], more, at_work });
    Ok(())
}

/// The services of a connection that has some.
#[inline(never)]
#[expect(clippy::expect_used, reason = "nothing else is ever put there")]
fn offered(wire: &mut Wire) -> &mut Offered {
    let offered = wire.offered.get_or_insert_with(|| Box::new(Offered::default()));
    offered.downcast_mut().expect("services")
}

pub(crate) fn other(wire: &mut Wire, session: &mut Session, frame: Frame, awaited: u32) {
    if let Head::Call(call) = frame.head {
        serve(wire, session, &call, frame.payload, awaited);
    } else if !put_off(offered(wire), session, &frame)
        && let Some(late) = wire.late
    {
        late(wire, session, frame);
    }
}

fn put_off(offered: &mut Offered, session: &Session, frame: &Frame) -> bool {
    offered.put_off.is_some_and(|put_off| put_off(offered, session, frame))
}

/// The [`PutOff`] that there is.
fn keep(offered: &mut Offered, session: &Session, frame: &Frame) -> bool {
    let (Head::Reply(id) | Head::Fault(id)) = frame.head else { return false };
    let mut waiting = offered.waiting.iter_mut();
    let Some(call) = waiting.find(|call| id != 0 && call.id == id) else { return false };
    // A second answer is none.
    if call.answer.is_empty() {
        call.answer = session.answer_frame(frame).to_vec();
    }
    true
}

/// Serves a call of the other side, while the call of id `awaited` waits. The service is taken
/// out, and all others are there for the calls that come while its handler waits for one of its own.
fn serve(
    wire: &mut Wire,
    session: &mut Session,
    call: &frame::Call,
    at: Range<usize>,
    awaited: u32,
) {
    let late = call.deadline != 0 && wire.spin.passed() / 1000 >= call.deadline;
    let Offered { places, waiting, .. } = offered(wire);
    let mut at_work: AtWork = alone;
    let mut taken = None;
    let mut refused = Reason::UnknownService;
    let place = places.iter().position(|place| place.name == call.service);
    if let Some(found) = place.and_then(|place| places.get_mut(place)) {
        at_work = found.at_work;
        if late {
            refused = Reason::Late;
        } else if waiting.len() == DEPTH
            || call.id != 0 && session.unsent_len() / UNREAD > session.limits().frame
        {
            refused = Reason::Busy;
        } else {
            refused = Reason::Reentered;
            taken = found.free.pop().or_else(|| Some(found.more.as_mut()?()));
        }
    }
    let service = match &mut taken {
        Some(service) => Ok(&mut **service as &mut dyn Service),
        None => Err(refused),
    };
    at_work(wire, session, service, call, at, awaited);
    let places = &mut offered(wire).places;
    if let (Some(service), Some(place)) = (taken, place.and_then(|place| places.get_mut(place))) {
        push(&mut place.free, service);
    }
}

/// A service without methods has no name, and no call finds it.
fn name(service: &dyn Service) -> u32 {
    service.methods().first().map_or(0, |method| method.service)
}

/// Runs something else of the user's; a panic goes no further.
#[cfg(feature = "server")]
pub(crate) fn guard<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Runs a method; `None` if its handler panicked. Where a panic aborts, it does.
pub(crate) fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}
