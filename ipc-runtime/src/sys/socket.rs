//! Sockets and a clock, where the standard library spends many bytes on them.
//!
//! On Linux these few system calls take 2 KiB less in every program than the same of the standard
//! library does, mostly because an error is a number. Other systems use the standard library. Each
//! file supplies:
//!
//! * `connect`: a connection to a port of this machine, or an error after a bounded time;
//! * `listen`, `port`, `accept`: a listener that does not block, where it listens, and the
//!   connections that come to it; `stop_listening`: wakes who waits for them;
//! * `hang_up`: the end of a connection on which another thread may be blocked;
//! * `process`: which process is at the other end, where the system says;
//! * `Transport` for the sockets of the standard library and of mio: one read, one write;
//! * `FORGETS`: whether what has been received and not read is lost when the connection is reset;
//! * `set_timeouts`: how long reads and writes of a blocking connection take at most;
//! * `now` and `micros`: milliseconds and microseconds of a clock that never goes back; `lately`: the
//!   former of one that stands still for up to `TICK` of them, and is sooner read; `SPIN`: for how
//!   many of the latter it is good not to go to sleep; `leave_core`: to others, for a moment.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::*;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod portable;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use portable::*;

pub(crate) use super::is_refused;
#[cfg(feature = "server")]
pub(crate) use super::is_transient;
