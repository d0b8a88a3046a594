//! Windows: the folder lies in the user's profile, which others cannot read. Wine: the folder is the
//! Unix one, so that both sides meet there, and only the Unix side can make it private.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::windows::io::AsRawSocket;
use std::path::PathBuf;
use std::ptr;
use std::thread;
use std::time::Duration;

use super::Access;
use crate::OsError;

pub(crate) const MODES: bool = false;

/// Environment variables that say where the folder is, best first, and what is to be appended.
/// Windows has only the first and the last. Wine lets the second through from the Unix side, and
/// always sets the third.
const PLACES: [(&str, &str); 4] =
    [("IPC_DIR", ""), ("XDG_RUNTIME_DIR", "\\ipc"), (WINE, "\\.ipc"), ("LOCALAPPDATA", "\\ipc")];

/// Wine says in it where the Unix home is, as a path of the NT kernel.
const WINE: &str = "WINEHOMEDIR";

fn is_wine() -> bool {
    env::var_os(WINE).is_some()
}

pub(crate) fn is_missing(error: OsError) -> bool {
    const FILE_NOT_FOUND: i32 = 2;
    const PATH_NOT_FOUND: i32 = 3;
    matches!(error.0, FILE_NOT_FOUND | PATH_NOT_FOUND)
}

/// Whether a connection was refused because nothing listens there.
pub(crate) fn is_refused(error: OsError) -> bool {
    const WSAECONNREFUSED: i32 = 10061;
    error.0 == WSAECONNREFUSED
}

/// No error of a socket, but one of the moment: nothing to read yet, no room to write.
pub(crate) fn is_transient(code: i32) -> bool {
    const WSAEINTR: i32 = 10004;
    const WSAEWOULDBLOCK: i32 = 10035;
    const WSAETIMEDOUT: i32 = 10060;
    matches!(code, WSAEINTR | WSAEWOULDBLOCK | WSAETIMEDOUT)
}

/// Where one endpoint is.
pub(crate) struct Place {
    folder: PathBuf,
    /// The file's name in it.
    file: String,
}

impl Place {
    /// `None`: the environment does not say where endpoints are.
    pub(crate) fn of(name: &str) -> Option<Place> {
        let folder = PLACES.iter().find_map(|(variable, below)| {
            let value = env::var_os(variable).filter(|value| !value.is_empty())?;
            let mut path = native(value);
            path.push(below);
            Some(path.into())
        })?;
        Some(Place { folder, file: [name, ".ipc"].concat() })
    }

    /// The file's path, to be shown.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(&self.file)
    }
}

/// Unix paths, and those of the NT kernel, as `\\?\` takes them, whether or not a drive is for `/`.
fn native(path: OsString) -> OsString {
    let Some(text) = path.to_str() else { return path };
    let (head, tail) = match text.strip_prefix("\\??\\") {
        Some(tail) => ("\\\\?\\", tail),
        None if text.starts_with('/') && is_wine() => ("\\\\?\\unix", text),
        None => return path,
    };
    let mut path = String::from(head);
    path.extend(tail.chars().map(|c| if c == '/' { '\\' } else { c }));
    path.into()
}

/// A folder that is there. Who else may use it, Windows tells by means that Wine does not have.
pub(crate) struct Folder;

impl Folder {
    /// With `create`, makes it first if it is missing; but not under Wine, where other users could
    /// read it. The folder that it is to be in must be there.
    pub(crate) fn open(place: &Place, create: bool) -> Result<Folder, OsError> {
        if create && !is_wine() {
            // Whether it worked is seen by looking at it.
            let _ = fs::create_dir(&place.folder);
        }
        fs::metadata(&place.folder)?;
        Ok(Folder)
    }

    #[allow(clippy::unused_self, reason = "other systems look at it")]
    pub(crate) fn access(&self) -> Access {
        Access::Private
    }

    #[allow(clippy::unused_self, reason = "other systems lock it")]
    pub(crate) fn lock(&self) {}

    /// Reads the beginning of the file: how many bytes.
    #[allow(clippy::unused_self, reason = "other systems read in it")]
    pub(crate) fn read(&self, place: &Place, into: &mut [u8]) -> Result<(usize, Access), OsError> {
        let n = File::open(place.path())?.read(into)?;
        Ok((n, Access::Private))
    }

    /// Puts the file there: at once, and in place of one that is there.
    #[allow(clippy::unused_self, reason = "other systems write in it")]
    pub(crate) fn put(&self, place: &Place, content: &[u8]) -> Result<(), OsError> {
        // Until it is whole it has a dot before its name, which no name begins with.
        let unfinished = place.folder.join([".", &place.file].concat());
        // It may have been left by a server that was killed just here.
        let _ = fs::remove_file(&unfinished);
        File::create_new(&unfinished)?.write_all(content)?;
        let mut tries = 50;
        loop {
            match fs::rename(&unfinished, place.path()) {
                // A client may have the old one open, for the time that it takes to read it.
                Err(_) if tries > 0 => sleep(2),
                outcome => return Ok(outcome?),
            }
            tries -= 1;
        }
    }

    /// Removes the file, if it is there.
    #[allow(clippy::unused_self, reason = "other systems remove in it")]
    pub(crate) fn remove(&self, place: &Place) {
        let _ = fs::remove_file(place.path());
    }
}

/// Whether there is certainly no process of this id. Under Wine there are two kinds of id.
pub(crate) fn is_gone(_: u32) -> bool {
    false
}

#[link(name = "advapi32")]
unsafe extern "system" {
    /// `RtlGenRandom`. It is in every Windows and in every Wine; `ProcessPrng` is not.
    #[link_name = "SystemFunction036"]
    fn rtl_gen_random(into: *mut u8, len: u32) -> u8;
}

/// Fills `into` and says whether it could.
#[must_use]
pub(crate) fn random(into: &mut [u8]) -> bool {
    let Ok(len) = u32::try_from(into.len()) else { return false };
    // SAFETY: pointer and length are those of one slice.
    unsafe { rtl_gen_random(into.as_mut_ptr(), len) != 0 }
}

/// Blocks for so many milliseconds.
pub(crate) fn sleep(millis: u32) {
    thread::sleep(Duration::from_millis(millis.into()));
}

#[link(name = "kernel32")]
unsafe extern "system" {
    #[link_name = "CancelIoEx"]
    fn cancel_io_ex(handle: usize, overlapped: *mut u8) -> i32;
}

/// Ends the reads and writes in which other threads are blocked on this socket.
#[allow(clippy::cast_possible_truncation, reason = "a handle is as wide as a pointer")]
pub(crate) fn cancel(stream: &TcpStream) {
    // SAFETY: the socket is open for as long as it is borrowed, and null stands for all that is
    // under way on it.
    unsafe { cancel_io_ex(stream.as_raw_socket() as usize, ptr::null_mut()) };
}
