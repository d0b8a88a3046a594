//! The taps of a server, and how its clients' bytes are moved past them.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use super::client::{Client, Moves};
use super::later::watch_of;
use crate::tap::{Tap, Tapped};
use crate::transport::{Receipt, receive, transmit};

/// Behind a `dyn`, because most servers have no taps.
pub(super) trait Watch {
    /// Adds one more tap.
    fn add(&self, tap: Box<dyn Tap>);

    /// Has the taps see the bytes of this client. What comes back is kept as [`watch_of`] it.
    fn watch(&self, client: &mut Client, line: u64) -> Box<dyn Any>;
}

/// All taps of a server, which its clients share.
#[derive(Clone, Default)]
pub(super) struct Taps(Rc<RefCell<Vec<Box<dyn Tap>>>>);

impl Watch for Taps {
    fn add(&self, tap: Box<dyn Tap>) {
        self.0.borrow_mut().push(tap);
    }

    fn watch(&self, client: &mut Client, line: u64) -> Box<dyn Any> {
        client.moves = &TAPPED;
        Box::new(Watched(Watcher { taps: self.clone(), line }))
    }
}

static TAPPED: Moves = Moves {
    receive: |client| {
        let Some(Watcher { taps, line }) = watcher_of(client) else { return Receipt::Failed };
        let (socket, tap) = (&mut client.stream, &mut *taps.0.borrow_mut());
        receive(&mut Tapped { socket, tap, connection: line }, &mut client.session, false)
    },
    transmit: |client| {
        let Some(Watcher { taps, line }) = watcher_of(client) else { return false };
        let (socket, tap) = (&mut client.stream, &mut *taps.0.borrow_mut());
        transmit(&mut Tapped { socket, tap, connection: line }, &mut client.session, false)
    },
};

/// What looks on at one client.
#[derive(Clone)]
struct Watcher {
    taps: Taps,
    line: u64,
}

fn watcher_of(client: &mut Client) -> Option<Watcher> {
    watch_of(client)?.downcast_ref::<Watched>().map(|watched| watched.0.clone())
}

/// Kept as long as the client is there.
struct Watched(Watcher);

impl Drop for Watched {
    fn drop(&mut self) {
        let Watcher { taps, line } = &self.0;
        taps.0.borrow_mut().closed(*line);
    }
}

/// Each sees all of it.
impl Tap for Vec<Box<dyn Tap>> {
    fn received(&mut self, connection: u64, bytes: &[u8]) {
        self.iter_mut().for_each(|tap| tap.received(connection, bytes));
    }

    fn sent(&mut self, connection: u64, bytes: &[u8]) {
        self.iter_mut().for_each(|tap| tap.sent(connection, bytes));
    }

    fn closed(&mut self, connection: u64) {
        self.iter_mut().for_each(|tap| tap.closed(connection));
    }
}
