//! Windows: the folder lies in the user's profile, which others cannot read. Wine: the folder is the
//! Unix one, so that both sides meet there, and only the Unix side can make it private.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Access;

/// The last is missing in no Windows, and the two before it in every one: Wine sets the second,
/// and lets the first through from the Unix side.
pub(crate) const PLACES: [(&str, &str); 4] = [
    ("IPC_DIR", ""),
    ("XDG_RUNTIME_DIR", "\\ipc"),
    (WINE, "\\.ipc"),
    ("LOCALAPPDATA", "\\ipc"),
];
pub(crate) const SEPARATOR: &str = "\\";
pub(crate) const MODES: bool = false;

/// Wine says in it where the Unix home is, as a path of the NT kernel.
const WINE: &str = "WINEHOMEDIR";

/// Unix paths, and those of the NT kernel, as `\\?\` takes them: with or without a drive for `/`.
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

/// The last component only. Not under Wine, where it would be open to other users.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    if is_wine() { Err(ErrorKind::Unsupported.into()) } else { DirBuilder::new().create(path) }
}

/// Creates a file that must not be there yet.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Windows has nothing to ask of it.
pub(crate) struct Folder;

impl Folder {
    #[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
    pub(crate) fn open(_: &Path) -> io::Result<Folder> {
        Ok(Folder)
    }

    #[allow(clippy::unused_self, reason = "other systems look at it")]
    pub(crate) fn access(&self) -> Access {
        Access::Private
    }

    #[allow(clippy::unused_self, reason = "other systems lock it")]
    pub(crate) fn lock(&self) {}
}

pub(crate) fn access(_: &File) -> Access {
    Access::Private
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
