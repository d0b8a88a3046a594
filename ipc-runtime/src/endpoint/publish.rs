//! A server makes itself known.

use super::place::{open_folder, place_of, read};
use super::{Endpoint, EndpointError, dial};
use crate::sys::{self, Place};

/// What to do about a server of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Leave the name to it, if it is alive.
    IfFree,
    /// Take the name. The other server goes on serving the clients it has.
    TakeOver,
}

/// Milliseconds that another server of the name has to show that it is alive.
const PROBE: u32 = 250;

/// Makes a server known that listens on `port` of 127.0.0.1 already. Blocks for a quarter of a
/// second at most, while a server of the same name is asked whether it is alive; and while other
/// servers publish themselves.
///
/// # Errors
///
/// [`EndpointError::NameInUse`] when that one is alive, and it is not to be taken over from. Those
/// that say what is wrong with the name, the folder, or an endpoint file that is there.
#[inline(never)]
pub fn publish(name: &str, port: u16, claim: Claim) -> Result<Published, EndpointError> {
    let mut file = Box::new(File { place: place_of(name)?, endpoint: Endpoint::unread() });
    let folder = open_folder(&file.place, true)?;
    // From the look at the old file until the new one is there, nobody else gets at it.
    folder.lock();
    if claim == Claim::IfFree {
        match read(&file.place, &folder) {
            Ok(other) if is_alive(&other) => return Err(EndpointError::NameInUse),
            Ok(_) | Err(EndpointError::NeverAppeared | EndpointError::Malformed) => {}
            Err(error) => return Err(error),
        }
    }
    file.endpoint = Endpoint::new(port)?;
    match folder.put(&file.place, file.endpoint.as_bytes()) {
        Ok(()) => Ok(Published(file)),
        Err(error) => Err(EndpointError::NotWritten(error)),
    }
}

/// Whether a server may be behind this endpoint. One that is too busy to answer, or has too many
/// clients, is alive, unless its process is not.
fn is_alive(endpoint: &Endpoint) -> bool {
    match dial(endpoint, PROBE) {
        Ok(_) => true,
        Err(EndpointError::NoAnswer | EndpointError::TurnedAway) => {
            endpoint.is_modeless() || !sys::is_gone(endpoint.pid())
        }
        Err(_) => false,
    }
}

/// A server's endpoint file, for as long as this lives: then it is removed, if it is still that
/// server's.
// On the heap, because it is handed from function to function while a server is made.
pub struct Published(Box<File>);

struct File {
    place: Place,
    endpoint: Endpoint,
}

impl Published {
    /// What is in the file.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Not before it is published, and not in a child that was forked off.
        if self.endpoint.pid() != std::process::id() {
            return;
        }
        if let Ok(folder) = open_folder(&self.place, false) {
            folder.lock();
            if let Ok(there) = read(&self.place, &folder)
                && there.is_same_start(&self.endpoint)
            {
                folder.remove(&self.place);
            }
        }
    }
}
