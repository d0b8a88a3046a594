//! Unix: files have owners and modes. Plain system calls, which take a tenth of the bytes that std's
//! do, and reach a file by way of its opened folder: what was checked is what is used.

use std::ffi::{CStr, OsStr};
use std::hint::black_box;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use libc::{c_char, c_int, c_uint};

use super::Access;
use crate::OsError;

pub(crate) const MODES: bool = true;

/// Environment variables that say where the folder is, best first, and what is to be appended.
static PLACES: [(&CStr, &str); 3] =
    [(c"IPC_DIR", ""), (c"XDG_RUNTIME_DIR", "/ipc"), (c"HOME", "/.ipc")];

pub(crate) fn is_missing(error: OsError) -> bool {
    error.0 == libc::ENOENT
}

/// Whether a connection was refused because nothing listens there.
pub(crate) fn is_refused(error: OsError) -> bool {
    error.0 == libc::ECONNREFUSED
}

/// No error of a socket, but one of the moment: nothing to read yet, no room to write, a signal.
pub(crate) fn is_transient(code: i32) -> bool {
    matches!(code, libc::EAGAIN | libc::EINTR)
}

/// Where one endpoint is, as the system takes it:
///
/// ```text
///   0 1          72             1024
///   | . name.ipc | folder       |      each filled up with 0, one byte at least
/// ```
///
/// Until it is whole the file has a dot before its name, which no name begins with.
pub(crate) struct Place(Box<[u8; SIZE]>);

const UNFINISHED: usize = 0;
const FILE: usize = 1;
const FOLDER: usize = 72;
const SIZE: usize = 1024;

impl Place {
    /// `None`: the environment does not say where endpoints are, or in more bytes than there is
    /// room for. A name has 64 at most.
    #[inline(never)]
    pub(crate) fn of(name: &str) -> Option<Place> {
        // Were their number known, each would get a loop of its own.
        let (folder, below) =
            black_box(PLACES.as_slice()).iter().find_map(|(variable, below)| {
                // SAFETY: the name ends in 0. Nobody else changes the environment meanwhile: who does
                // has promised so, see `std::env::set_var`.
                let value = unsafe { libc::getenv(variable.as_ptr()) };
                if value.is_null() {
                    return None;
                }
                // SAFETY: it is not null, so it is a text that ends in 0.
                let value = unsafe { CStr::from_ptr(value) }.to_bytes();
                (!value.is_empty()).then_some((value, below.as_bytes()))
            })?;
        let mut texts = Box::new([0; SIZE]);
        *texts.first_mut()? = b'.';
        let mut place = Place(texts);
        place.put(FILE, name.as_bytes())?;
        place.put(FILE + name.len(), b".ipc")?;
        place.put(FOLDER, folder)?;
        place.put(FOLDER + folder.len(), below)?;
        Some(place)
    }

    /// Writes part of a text. The last byte of all is never written, so that each text ends.
    #[inline(never)]
    fn put(&mut self, at: usize, part: &[u8]) -> Option<()> {
        let (_, texts) = self.0.split_last_mut()?;
        texts.get_mut(at..at + part.len())?.copy_from_slice(part);
        Some(())
    }

    /// The file's path, to be shown.
    pub(crate) fn path(&self) -> PathBuf {
        [FOLDER, FILE]
            .into_iter()
            .map(|at| {
                let text = self.0.get(at..).unwrap_or_default().split(|byte| *byte == 0).next();
                OsStr::from_bytes(text.unwrap_or_default())
            })
            .collect()
    }

    /// The text that begins there and ends in 0. It lives as long as this.
    fn text(&self, at: usize) -> *const c_char {
        self.0.get(at..).unwrap_or(b"\0").as_ptr().cast()
    }
}

