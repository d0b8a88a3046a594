//! Where endpoints are, and who else may get there (WIRE.md §8).

use std::path::PathBuf;

use super::EndpointError;
use super::record::Endpoint;
use crate::sys::{self, Access, Folder, Place};

/// Where the server of this name publishes itself, on this machine and for this user: to show
/// where one was looked for.
///
/// # Errors
///
/// [`EndpointError::BadName`] and [`EndpointError::NoFolder`].
pub fn path_of(name: &str) -> Result<PathBuf, EndpointError> {
    place_of(name).map(|place| place.path())
}

#[inline(never)]
pub(super) fn place_of(name: &str) -> Result<Place, EndpointError> {
    if !is_name(name) {
        return Err(EndpointError::BadName);
    }
    Place::of(name).ok_or(EndpointError::NoFolder)
}

/// Never one that a system takes for something else.
fn is_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(allowed)
}

/// Opens the folder, if this user is the only one who may use it.
#[inline(never)]
pub(super) fn open_folder(place: &Place, create: bool) -> Result<Folder, EndpointError> {
    match Folder::open(place, create) {
        Ok(folder) if folder.access() == Access::Private => Ok(folder),
        Err(error) if sys::is_missing(error) => Err(EndpointError::NoFolder),
        _ => Err(EndpointError::FolderNotPrivate),
    }
}

/// Reads the endpoint that is there, if this user is the only one who may.
#[inline(never)]
pub(super) fn read(place: &Place, folder: &Folder) -> Result<Endpoint, EndpointError> {
    let mut endpoint = Endpoint::unread();
    let (n, access) = match folder.read(place, endpoint.space()) {
        Ok(read) => read,
        Err(error) if sys::is_missing(error) => return Err(EndpointError::NeverAppeared),
        Err(error) => return Err(EndpointError::NotRead(error)),
    };
    if access == Access::Foreign {
        return Err(EndpointError::FileNotPrivate);
    }
    endpoint.check(n)?;
    if access == Access::Shared && !endpoint.is_modeless() {
        return Err(EndpointError::FileNotPrivate);
    }
    Ok(endpoint)
}
