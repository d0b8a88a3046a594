//! Unix: files have owners and modes.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::Access;

pub(crate) const PLACES: [(&str, &str); 3] =
    [("IPC_DIR", ""), ("XDG_RUNTIME_DIR", "/ipc"), ("HOME", "/.ipc")];
pub(crate) const SEPARATOR: &str = "/";
pub(crate) const MODES: bool = true;

pub(crate) fn native(path: OsString) -> OsString {
    path
}

/// The last component only: the rest is there, or the place is none.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Creates a file that must not be there yet.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens for reading what is no symlink, without waiting for anything.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    open(path, libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

#[inline(never)]
fn open(path: &Path, flags: i32) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

pub(crate) struct Folder(File);

impl Folder {
    /// Opens what is a folder and no symlink.
    pub(crate) fn open(path: &Path) -> io::Result<Folder> {
        open(path, libc::O_NOFOLLOW | libc::O_DIRECTORY).map(Folder)
    }

    pub(crate) fn access(&self) -> Access {
        access(&self.0)
    }

    /// Waits until nobody else has locked the folder, and locks it until it is dropped.
    pub(crate) fn lock(&self) {
        // A file system without locks goes without.
        #[cfg(not(target_os = "solaris"))]
        // SAFETY: takes no pointer, and the descriptor is open.
        unsafe {
            libc::flock(self.0.as_raw_fd(), libc::LOCK_EX);
        }
    }
}

pub(crate) fn access(file: &File) -> Access {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the descriptor is open, and there is room for what is written.
    let failed = unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) } != 0;
    if failed {
        return Access::Foreign;
    }
    // SAFETY: fstat has succeeded, so it is written.
    let stat = unsafe { stat.assume_init() };
    // SAFETY: takes nothing and cannot fail.
    let user = unsafe { libc::geteuid() };
    match stat.st_mode & 0o077 {
        _ if stat.st_uid != user => Access::Foreign,
        0 => Access::Private,
        _ => Access::Shared,
    }
}

/// Fills `into`, of at most 256 bytes, and says whether it could.
#[must_use]
pub(crate) fn random(into: &mut [u8]) -> bool {
    // Up to 256 bytes come whole or not at all.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: pointer and length are those of one slice.
    let done = unsafe { libc::getrandom(into.as_mut_ptr().cast(), into.len(), 0) }
        == into.len().cast_signed();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    // SAFETY: pointer and length are those of one slice.
    let done = unsafe { libc::getentropy(into.as_mut_ptr().cast(), into.len()) } == 0;
    done
}
