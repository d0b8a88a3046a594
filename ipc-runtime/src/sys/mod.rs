//! What std does not offer, or spends many bytes on. The only room with unsafe code.
//!
//! A new platform is a file here that is named after it, or one of these where it is like them; and
//! nothing elsewhere. `signals` has something for every system; `socket` has what a file in its
//! folder says for sockets and the clock, of which `portable` does wherever the standard library is;
//! `watch` has the two ways in which systems tell a loop of its sockets.
//! The files named after systems each supply:
//!
//! * `Place`: where an endpoint of this user is, by the environment.
//! * `Folder`: the folder that it is in, opened, and what is done there. Of two that are `lock`ed
//!   the second waits for the first to be dropped, where the system can do that.
//! * `MODES`: whether a file that is created can be kept from other users by a mode of its own.
//! * `is_missing`: whether an error says that a file or folder is not there. `is_refused`: that nothing
//!   listens. `is_transient`: that a socket is as good as before.
//! * `is_gone`: whether there is certainly no such process.
//! * `random`: bytes that nobody can predict. `sleep`: a short wait.

#[cfg(feature = "server")]
pub(crate) mod signals;
pub(crate) mod socket;
#[cfg(feature = "server")]
pub(crate) mod watch;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

/// Who may get at a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(windows, allow(dead_code, reason = "Windows says nothing of the kind"))]
pub(crate) enum Access {
    /// Its owner, who is the user this process runs as.
    Private,
    /// Others too, but the owner is this user.
    Shared,
    /// It is another user's.
    Foreign,
}
