//! How a connection is had: attempts, the pauses between them, and who is told.

use std::thread;

use ipc_core::error::Reason;

use super::back_off::random;
use super::{Change, Reconnecting, time};
use crate::sys::socket;
use crate::{Connection, Error};

impl Reconnecting {
    /// Sees to it that there is a connection: `within` milliseconds from `start`, or as long as an
    /// attempt is given at `least`.
    pub(super) fn connected(&mut self, start: u32, within: u32, least: u32) -> Result<(), Error> {
        self.look();
        let mut last = Error::Closed(Reason::Disconnected);
        while self.connection.is_none() {
            let now = socket::now();
            let left = within.saturating_sub(now.wrapping_sub(start));
            let pause = self.back_off.left(now);
            if pause > left || left.max(least) == 0 {
                thread::sleep(time(left));
                return Err(last);
            }
            thread::sleep(time(pause));
            match self.attempt((left - pause).max(least)) {
                Ok(connection) => {
                    let attempts = self.back_off.attempts;
                    self.back_off.connected(socket::now());
                    self.connection = Some(connection);
                    self.tell(Change::Connected { attempts });
                }
                Err(error) if may_pass(error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tries once to connect, and tells when it fails.
    fn attempt(&mut self, within: u32) -> Result<Connection, Error> {
        let start = socket::now();
        self.back_off.tried(start);
        let attempts = self.back_off.attempts;
        let mut connection = match (self.dial)(time(within)) {
            Ok(connection) => connection,
            Err(error) => {
                self.back_off.pause(socket::now(), random());
                self.tell(Change::Failed { attempts, error: &error });
                return Err(error);
            }
        };
        connection.set_limits(self.limits);
        let left = within.saturating_sub(socket::now().wrapping_sub(start)).max(1);
        connection.set_deadline(time(left));
        if let Some(Err(error)) = self.offer.as_mut().map(|offer| offer(&mut connection)) {
            self.back_off.pause(socket::now(), random());
            self.tell(Change::Failed { attempts, error: &*error });
            return Err(Error::Closed(connection.closed().unwrap_or(Reason::Disconnected)));
        }
        Ok(connection)
    }

    /// Lets go of a connection that is gone, and tells so.
    pub(super) fn look(&mut self) {
        let closed = self.connection.as_ref().and_then(|connection| connection.closed());
        if let Some(reason) = closed {
            self.connection = None;
            self.back_off.lost(socket::now(), random());
            self.tell(Change::Lost(reason));
        }
    }

    fn tell(&mut self, change: Change<'_>) {
        if let Some(changed) = &mut self.changed {
            changed(change);
        }
    }
}

/// Whether another attempt may come to something else.
pub(super) fn may_pass(error: Error) -> bool {
    match error {
        Error::Endpoint(error) => error.may_pass(),
        Error::Connect(_) | Error::Closed(_) => true,
        _ => false,
    }
}
