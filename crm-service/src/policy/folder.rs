//! An access model in a folder, as an administrator edits it.

use super::Policy;
use super::roles::RolesError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder gives no access model.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file is missing or cannot be read.
    #[error("{file}: {error}", file = .file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The roles are not valid.
    #[error(transparent)]
    Roles(#[from] RolesError),
}

impl Policy {
    /// Reads `model/*.zed` (`base.zed` first, the others by name), `roles.yaml` and `rights/*.yaml`.
    ///
    /// # Errors
    /// [`FolderError`]: with the file.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let roles = read(&folder.join("roles.yaml"))?;
        let mut model = Vec::new();
        for file in files(&folder.join("model"), "zed")? {
            model.push(read(&file)?);
        }
        let mut rights = Vec::new();
        for file in files(&folder.join("rights"), "yaml")? {
            rights.push(read(&file)?);
        }
        Ok(Self::of(&model.join("\n"), &roles, &rights)?)
    }
}

fn read(file: &Path) -> Result<String, FolderError> {
    std::fs::read_to_string(file).map_err(|error| FolderError::Unreadable {
        file: file.to_owned(),
        error,
    })
}

/// The files with this ending, those named `base` first.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, FolderError> {
    let unreadable = |error| FolderError::Unreadable {
        file: folder.to_owned(),
        error,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
    found.sort_by_key(|path| {
        (
            path.file_stem().is_none_or(|name| name != "base"),
            path.clone(),
        )
    });
    Ok(found)
}
