//! The services of a server or a connection, and how their handlers are run.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_core::error::DecodeError;
use ipc_core::frame::Call;
use ipc_core::service::{self, Host, Offer, Service};
use ipc_core::session::Session;

use crate::Error;

/// Services, found by name.
pub(crate) struct Services<S: ?Sized>(Vec<Box<S>>);

impl<S: Service + ?Sized> Services<S> {
    pub(crate) const fn new() -> Services<S> {
        Services(Vec::new())
    }

    /// Adds a service, unless one of its name is there.
    pub(crate) fn add(&mut self, service: Box<S>) -> Result<(), Error> {
        if let Some(name) = name(&*service)
            && self.0.iter().any(|other| self::name(&**other) == Some(name))
        {
            return Err(Error::NameTaken);
        }
        self.0.push(service);
        Ok(())
    }
}

impl<S: Service + ?Sized> Services<S> {
    fn find(&mut self, service: u32) -> Option<&mut S> {
        self.0.iter_mut().find(|other| name(&***other) == Some(service)).map(|found| &mut **found)
    }
}

impl Offer for Services<dyn Service> {
    fn find(&mut self, service: u32) -> Option<&mut dyn Service> {
        Services::find(self, service).map(|found| found as &mut dyn Service)
    }
}

/// The services of a connection: behind a `dyn`, because most clients offer none, and programs
/// that do not have none of this in them.
pub(crate) trait Offered: Send {
    /// Adds a service, unless one of its name is there.
    fn add(&mut self, service: Box<dyn Service + Send>) -> Result<(), Error>;

    /// Serves a call.
    fn serve(&mut self, session: &mut Session, head: &Call, payload: Range<usize>);
}

impl Offered for Services<dyn Service + Send> {
    fn add(&mut self, service: Box<dyn Service + Send>) -> Result<(), Error> {
        Services::add(self, service)
    }

    fn serve(&mut self, session: &mut Session, head: &Call, payload: Range<usize>) {
        let mut host = Host { offer: self, run, outbox: None, connection: 0 };
        service::serve(session, &mut host, head, payload);
    }
}

impl Offer for Services<dyn Service + Send> {
    fn find(&mut self, service: u32) -> Option<&mut dyn Service> {
        Services::find(self, service).map(|found| found as &mut dyn Service)
    }
}

fn name<S: Service + ?Sized>(service: &S) -> Option<u32> {
    service.methods().first().map(|method| method.service)
}

/// Runs a method; `None` if its handler panicked. Where a panic aborts, it does.
pub(crate) fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut service::Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}
