//! When to try again.

use crate::sys::{self, socket};

/// Milliseconds of the first pause between two attempts to connect, at most, and of any.
const FIRST_PAUSE: u32 = 10;
const LONGEST_PAUSE: u32 = 1_000;

/// When to try again.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackOff {
    /// Attempts since there was a connection.
    pub(super) attempts: u32,
    /// How often it has come to nothing, connections included that were lost unused.
    failures: u32,
    /// When the next attempt may be made.
    next: u32,
    /// When the connection was made, if it has not been of use.
    unproved: Option<u32>,
}

impl BackOff {
    pub(super) const fn new(now: u32) -> BackOff {
        BackOff { attempts: 0, failures: 0, next: now, unproved: None }
    }

    /// Milliseconds until the next attempt may be made.
    pub(super) fn left(&self, now: u32) -> u32 {
        let left = self.next.wrapping_sub(now);
        if left > LONGEST_PAUSE { 0 } else { left }
    }

    pub(super) fn tried(&mut self, now: u32) {
        self.attempts = self.attempts.saturating_add(1);
        self.next = now;
    }

    /// An attempt came to nothing.
    pub(super) fn pause(&mut self, now: u32, random: u32) {
        self.failures = self.failures.saturating_add(1);
        self.next = now.wrapping_add(pause(self.failures, random));
    }

    pub(super) fn connected(&mut self, now: u32) {
        self.attempts = 0;
        self.unproved = Some(now);
    }

    /// A call was answered.
    pub(super) fn proved(&mut self) {
        self.unproved = None;
        self.failures = 0;
    }

    /// The connection is gone. One that was of no use counts as an attempt that came to nothing:
    /// a server that closes what it accepts is not called without pause.
    pub(super) fn lost(&mut self, now: u32, random: u32) {
        match self.unproved.take() {
            Some(since) if now.wrapping_sub(since) < LONGEST_PAUSE => self.pause(now, random),
            _ => {
                self.failures = 0;
                self.next = now;
            }
        }
    }
}

/// Milliseconds to pause after so many failures, more than none: any time, equally likely, up to
/// 10 ms, then 20, and so on up to a second.
fn pause(failures: u32, random: u32) -> u32 {
    let doublings = failures.saturating_sub(1).min(LONGEST_PAUSE.ilog2());
    let most = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
    let scaled = u64::from(random) * (u64::from(most) + 1);
    u32::try_from(scaled >> u32::BITS).unwrap_or(most)
}

/// Any number. Nothing secret depends on it, so the clock has to do where there is none better.
pub(super) fn random() -> u32 {
    let mut bytes = [0; 4];
    match sys::random(&mut bytes) {
        true => u32::from_ne_bytes(bytes),
        false => socket::now().wrapping_mul(0x9e37_79b9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Xorshift, so that a run can be repeated.
    fn numbers(seed: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(seed), |last| {
            let mut n = *last;
            n ^= n << 13;
            n ^= n >> 17;
            n ^= n << 5;
            Some(n)
        })
    }

    #[test]
    fn pauses_are_anything_up_to_a_bound_that_doubles() {
        for (failures, most) in (1..).zip([10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]) {
            assert_eq!((pause(failures, 0), pause(failures, u32::MAX)), (0, most));
            let drawn: Vec<u32> = numbers(1).take(10_000).map(|n| pause(failures, n)).collect();
            assert!(drawn.iter().all(|pause| *pause <= most));
            let mean = drawn.iter().sum::<u32>() / 10_000;
            assert!(mean.abs_diff(most / 2) <= most / 20 + 1, "{failures}: {mean} of {most}");
        }
        assert_eq!(pause(u32::MAX, u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn a_connection_that_was_of_use_is_sought_at_once_when_it_is_lost() {
        let mut back_off = BackOff::new(5);
        for failures in 1..=4 {
            assert_eq!(back_off.left(5), 0);
            back_off.tried(5);
            back_off.pause(5, u32::MAX);
            assert_eq!(back_off.left(5), 10 << (failures - 1));
            assert_eq!(back_off.attempts, failures);
            back_off.next = 5;
        }
        back_off.tried(5);
        back_off.connected(5);
        back_off.proved();
        back_off.lost(6, u32::MAX);
        assert_eq!((back_off.left(6), back_off.attempts), (0, 0));
    }

    #[test]
    fn one_that_was_of_none_is_a_failure_unless_it_lasted() {
        let mut back_off = BackOff::new(u32::MAX - 3);
        for failures in 1..=3 {
            back_off.tried(back_off.next);
            back_off.connected(back_off.next);
            let now = back_off.next.wrapping_add(7);
            back_off.lost(now, u32::MAX);
            assert_eq!(back_off.left(now), 10 << (failures - 1), "though the clock wraps");
        }
        back_off.connected(100_000);
        back_off.lost(101_000, u32::MAX);
        assert_eq!(back_off.left(101_000), 0);
    }

    #[test]
    fn what_is_overdue_is_not_waited_for() {
        let back_off = BackOff::new(50);
        assert_eq!(back_off.left(49), 1);
        assert_eq!(back_off.left(50), 0);
        assert_eq!(back_off.left(1_000_000), 0);
    }
}
