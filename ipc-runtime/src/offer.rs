//! The services of a server or a connection, and how their handlers are run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_core::error::{DecodeError, Reason};
use ipc_core::service::{Call, Service};

use crate::Error;

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
        if self.find(name(&*service), false).is_ok() {
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

    /// Finds the service of this name, unless it is too `late` for the call.
    #[inline(never)]
    pub(crate) fn find(&mut self, service: u32, late: bool) -> Result<&mut dyn Service, Reason> {
        if late {
            return Err(Reason::Late);
        }
        match self.services.iter_mut().find(|other| name(&***other) == service) {
            Some(found) => Ok(&mut **found),
            None => Err(self.otherwise),
        }
    }
}

/// A service without methods has no name, and no call finds it.
pub(crate) fn name(service: &dyn Service) -> u32 {
    service.methods().first().map_or(0, |method| method.service)
}

/// Runs a method; `None` if its handler panicked. Where a panic aborts, it does.
pub(crate) fn run(
    service: &mut dyn Service,
    index: usize,
    call: &mut Call<'_>,
) -> Option<Result<(), DecodeError>> {
    catch_unwind(AssertUnwindSafe(|| service.dispatch(index, call))).ok()
}