/// A folder, reached by no symlink.
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens it; with `create`, makes it first if it is missing, for this user alone. The folder
    /// that it is to be in must be there.
    pub(crate) fn open(place: &Place, create: bool) -> Result<Folder, OsError> {
        if create {
            // Whether it worked is seen by opening it.
            // SAFETY: the path ends in 0 and outlives the call.
            unsafe { libc::mkdir(place.text(FOLDER), 0o700) };
        }
        // SAFETY: the path ends in 0 and outlives the call.
        unsafe { open(libc::AT_FDCWD, place.text(FOLDER), libc::O_DIRECTORY) }.map(Folder)
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

    /// Reads the beginning of the file, if it is no symlink: how many bytes, and who may get at
    /// them.
    pub(crate) fn read(&self, place: &Place, into: &mut [u8]) -> Result<(usize, Access), OsError> {
        // What is no file is not waited for.
        // SAFETY: the name ends in 0 and outlives the call.
        let file = unsafe { self.open_in(place.text(FILE), libc::O_NONBLOCK) }?;
        // SAFETY: the descriptor is open; pointer and length are those of one slice.
        let n = unsafe { libc::read(file.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) };
        match usize::try_from(n) {
            Ok(n) => Ok((n, access(&file))),
            Err(_) => Err(last_error()),
        }
    }

    /// Puts the file there, for this user alone: at once, and in place of one that is there.
    pub(crate) fn put(&self, place: &Place, content: &[u8]) -> Result<(), OsError> {
        let folder = self.0.as_raw_fd();
        let (unfinished, whole) = (place.text(UNFINISHED), place.text(FILE));
        // It may have been left by a server that was killed just here.
        // SAFETY: the descriptor is open; the name ends in 0 and outlives the call.
        unsafe { libc::unlinkat(folder, unfinished, 0) };
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        // SAFETY: the name ends in 0 and outlives the call.
        let file = unsafe { self.open_in(unfinished, flags) }?;
        // SAFETY: the descriptor is open; pointer and length are those of one slice.
        let n = unsafe { libc::write(file.as_raw_fd(), content.as_ptr().cast(), content.len()) };
        // SAFETY: the descriptor is open; the names end in 0 and outlive the call.
        let done = n == content.len().cast_signed()
            && unsafe { libc::renameat(folder, unfinished, folder, whole) } == 0;
        if done { Ok(()) } else { Err(last_error()) }
    }

    /// Removes the file, if it is there.
    pub(crate) fn remove(&self, place: &Place) {
        // SAFETY: the descriptor is open; the name ends in 0 and outlives the call.
        unsafe { libc::unlinkat(self.0.as_raw_fd(), place.text(FILE), 0) };
    }

    /// # Safety
    ///
    /// As [`open`].
    unsafe fn open_in(&self, name: *const c_char, flags: c_int) -> Result<OwnedFd, OsError> {
        // SAFETY: as promised.
        unsafe { open(self.0.as_raw_fd(), name, flags) }
    }
}

/// Opens a file or folder that is no symlink; for reading, unless `flags` say otherwise.
///
/// # Safety
///
/// `path` ends in 0.
#[inline(never)]
unsafe fn open(folder: c_int, path: *const c_char, flags: c_int) -> Result<OwnedFd, OsError> {
    const MODE: c_uint = 0o600;
    let flags = flags | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the path ends in 0, and a mode is what follows flags.
    let fd = unsafe { libc::openat(folder, path, flags, MODE) };
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
    let failed = unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) };
    if failed != 0 {
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

/// Whether there is certainly no process of this id.
pub(crate) fn is_gone(pid: u32) -> bool {
    let pid = pid.cast_signed();
    // Those that are no positive number stand for many.
    // SAFETY: no pointer is passed, and signal 0 is none.
    pid > 0 && unsafe { libc::kill(pid, 0) } != 0 && last_error().0 == libc::ESRCH
}

#[cold]
#[inline(never)]
pub(super) fn last_error() -> OsError {
    io::Error::last_os_error().into()
}

/// Fills `into`, of at most 256 bytes, and says whether it could.
#[must_use]
#[inline(never)]
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

/// Blocks for so many milliseconds, below 1000, or until a signal comes.
pub(crate) fn sleep(millis: u32) {
    // SAFETY: no pointer is passed.
    unsafe { libc::usleep(millis * 1000) };
}
