//! The other side of a connection, as a handler sees it.

use crate::codec::Writer;
use crate::error::{Problem, Reason};
use crate::method::Method;
use crate::service::Caller;
use crate::session::{Answer, Session};

/// The other side of the connection that a call came from. A generated client made on it calls
/// there; on a server's loop, where nothing may block, only one-way methods can be called.
pub struct Peer<'a> {
    session: &'a mut Session,
}

impl<'a> Peer<'a> {
    pub(crate) fn new(session: &'a mut Session) -> Peer<'a> {
        Peer { session }
    }
}

impl Caller for Peer<'_> {
    fn begin(&mut self, method: &'static Method) -> &mut Writer {
        self.session.begin_call(method, 0)
    }

    fn finish(&mut self) -> Result<Answer<'_>, Problem> {
        let call = self.session.cancel_call();
        Err(Problem {
            method: call.method,
            reason: Reason::WouldBlock,
            detail: None,
            may_have_run: false,
        })
    }

    fn post(&mut self) -> Result<(), Problem> {
        self.session.end_call().map(drop)
    }
}
