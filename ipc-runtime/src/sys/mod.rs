//! What std does not offer, and where the systems differ about files. The only room with unsafe code.
//!
//! Each file here supplies:
//!
//! * `PLACES`: environment variables that say where the endpoint folder is, best first, and what
//!   is to be appended to each. `native`: such a path as the system's own calls take it.
//! * `create_folder`, `create_file`, `open_file`: with no access for other users, as far as can be.
//!   `MODES`: whether it can be.
//! * `Folder`: an opened folder. While it is `lock`ed, nobody else's is.
//! * `Access`: who may get at an opened file or folder.
//! * `random`: bytes that nobody can predict.
//!
//! `socket` has something for every system.

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
