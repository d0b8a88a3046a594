//! The implementation: mods are the subfolders of a folder that hold a `mod.txt`.
//!
//! `mod.txt` has lines `version = 1.2` and `needs = other.mod`, any number of the latter. The
//! enabled mods stand in `order.txt` of the folder itself, one on a line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::loader::{LoadError, Loader, Mod};

/// A folder of mods.
pub struct ModFolder {
    path: PathBuf,
}

impl ModFolder {
    /// Opens a folder; one that does not exist is made.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(path: &Path) -> io::Result<ModFolder> {
        fs::create_dir_all(path)?;
        Ok(ModFolder { path: path.to_owned() })
    }

    /// Adds a mod, as an installer would.
    ///
    /// # Errors
    ///
    /// When its files cannot be written.
    pub fn install(&self, id: &str, version: &str, needs: &[&str]) -> io::Result<()> {
        let mut text = format!("version = {version}\n");
        for other in needs {
            text += &format!("needs = {other}\n");
        }
        fs::create_dir_all(self.path.join(id))?;
        fs::write(self.path.join(id).join("mod.txt"), text)
    }

    fn order(&self) -> Result<Vec<String>, LoadError> {
        match fs::read_to_string(self.path.join("order.txt")) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(folder(&error)),
        }
    }

    /// Checks an order against what the mods need, and keeps it.
    fn set_order(&self, order: &[String]) -> Result<(), LoadError> {
        for (place, id) in order.iter().enumerate() {
            let before = order.get(..place).unwrap_or_default();
            let needs = self.read(id, None)?.needs;
            if let Some(missing) = needs.into_iter().find(|other| !before.contains(other)) {
                return Err(LoadError::Needs { id: id.clone(), missing });
            }
        }
        fs::write(self.path.join("order.txt"), order.join("\n")).map_err(|error| folder(&error))
    }

    fn read(&self, id: &str, place: Option<u32>) -> Result<Mod, LoadError> {
        // An id comes from another process: it must name a folder here and nothing else.
        let plain = !id.is_empty() && !id.starts_with('.') && !id.contains(['/', '\\', ':']);
        let text = plain.then(|| fs::read_to_string(self.path.join(id).join("mod.txt")).ok());
        let Some(Some(text)) = text else { return Err(LoadError::NotFound { id: id.to_owned() }) };
        let values = |name: &'static str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .filter(move |(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim().to_owned())
        };
        Ok(Mod {
            id: id.to_owned(),
            version: values("version").next().unwrap_or_default(),
            needs: values("needs").collect(),
            place,
        })
    }
}

impl Loader for ModFolder {
    fn mods(&mut self) -> Result<Vec<Mod>, LoadError> {
        let order = self.order()?;
        let mut mods = Vec::new();
        for (place, id) in (1..).zip(&order) {
            mods.push(self.read(id, Some(place))?);
        }
        let mut others: Vec<String> = fs::read_dir(&self.path)
            .map_err(|error| folder(&error))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|id| !order.contains(id))
            .collect();
        others.sort();
        mods.extend(others.iter().filter_map(|id| self.read(id, None).ok()));
        Ok(mods)
    }

    fn enable(&mut self, id: &str) -> Result<Mod, LoadError> {
        let mut order = self.order()?;
        if !order.iter().any(|other| other == id) {
            order.push(id.to_owned());
            self.set_order(&order)?;
        }
        let place = (1..).zip(&order).find(|(_, other)| *other == id).map(|(place, _)| place);
        self.read(id, place)
    }

    fn disable(&mut self, id: &str) -> Result<(), LoadError> {
        let mut order = self.order()?;
        order.retain(|other| other != id);
        self.set_order(&order)
    }

    fn reorder(&mut self, ids: Vec<&str>) -> Result<Vec<Mod>, LoadError> {
        let order: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        self.set_order(&order)?;
        self.mods()
    }

    fn log(&mut self, line: &str) {
        println!("[log] {line}");
    }
}

fn folder(error: &io::Error) -> LoadError {
    LoadError::Folder { message: error.kind().to_string() }
}
