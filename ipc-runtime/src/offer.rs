//! The services of a server or a connection, and how their handlers are run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_core::error::DecodeError;
use ipc_core::service::{Call, Offer, Service};

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
    pub(crate) fn find(&mut self, service: u32) -> Option<&mut S> {
        self.0.iter_mut().find(|other| name(&***other) == Some(service)).map(|found| &mut **found)
    }
}

impl Offer for Services<dyn Service> {
    fn find(&mut self, service: u32) -> Option<&mut dyn Service> {
        Services::find(self, service).map(|found| found as &mut dyn Service)
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
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}
