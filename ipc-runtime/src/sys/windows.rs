//! Windows: the folder lies in the user's profile, which others cannot read. Wine: the folder is the
//! Unix one, so that both sides meet there, and only the Unix side can make it private.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::{Access, FileName};
use crate::OsError;

/// Windows has only the first and the last. Wine lets the second through from the Unix side, and
/// always sets the third.
pub(crate) const PLACES: [(&str, &str); 4] =
    [("IPC_DIR", ""), ("XDG_RUNTIME_DIR", "\\ipc"), (WINE, "\\.ipc"), ("LOCALAPPDATA", "\\ipc")];
pub(crate) const MODES: bool = false;

/// Wine says in it where the Unix home is, as a path of the NT kernel.
const WINE: &str = "WINEHOMEDIR";

/// Unix paths, and those of the NT kernel, as `\\?\` takes them, whether or not a drive is for `/`.
pub(crate) fn native(path: OsString) -> OsString {
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

fn is_wine() -> bool {
    std::env::var_os(WINE).is_some()
}

pub(crate) fn is_missing(error: OsError) -> bool {
    const FILE_NOT_FOUND: i32 = 2;
    const PATH_NOT_FOUND: i32 = 3;
    matches!(error.0, FILE_NOT_FOUND | PATH_NOT_FOUND)
}

/// A folder. It is not looked at before there is something to do in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// With `create`, makes it first if it is missing; but not under Wine, where other users could
    /// read it. The folder that it is to be in must be there.
    #[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
    pub(crate) fn open(path: OsString, create: bool) -> Result<Folder, OsError> {
        let path = PathBuf::from(path);
        if create && !is_wine() {
            // Whether it worked is seen by using it.
            let _ = fs::create_dir(&path);
        }
        Ok(Folder(path))
    }

    #[allow(clippy::unused_self, reason = "other systems look at it")]
    pub(crate) fn access(&self) -> Access {
        Access::Private
    }

    #[allow(clippy::unused_self, reason = "other systems lock it")]
    pub(crate) fn lock(&self) {}

    /// Reads the beginning of a file: how many bytes.
    pub(crate) fn read(
        &self,
        name: &FileName,
        into: &mut [u8],
    ) -> Result<(usize, Access), OsError> {
        let n = OpenOptions::new().read(true).open(self.path(name))?.read(into)?;
        Ok((n, Access::Private))
    }

    /// Creates a file that must not be there yet.
    pub(crate) fn create(&self, name: &FileName, content: &[u8]) -> Result<(), OsError> {
        let path = self.path(name);
        Ok(OpenOptions::new().write(true).create_new(true).open(path)?.write_all(content)?)
    }

    /// Gives a file another name, at once and in place of one that has it.
    pub(crate) fn rename(&self, from: &FileName, to: &FileName) -> Result<(), OsError> {
        let mut left = 50;
        loop {
            match fs::rename(self.path(from), self.path(to)) {
                // A client may have it open, for the time that it takes to read a few bytes.
                Err(_) if left > 0 => thread::sleep(Duration::from_millis(2)),
                outcome => return Ok(outcome?),
            }
            left -= 1;
        }
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &FileName) {
        let _ = fs::remove_file(self.path(name));
    }

    fn path(&self, name: &FileName) -> PathBuf {
        let name = name.0.split(|byte| *byte == 0).next().unwrap_or_default();
        self.0.join(str::from_utf8(name).unwrap_or_default())
    }
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
