//! Where PostgreSQL's own programs are.

use crate::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds `initdb` and `postgres`.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Asks `pg_config`, then looks where distributions put them; the newest wins.
    ///
    /// # Errors
    ///
    /// There are none.
    pub fn find() -> Result<Self> {
        let mut folders: Vec<PathBuf> = asked_of_pg_config().into_iter().collect();
        folders.extend(installed("/usr/lib/postgresql", "bin"));
        folders.extend(installed("/opt/homebrew/opt", "bin"));
        folders.extend(installed("/usr/local/opt", "bin"));
        folders.push(PathBuf::from("/usr/pgsql/bin"));
        folders
            .into_iter()
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .map(|folder| Self { folder })
            .ok_or_else(|| {
                "there is no PostgreSQL on this machine: install it (`apt-get install postgresql`), \
                 name a server in MENSHEN_TEST_POSTGRES, or leave these tests out with `--skip postgres::`"
                    .into()
            })
    }

    /// Finds them, or installs the distribution's package, where we may.
    ///
    /// # Errors
    ///
    /// There are none, and we are not root on a machine with apt.
    pub fn find_or_install() -> Result<Self> {
        Self::find().or_else(|missing| {
            let apt = Path::new("/usr/bin/apt-get");
            if !apt.is_file() || !is_root() {
                return Err(missing);
            }
            install(apt)?;
            Self::find()
        })
    }

    /// One of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Whether we may install packages, and must step down to run PostgreSQL, which refuses root.
pub(super) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn install(apt: &Path) -> Result<()> {
    for arguments in [
        &["update", "--quiet"][..],
        &[
            "install",
            "--yes",
            "--quiet",
            "--no-install-recommends",
            "postgresql",
        ][..],
    ] {
        let status = Command::new(apt)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()?;
        if !status.success() {
            return Err(format!("`apt-get {}` failed", arguments.join(" ")).into());
        }
    }
    Ok(())
}

fn asked_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim()))
}

/// `root/VERSION/below`, newest version first.
fn installed(root: &str, below: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let digits = name.trim_start_matches("postgresql@");
            (digits.parse().unwrap_or(0), entry.path().join(below))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}
