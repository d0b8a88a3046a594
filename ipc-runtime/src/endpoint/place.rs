//! Where endpoint files are: which folder, which name, and who else may get there (WIRE.md §8).

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::record::{LEN, MODELESS};
use super::{Endpoint, EndpointError};
use crate::sys::{self, Access, FileName, Folder};

/// Where the server of this name publishes itself, on this machine and for this user: to show
/// where one was looked for.
///
/// # Errors
///
/// [`EndpointError::BadName`] and [`EndpointError::NoFolder`].
pub fn path_of(name: &str) -> Result<PathBuf, EndpointError> {
    check_name(name)?;
    let mut path = PathBuf::from(folder()?);
    let mut file = String::from(name);
    file.push_str(ENDPOINT);
    path.push(file);
    Ok(path)
}

/// What endpoint files end in.
const ENDPOINT: &str = ".ipc";
/// What they end in until they are whole.
const UNFINISHED: &str = ".tmp";

/// Bytes of the longest name.
const LONGEST: usize = 64;

/// The folder, and the file's name in it.
pub(super) struct Place {
    folder: OsString,
    pub(super) file: FileName,
    /// Where the file is written before it gets its name.
    pub(super) unfinished: FileName,
}

impl Place {
    #[inline(never)]
    pub(super) fn of(name: &str) -> Result<Place, EndpointError> {
        check_name(name)?;
        Ok(Place {
            folder: folder()?,
            file: file_name(name, ENDPOINT),
            unfinished: file_name(name, UNFINISHED),
        })
    }

    /// Opens the folder, if this user is the only one who may use it.
    #[inline(never)]
    pub(super) fn open(&self, create: bool) -> Result<Folder, EndpointError> {
        match Folder::open(self.folder.clone(), create) {
            Ok(folder) if folder.access() == Access::Private => Ok(folder),
            Err(error) if sys::is_missing(error) => Err(EndpointError::NoFolder),
            _ => Err(EndpointError::FolderNotPrivate),
        }
    }

    /// Reads the endpoint in the folder.
    #[inline(never)]
    pub(super) fn read(&self, folder: &Folder) -> Result<Endpoint, EndpointError> {
        // Room for one more byte, to see a file that is too long.
        let mut bytes = [0; LEN + 1];
        let (n, access) = match folder.read(&self.file, &mut bytes) {
            Ok(found) => found,
            Err(error) if sys::is_missing(error) => return Err(EndpointError::NeverAppeared),
            Err(error) => return Err(EndpointError::NotRead(error)),
        };
        if access == Access::Foreign {
            return Err(EndpointError::FileNotPrivate);
        }
        let (endpoint, flags) = Endpoint::decode(bytes.get(..n).unwrap_or_default())?;
        if access == Access::Shared && flags & MODELESS == 0 {
            return Err(EndpointError::FileNotPrivate);
        }
        Ok(endpoint)
    }
}

/// Never one that the system or a shell takes for something else.
fn check_name(name: &str) -> Result<(), EndpointError> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    let fits = (1..=LONGEST).contains(&name.len()) && !name.starts_with('.');
    if fits && name.bytes().all(allowed) { Ok(()) } else { Err(EndpointError::BadName) }
}

fn file_name(name: &str, ending: &str) -> FileName {
    let mut file = FileName([0; 72]);
    for (slot, byte) in file.0.iter_mut().zip(name.bytes().chain(ending.bytes())) {
        *slot = byte;
    }
    file
}

/// The first folder that the environment names.
fn folder() -> Result<OsString, EndpointError> {
    for (variable, below) in sys::PLACES {
        if let Some(path) = env::var_os(variable)
            && !path.is_empty()
        {
            let mut path = sys::native(path);
            path.push(below);
            return Ok(path);
        }
    }
    Err(EndpointError::NoFolder)
}
