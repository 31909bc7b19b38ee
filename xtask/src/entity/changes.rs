//! Files to be written: all are thought out first, so that a refusal leaves nothing half done.

use e2e::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What will be in each file, by its path from the workspace's folder.
#[derive(Debug)]
pub(super) struct Changes {
    root: PathBuf,
    pub(super) made: BTreeMap<String, String>,
    pub(super) changed: BTreeMap<String, String>,
}

impl Changes {
    /// None yet.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            made: BTreeMap::new(),
            changed: BTreeMap::new(),
        }
    }

    /// Whether the file is there now.
    pub(super) fn is_there(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// It is there already.
    pub(super) fn make(&mut self, path: &str, text: String) -> Result<()> {
        if self.is_there(path) {
            return Err(format!(
                "`{path}` is there already; name the entity otherwise, or remove it"
            )
            .into());
        }
        self.made.insert(path.to_owned(), text);
        Ok(())
    }

    /// Changes a file, as it will be by now.
    ///
    /// # Errors
    /// It cannot be read, or what the change goes by is not in it.
    pub(super) fn change(
        &mut self,
        path: &str,
        how: impl FnOnce(&str) -> Result<String>,
    ) -> Result<()> {
        let now = match self.changed.get(path) {
            Some(text) => text.clone(),
            None => read(&self.root.join(path))?,
        };
        let text = how(&now).map_err(|error| format!("`{path}`: {error}"))?;
        self.changed.insert(path.to_owned(), text);
        Ok(())
    }

    /// Writes them all.
    ///
    /// # Errors
    /// A folder or file cannot be written.
    pub(super) fn write(&self) -> Result<()> {
        for (path, text) in self.made.iter().chain(&self.changed) {
            let file = self.root.join(path);
            let written = match file.parent() {
                Some(folder) => std::fs::create_dir_all(folder),
                None => Ok(()),
            };
            written
                .and_then(|()| std::fs::write(&file, text))
                .map_err(|error| format!("`{path}` cannot be written: {error}"))?;
        }
        Ok(())
    }
}

/// A file's text.
///
/// # Errors
/// It cannot be read; the path is told.
pub(super) fn read(file: &Path) -> Result<String> {
    let told = |error| format!("{} cannot be read: {error}", file.display()).into();
    std::fs::read_to_string(file).map_err(told)
}

/// The files in a folder, by name.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let told = |error| format!("{} cannot be read: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        found.push(entry.map_err(told)?.path());
    }
    found.sort();
    Ok(found)
}
