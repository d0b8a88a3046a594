//! What `{:?}` shows of what cannot be shown whole: so that who holds it can derive `Debug`, and
//! `expect_err` has something to print.

use std::fmt::{Debug, Formatter, Result};

#[cfg(feature = "client")]
use crate::{Connection, Reconnecting, ThreadedHandle, ThreadedServer};
#[cfg(feature = "server")]
use crate::{Handle, PeerInfo, Server};

#[cfg(feature = "client")]
impl Debug for Connection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Connection").field("closed", &self.closed()).finish_non_exhaustive()
    }
}

#[cfg(feature = "client")]
impl Debug for Reconnecting {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let there = self.is_connected();
        f.debug_struct("Reconnecting").field("is_connected", &there).finish_non_exhaustive()
    }
}

#[cfg(feature = "client")]
impl Debug for ThreadedServer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut shown = f.debug_struct("ThreadedServer");
        shown.field("port", &self.port()).field("clients", &self.clients());
        shown.finish_non_exhaustive()
    }
}

#[cfg(feature = "client")]
impl Debug for ThreadedHandle {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("ThreadedHandle").finish_non_exhaustive()
    }
}

#[cfg(feature = "server")]
impl Debug for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut shown = f.debug_struct("Server");
        shown.field("port", &self.port()).field("clients", &self.clients());
        shown.finish_non_exhaustive()
    }
}

#[cfg(feature = "server")]
impl Debug for Handle {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Handle").field("is_stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

#[cfg(feature = "server")]
impl Debug for PeerInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut shown = f.debug_struct("PeerInfo");
        shown.field("id", &self.id()).field("address", &self.address());
        shown.field("process", &self.process()).finish_non_exhaustive()
    }
}
