//! Waiting without going to sleep, for a short while: to be woken takes longer than most answers do.

use std::time::Duration;

use crate::sys::socket::{self, SPIN};

/// Whether to go to sleep at once, and how long not to.
#[derive(Clone, Copy)]
pub(crate) struct Spin {
    /// Microseconds.
    most: u32,
    /// When something came last, in microseconds.
    since: u32,
    /// What came last came soon after what came before, so that more may.
    warm: bool,
}

impl Spin {
    pub(crate) const fn new() -> Spin {
        Spin { most: SPIN, since: 0, warm: false }
    }

    /// Sets how long is waited awake, in whole microseconds, of which there are 71 minutes at most.
    pub(crate) fn set_most(&mut self, most: Duration) {
        let most = u32::try_from(most.as_micros()).unwrap_or(u32::MAX);
        *self = Spin { most, ..Spin::new() };
    }

    /// Whether to look for what comes, and not to go to sleep.
    pub(crate) fn is_warm(&self) -> bool {
        self.warm
    }

    /// When something came last.
    pub(crate) fn since(&self) -> u32 {
        self.since
    }

    /// How many microseconds ago that was; wraps.
    pub(crate) fn passed(&self) -> u32 {
        socket::micros().wrapping_sub(self.since)
    }

    /// To be told after each look or sleep whether something `came`. If not, others who want the
    /// core have it first: the one who is waited for may be among them.
    #[inline(never)]
    pub(crate) fn looked(&mut self, came: bool) {
        let passed = self.passed();
        if came {
            self.since = self.since.wrapping_add(passed);
            // Who went to sleep in between was woken too late to tell.
            self.warm = passed / 2 < self.most;
        } else if self.warm {
            self.warm = passed < self.most;
            socket::leave_core();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Longer than any test takes.
    const LONG: Duration = Duration::from_secs(1000);

    fn spin(most: Duration) -> Spin {
        let mut spin = Spin::new();
        spin.set_most(most);
        spin.looked(true);
        spin.looked(true);
        spin
    }

    #[test]
    fn who_was_called_twice_in_a_row_waits_awake() {
        let mut spin = spin(LONG);
        assert!(spin.is_warm());
        spin.looked(false);
        assert!(spin.is_warm(), "not for long enough yet");
    }

    #[test]
    fn who_waits_in_vain_goes_to_sleep_and_stays_asleep() {
        let mut spin = spin(LONG);
        spin.most = 1;
        thread::sleep(Duration::from_millis(1));
        spin.looked(false);
        assert!(!spin.is_warm());
        spin.looked(false);
        assert!(!spin.is_warm());
        // What comes that late says nothing of what comes next.
        spin.looked(true);
        assert!(!spin.is_warm());
        spin.most = u32::MAX;
        spin.looked(true);
        assert!(spin.is_warm(), "and this came soon");
    }

    #[test]
    fn nobody_waits_awake_who_is_not_to() {
        assert!(!spin(Duration::ZERO).is_warm());
    }
}
