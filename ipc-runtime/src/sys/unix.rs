//! Unix: files have owners and modes. Plain system calls, which take a third of the bytes that std's
//! do, and reach a file by way of its opened folder.

use std::ffi::{CStr, CString, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use libc::{c_int, c_uint};

use super::{Access, FileName};
use crate::OsError;

pub(crate) const PLACES: [(&str, &str); 3] =
    [("IPC_DIR", ""), ("XDG_RUNTIME_DIR", "/ipc"), ("HOME", "/.ipc")];
pub(crate) const MODES: bool = true;

pub(crate) fn native(path: OsString) -> OsString {
    path
}

pub(crate) fn is_missing(error: OsError) -> bool {
    error.0 == libc::ENOENT
}

/// A folder, reached by no symlink.
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens it; with `create`, makes it first if it is missing, for this user alone. The folder
    /// that it is to be in must be there.
    pub(crate) fn open(path: OsString, create: bool) -> Result<Folder, OsError> {
        let Ok(path) = CString::new(path.into_vec()) else { return Err(OsError(libc::EINVAL)) };
        if create {
            // Whether it worked is seen by opening it.
            // SAFETY: the path ends in 0 and outlives the call.
            unsafe { libc::mkdir(path.as_ptr(), 0o700) };
        }
        open(libc::AT_FDCWD, &path, libc::O_DIRECTORY | libc::O_NOFOLLOW).map(Folder)
    }

    pub(crate) fn access(&self) -> Access {
        access(&self.0)
    }

    /// Waits until nobody else has locked the folder, and locks it until it is dropped.
    pub(crate) fn lock(&self) {
        // A file system without locks goes without.
        #[cfg(not(target_os = "solaris"))]
        // SAFETY: the descriptor is open; no pointer is passed.
        unsafe {
            libc::flock(self.0.as_raw_fd(), libc::LOCK_EX);
        }
    }

    /// Reads the beginning of a file that is no symlink: how many bytes, and who may get at them.
    pub(crate) fn read(
        &self,
        name: &FileName,
        into: &mut [u8],
    ) -> Result<(usize, Access), OsError> {
        // Nothing that is no file may block.
        let file = open(self.0.as_raw_fd(), name.c_str(), libc::O_NOFOLLOW | libc::O_NONBLOCK)?;
        // SAFETY: the descriptor is open; pointer and length are those of one slice.
        let n = unsafe { libc::read(file.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) };
        match usize::try_from(n) {
            Ok(n) => Ok((n, access(&file))),
            Err(_) => Err(last_error()),
        }
    }

    /// Creates a file that must not be there yet, for this user alone.
    pub(crate) fn create(&self, name: &FileName, content: &[u8]) -> Result<(), OsError> {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        let file = open(self.0.as_raw_fd(), name.c_str(), flags)?;
        // SAFETY: the descriptor is open; pointer and length are those of one slice.
        let n = unsafe { libc::write(file.as_raw_fd(), content.as_ptr().cast(), content.len()) };
        match usize::try_from(n) {
            Ok(n) if n == content.len() => Ok(()),
            Ok(_) => Err(OsError(libc::ENOSPC)),
            Err(_) => Err(last_error()),
        }
    }

    /// Gives a file another name, at once and in place of one that has it.
    pub(crate) fn rename(&self, from: &FileName, to: &FileName) -> Result<(), OsError> {
        let folder = self.0.as_raw_fd();
        let (from, to) = (from.c_str().as_ptr(), to.c_str().as_ptr());
        // SAFETY: the descriptor is open; the names end in 0 and outlive the call.
        match unsafe { libc::renameat(folder, from, folder, to) } {
            0 => Ok(()),
            _ => Err(last_error()),
        }
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &FileName) {
        // SAFETY: the descriptor is open; the name ends in 0 and outlives the call.
        unsafe { libc::unlinkat(self.0.as_raw_fd(), name.c_str().as_ptr(), 0) };
    }
}

impl FileName {
    fn c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}

/// Opens a file or folder, for reading unless `flags` say otherwise.
#[inline(never)]
fn open(folder: c_int, name: &CStr, flags: c_int) -> Result<OwnedFd, OsError> {
    const MODE: c_uint = 0o600;
    // SAFETY: the name ends in 0 and outlives the call; a mode is what it takes beside.
    let fd = unsafe { libc::openat(folder, name.as_ptr(), flags | libc::O_CLOEXEC, MODE) };
    if fd < 0 {
        return Err(last_error());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[inline(never)]
fn access(file: &OwnedFd) -> Access {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the descriptor is open, and there is room for what is written.
    let outcome = unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) };
    if outcome != 0 {
        return Access::Foreign;
    }
    // SAFETY: fstat has succeeded, so all of it is written.
    let stat = unsafe { stat.assume_init() };
    // SAFETY: takes nothing and cannot fail.
    let user = unsafe { libc::geteuid() };
    match stat.st_mode & 0o077 {
        _ if stat.st_uid != user => Access::Foreign,
        0 => Access::Private,
        _ => Access::Shared,
    }
}

#[cold]
#[inline(never)]
fn last_error() -> OsError {
    io::Error::last_os_error().into()
}

/// Fills `into`, of at most 256 bytes, and says whether it could.
#[must_use]
pub(crate) fn random(into: &mut [u8]) -> bool {
    // So few bytes come whole or not at all.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: pointer and length are those of one slice.
    let done = unsafe { libc::getrandom(into.as_mut_ptr().cast(), into.len(), 0) }
        == into.len().cast_signed();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    // SAFETY: pointer and length are those of one slice.
    let done = unsafe { libc::getentropy(into.as_mut_ptr().cast(), into.len()) } == 0;
    done
}
