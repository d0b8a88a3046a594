//! What std does not offer, or spends many bytes on. The only room with unsafe code.
//!
//! `socket` has something for every system. The files named after systems each supply:
//!
//! * `PLACES`: environment variables that say where the endpoint folder is, best first, and what
//!   is to be appended to each. `native`: such a path as the system's own calls take it.
//! * `Folder`: an opened folder, and what is done with the files in it. Of two that are `lock`ed
//!   the second waits for the first to be dropped, where the system can do that.
//! * `MODES`: whether a file that is created can be kept from other users by a mode of its own.
//! * `is_missing`: whether an error says that a file or folder is not there.
//! * `random`: bytes that nobody can predict.

pub(crate) mod socket;

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

/// A file's name within its folder: text, and at least one 0 behind it.
pub(crate) struct FileName(pub(crate) [u8; 72]);
