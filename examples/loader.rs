//! The interface: what both programs are built from.

use std::fmt;

use ipc_runtime::{Decode, Encode, service};

/// A mod in the loader's folder.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Mod {
    /// The name of its folder.
    pub id: String,
    /// Its version, as its author wrote it.
    pub version: String,
    /// The mods that have to be loaded before it.
    pub needs: Vec<String>,
    /// Its place in the load order, counted from 1, if it is enabled.
    pub place: Option<u32>,
}

/// Why the loader would not do as it was told.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum LoadError {
    /// There is no such mod.
    NotFound {
        /// The id that was asked for.
        id: String,
    },
    /// A mod has to be loaded after another that is not.
    Needs {
        /// The mod that was to be loaded.
        id: String,
        /// What has to come before it.
        missing: String,
    },
    /// The folder cannot be read or written.
    Folder {
        /// What the operating system says.
        message: String,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotFound { id } => write!(f, "there is no mod {id:?}"),
            LoadError::Needs { id, missing } => {
                write!(
                    f,
                    "{id:?} has to be loaded after {missing:?}, which is not; enable that first"
                )
            }
            LoadError::Folder { message } => write!(f, "the mod folder: {message}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// What a mod manager may ask of a running game.
#[service]
pub trait Loader {
    /// Every mod in the folder: the enabled ones in load order, then the others by name.
    fn mods(&mut self) -> Result<Vec<Mod>, LoadError>;

    /// Loads a mod after those that are enabled.
    fn enable(&mut self, id: &str) -> Result<Mod, LoadError>;

    /// Loads a mod no more.
    fn disable(&mut self, id: &str) -> Result<(), LoadError>;

    /// Sets which mods are enabled, and their order.
    fn reorder(&mut self, ids: Vec<&str>) -> Result<Vec<Mod>, LoadError>;

    /// Adds a line to the game's log.
    #[ipc(oneway)]
    fn log(&mut self, line: &str);
}
