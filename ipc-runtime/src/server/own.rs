//! What clients have of their own: services that are made for each of them, and what looks on at
//! their bytes. And what a server has that looks for signals.
//!
//! Behind a `dyn`, as most servers have none of it.

use std::any::Any;
use std::net::SocketAddr;

use ipc_core::later::PeerHandle;
use ipc_core::service::Service;

use super::client::Client;
use super::tapped::Watch;
use crate::offer::{Found, Services, guard};
use crate::side::Side;
use crate::sys::socket;

/// What a server has more.
pub(super) trait More {
    /// What makes services, for each client anew.
    fn makes(&mut self) -> &mut Vec<Make>;

    /// What looks on at the bytes of clients that come.
    fn taps(&mut self) -> &mut Option<Box<dyn Watch>>;

    /// What looks for signals, if anything does.
    #[cfg(unix)]
    fn signals(&mut self) -> &mut Option<Box<dyn FnMut()>>;

    /// A client has come that is sent frames of so many bytes at most. What it has of its own.
    fn meet(&mut self, client: &mut Client, side: &Side, limit: usize) -> Box<dyn Own>;
}

/// What a client has of its own.
pub(super) trait Own {
    /// Finds the service of this name that was made for it, as [`Services::find`] does, or else the
    /// one that is for `all`.
    fn find<'s>(
        &'s mut self,
        service: u32,
        deadline: u32,
        read_at: u32,
        all: &'s mut Services,
    ) -> Found<'s>;

    /// What looks on at its bytes, if anything does.
    fn watch(&mut self) -> Option<&mut dyn Any>;
}

/// Makes a service for a client.
pub(super) type Make = Box<dyn FnMut(&Client, PeerHandle) -> Box<dyn Service>>;

#[derive(Default)]
pub(super) struct Extras {
    makes: Vec<Make>,
    taps: Option<Box<dyn Watch>>,
    #[cfg(unix)]
    signals: Option<Box<dyn FnMut()>>,
}

impl More for Extras {
    fn makes(&mut self) -> &mut Vec<Make> {
        &mut self.makes
    }

    fn taps(&mut self) -> &mut Option<Box<dyn Watch>> {
        &mut self.taps
    }

    #[cfg(unix)]
    fn signals(&mut self) -> &mut Option<Box<dyn FnMut()>> {
        &mut self.signals
    }

    fn meet(&mut self, client: &mut Client, side: &Side, limit: usize) -> Box<dyn Own> {
        let mut services = Services::new();
        for make in &mut self.makes {
            let Some(address) = side.address() else { break };
            let handle = PeerHandle::new(address, limit);
            if let Some(service) = guard(|| make(client, handle)) {
                // Two of one name: the first is found.
                let _ = services.add(service);
            }
        }
        let watch = self.taps.as_ref().map(|taps| taps.watch(client, side.line));
        Box::new(Owned { services, watch })
    }
}

struct Owned {
    services: Services,
    watch: Option<Box<dyn Any>>,
}

impl Own for Owned {
    fn find<'s>(
        &'s mut self,
        service: u32,
        deadline: u32,
        read_at: u32,
        all: &'s mut Services,
    ) -> Found<'s> {
        match self.services.find(service, deadline, read_at) {
            Ok(own) if !all.is_shut() => Ok(own),
            _ => all.find(service, deadline, read_at),
        }
    }

    fn watch(&mut self) -> Option<&mut dyn Any> {
        self.watch.as_deref_mut()
    }
}

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
