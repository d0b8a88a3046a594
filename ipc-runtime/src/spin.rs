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
    /// When others last had the core for long that was handed on.
    lost: u32,
}

/// Microseconds that are waited awake at most: meanwhile deadlines are not looked at.
const LONGEST: u32 = 10_000;

/// Microseconds for which whoever lost its core to others goes to sleep at once: who is woken gets
/// it sooner than who has handed it on. Without this a call takes 4 ms on a busy machine.
const REST: u32 = 100_000;

impl Spin {
    pub(crate) const fn new() -> Spin {
        Spin { most: SPIN, since: 0, warm: false, lost: 0 }
    }

    /// Sets how long is waited awake, in whole microseconds.
    pub(crate) fn set_most(&mut self, most: Duration) {
        let most = u32::try_from(most.as_micros()).unwrap_or(LONGEST).min(LONGEST);
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
        let now = socket::micros();
        let passed = now.wrapping_sub(self.since);
        if came {
            self.since = now;
            // Who went to sleep in between was woken too late to tell.
            self.warm = passed / 2 < self.most && now.wrapping_sub(self.lost) > REST;
        } else if self.warm {
            socket::leave_core();
            let away = socket::micros().wrapping_sub(now);
            self.warm = passed < self.most;
            if away / 4 > self.most {
                self.lost = now;
                self.warm = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Longer than any test takes.
    const LONG: u32 = 1_000_000_000;

    fn spin(most: u32) -> Spin {
        let mut spin = Spin { most, ..Spin::new() };
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
        // The core may have been gone for long when it was handed on.
        spin.lost = socket::micros().wrapping_sub(REST + 1);
        spin.looked(true);
        assert!(spin.is_warm(), "and this came soon");
    }

    #[test]
    fn who_lost_its_core_to_others_goes_to_sleep_for_a_while() {
        let mut spin = spin(LONG);
        spin.lost = socket::micros();
        spin.looked(true);
        assert!(!spin.is_warm());
        spin.lost = socket::micros().wrapping_sub(REST + 1);
        spin.looked(true);
        assert!(spin.is_warm());
    }

    #[test]
    fn nobody_waits_awake_who_is_not_to_or_for_longer_than_a_deadline_bears() {
        let mut spin = spin(LONG);
        for (most, micros) in [(Duration::ZERO, 0), (Duration::MAX, LONGEST)] {
            spin.set_most(most);
            assert_eq!(spin.most, micros);
        }
        assert!(!self::spin(0).is_warm());
    }
}
