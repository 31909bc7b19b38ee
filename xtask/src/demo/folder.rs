//! The folder of a demo: what it keeps there, and who uses it now.

use e2e::Result;
use e2e::world::random_hex;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a later demo with `--earlier keep` must know.
pub(super) struct Secrets {
    pub(super) root_token: String,
    pub(super) passwords: String,
    /// There was no earlier demo.
    pub(super) fresh: bool,
    /// The file, locked as long as the demo runs.
    _held: File,
}

impl Secrets {
    /// Those in the folder, or new ones.
    ///
    /// # Errors
    ///
    /// Another demo uses the folder, or the file is damaged.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        if let Some(held) = hold(folder)? {
            let path = file_of(folder);
            let text = std::fs::read_to_string(&path)?;
            let (root_token, passwords) = text.trim().split_once(' ').ok_or_else(|| {
                format!("{} is damaged; leave out `--earlier keep`", path.display())
            })?;
            return Ok(Self {
                root_token: root_token.to_owned(),
                passwords: passwords.to_owned(),
                fresh: false,
                _held: held,
            });
        }
        let (root_token, passwords) = (format!("mst_{}", random_hex()?), random_hex()?);
        std::fs::create_dir_all(folder)?;
        write_private(&file_of(folder), &format!("{root_token} {passwords}\n"))?;
        let held = hold(folder)?.ok_or("the demo's folder went away")?;
        Ok(Self {
            root_token,
            passwords,
            fresh: true,
            _held: held,
        })
    }
}

/// Claims the folder of an earlier demo until the file is dropped; the system gives it free when its
/// process ends, however it ends. `None`: there was no earlier demo.
///
/// # Errors
///
/// That demo runs.
pub(super) fn hold(folder: &Path) -> Result<Option<File>> {
    let Ok(file) = File::open(file_of(folder)) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another demo runs in {}: stop it (Ctrl-C), or name another folder with `--folder`",
            folder.display()
        )
        .into()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes an earlier demo, and nothing that is not one.
///
/// # Errors
///
/// The folder holds something else, or a demo that runs.
pub(super) fn discard(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let earlier = hold(folder)?;
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    if earlier.is_none() && !is_empty {
        return Err(format!(
            "{} is not an earlier demo; name another folder",
            folder.display()
        )
        .into());
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn file_of(folder: &Path) -> PathBuf {
    folder.join("secrets")
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = File::options();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_demo_is_neither_discarded_nor_joined() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("demo");
        let running = Secrets::of(&folder).unwrap();
        assert!(running.fresh);
        for outcome in [discard(&folder), Secrets::of(&folder).map(drop)] {
            let told = outcome.unwrap_err().to_string();
            assert!(told.contains("`--folder`"), "{told}");
        }
        assert!(file_of(&folder).is_file());
    }

    #[test]
    fn demo_that_ended_is_kept_or_discarded() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("demo");
        let token = Secrets::of(&folder).unwrap().root_token;
        let kept = Secrets::of(&folder).unwrap();
        assert!(!kept.fresh);
        assert_eq!(kept.root_token, token);
        drop(kept);
        discard(&folder).unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn folder_of_something_else_is_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::write(temporary.path().join("thesis.txt"), "years").unwrap();
        assert!(discard(temporary.path()).is_err());
        assert!(temporary.path().join("thesis.txt").exists());
    }
}
