//! What `{:?}` shows of what cannot be shown whole: so that who holds it can derive `Debug`, and
//! `expect_err` has something to print.

use core::fmt::{Debug, Formatter, Result};

use crate::later::{PeerHandle, Reply, Subscribers};
use crate::peer::Peer;
use crate::pending::Pending;

impl Debug for PeerHandle {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("PeerHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl Debug for Subscribers {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Subscribers").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> Debug for Reply<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Reply").field("is_cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

impl<T, E> Debug for Pending<T, E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl Debug for Peer<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}
