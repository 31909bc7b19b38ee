//! Where the services' binaries are.

use crate::Result;
use std::path::{Path, PathBuf};

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `authz-service`
    Authz,
    /// `crm-service`
    Crm,
}

impl Binary {
    /// The file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authz => "authz-service",
            Self::Crm => "crm-service",
        }
    }

    /// The file: in `MENSHEN_BIN_DIR`, or in the folder of the build that runs now.
    ///
    /// # Errors
    ///
    /// It has not been built.
    pub fn path(self) -> Result<PathBuf> {
        let folder = match std::env::var_os("MENSHEN_BIN_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => build_folder(&std::env::current_exe()?)?,
        };
        let path = folder.join(self.name());
        if path.is_file() {
            return Ok(path);
        }
        Err(format!(
            "there is no `{}`; build it with `cargo build -p authz-service -p crm-service`, or run `cargo xtask test`",
            path.display()
        )
        .into())
    }
}

/// `target/debug` of `target/debug/deps/e2e-0123` and of `target/debug/xtask`.
fn build_folder(executable: &Path) -> Result<PathBuf> {
    let folder = executable
        .parent()
        .ok_or("this program has no folder; set MENSHEN_BIN_DIR")?;
    if folder.ends_with("deps") {
        let above = folder.parent().ok_or("`deps` has no folder above it")?;
        return Ok(above.to_owned());
    }
    Ok(folder.to_owned())
}
