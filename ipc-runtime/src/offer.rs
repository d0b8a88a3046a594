//! The services of a server or a connection, and how their handlers are run.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_core::error::{DecodeError, Reason};
use ipc_core::frame::{Call, Frame, Head};
use ipc_core::service::{self, Host, Service};
use ipc_core::session::Session;

use crate::Error;
use crate::wire::Wire;

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
        if self.find(name(&*service)).is_ok() {
            return Err(Error::NameTaken);
        }
        self.services.push(service);
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

    pub(crate) fn find(&mut self, service: u32) -> Result<&mut dyn Service, Reason> {
        match self.services.iter_mut().find(|other| name(&***other) == service) {
            Some(found) => Ok(&mut **found),
            None => Err(self.otherwise),
        }
    }
}

/// The services of a connection: behind a `dyn`, because most clients offer none, and programs
/// that do not have none of this in them.
pub(crate) trait Offered: Send {
    /// Adds a service, unless one of its name is there.
    fn add(&mut self, service: Box<dyn Service + Send>, more: Option<Make>) -> Result<(), Error>;

    /// Serves a call, while the call of id `awaited` waits.
    fn serve(
        self: Box<Self>,
        wire: &mut Wire,
        session: &mut Session,
        call: (&Call, Range<usize>),
        awaited: u32,
    );

    /// A call has been served: goes on with what `serve` put off.
    fn served(&mut self, session: &mut Session, taken: Option<Taken>);

    /// An answer came. `true`: it is put off, because a call waits for it within which the one that
    /// is waited for now is made.
    fn put_off(&mut self, session: &Session, frame: &Frame) -> bool;
}

/// A service that is at work, and where it belongs.
type Taken = (usize, Box<dyn Service + Send>);

/// Makes a service for each call that comes while another of it is at work.
pub(crate) type Make = Box<dyn FnMut() -> Box<dyn Service + Send> + Send>;

/// All that a connection offers.
#[derive(Default)]
pub(crate) struct Offer {
    places: Vec<Place>,
    /// The calls that wait while services are at work, the innermost last.
    waiting: Vec<u32>,
    /// Answers to some of them, as frames: one each at most.
    early: Vec<(u32, Vec<u8>)>,
}

/// A service of a connection.
struct Place {
    name: u32,
    /// Those that are not at work.
    free: Vec<Box<dyn Service + Send>>,
    more: Option<Make>,
}

impl Place {
    fn take(&mut self) -> Option<Box<dyn Service + Send>> {
        self.free.pop().or_else(|| Some(self.more.as_mut()?()))
    }
}

impl Offered for Offer {
    fn add(&mut self, service: Box<dyn Service + Send>, more: Option<Make>) -> Result<(), Error> {
        let name = name(&*service);
        if self.places.iter().any(|other| other.name == name) {
            return Err(Error::NameTaken);
        }
        self.places.push(Place { name, free: vec![service], more });
        Ok(())
    }

    fn serve(
        mut self: Box<Self>,
        wire: &mut Wire,
        session: &mut Session,
        (head, payload): (&Call, Range<usize>),
        awaited: u32,
    ) {
        // The service is taken out, and all others are there for the calls that come while its
        // handler waits for one of its own.
        let at = self.places.iter().position(|place| place.name == head.service);
        let mut taken = at.and_then(|at| Some((at, self.places.get_mut(at)?.take()?)));
        self.waiting.push(awaited);
        wire.offered = Some(self);
        let service = match &mut taken {
            Some((_, service)) => Ok(&mut **service as &mut dyn Service),
            None if at.is_some() => Err(Reason::Reentered),
            None => Err(Reason::UnknownService),
        };
        service::serve(session, Host { service, run, line: Some(wire) }, head, payload);
        if let Some(offered) = &mut wire.offered {
            offered.served(session, taken);
        }
    }

    fn served(&mut self, session: &mut Session, taken: Option<Taken>) {
        if let Some((at, service)) = taken
            && let Some(place) = self.places.get_mut(at)
        {
            place.free.push(service);
        }
        let awaited = self.waiting.pop();
        if let Some(at) = self.early.iter().position(|(id, _)| Some(*id) == awaited) {
            session.unread(&self.early.swap_remove(at).1);
        }
    }

    fn put_off(&mut self, session: &Session, frame: &Frame) -> bool {
        let (Head::Reply(id) | Head::Fault(id)) = frame.head else { return false };
        let awaited = id != 0 && self.waiting.contains(&id);
        if awaited && !self.early.iter().any(|(other, _)| *other == id) {
            self.early.push((id, session.answer_frame(frame).to_vec()));
        }
        awaited
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
    call: &mut service::Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}
