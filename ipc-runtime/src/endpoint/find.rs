//! Waiting for a server to publish itself.

use std::time::Duration;

use super::place::{open_folder, place_of, read};
use super::{Endpoint, EndpointError};
use crate::sys::socket::now;
use crate::sys::{self, Place};

/// Milliseconds between the first two looks, and at most.
const FIRST_PAUSE: u32 = 2;
const LONGEST_PAUSE: u32 = 100;

/// Waits for the server of this name to publish itself, for up to `within`.
///
/// # Errors
///
/// What was wrong when it was looked for the last time; at once if waiting would not help. That
/// the server is there and answers is for [`dial`](super::dial) to see.
pub fn find(name: &str, within: Duration) -> Result<Endpoint, EndpointError> {
    let mut search = Search::new(name, within)?;
    loop {
        match search.look() {
            Err(error) if error.may_pass() && search.pause() => {}
            outcome => return outcome,
        }
    }
}

/// Looks for a server's endpoint again and again, at growing distances.
pub struct Search {
    place: Place,
    start: u32,
    /// Milliseconds.
    within: u32,
    pause: u32,
}

impl Search {
    /// A search that may take about `within`, of 49 days at most.
    ///
    /// # Errors
    ///
    /// [`EndpointError::BadName`] and [`EndpointError::NoFolder`].
    pub fn new(name: &str, within: Duration) -> Result<Search, EndpointError> {
        let within = u32::try_from(within.as_millis()).unwrap_or(u32::MAX);
        Ok(Search { place: place_of(name)?, start: now(), within, pause: FIRST_PAUSE })
    }

    /// Looks once, without waiting.
    ///
    /// # Errors
    ///
    /// Why there is no endpoint.
    #[inline(never)]
    pub fn look(&self) -> Result<Endpoint, EndpointError> {
        match open_folder(&self.place, false) {
            Ok(folder) => read(&self.place, &folder),
            // The server makes it.
            Err(EndpointError::NoFolder) => Err(EndpointError::NeverAppeared),
            Err(error) => Err(error),
        }
    }

    /// Blocks until it is worth looking again: 2 ms, then twice as long each time, up to 100 ms.
    /// `false`, at once: the time is up.
    #[inline(never)]
    pub fn pause(&mut self) -> bool {
        let left = self.left();
        sys::sleep(self.pause.min(left));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        left > 0
    }

    /// Milliseconds that are left of the time.
    pub fn left(&self) -> u32 {
        self.within.saturating_sub(now().wrapping_sub(self.start))
    }
}
