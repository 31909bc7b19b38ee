//! Reading and writing single files.

use super::error::TlsError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The folder and what is in it that is secret: for its owner only.
pub(super) const SECRET: u32 = 0o600;
/// What may be shown to anybody.
pub(super) const PUBLIC: u32 = 0o644;

/// A certificate file's chain, leaf first.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(content(path, "it holds no PEM certificate")),
        Err(error) => Err(content(path, error.to_string())),
    }
}

/// A key file's key, if nobody but its owner may read it.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&secret(path)?).map_err(|error| content(path, error.to_string()))
}

/// The bytes of a secret file, if nobody but its owner may read it.
pub(super) fn secret(path: &Path) -> Result<Vec<u8>, TlsError> {
    refuse_exposed(path)?;
    read(path)
}

/// Whether nobody but its owner may read a file.
pub(super) fn refuse_exposed(path: &Path) -> Result<(), TlsError> {
    let mode = fs::metadata(path)
        .map_err(|cause| file(path, cause))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(TlsError::Exposed {
            path: path.to_owned(),
        });
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|cause| file(path, cause))
}

/// Writes a file whole or not at all, with this mode from its first byte.
pub(super) fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    let written = (|| {
        // One that a crash left behind may have another mode.
        let _ = fs::remove_file(&unfinished);
        let mut options = OpenOptions::new();
        let mut new = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&unfinished)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&unfinished, path)
    })();
    written.map_err(|cause| file(path, cause))
}

pub(super) fn file(path: &Path, cause: std::io::Error) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        cause,
    }
}

pub(super) fn content(path: &Path, problem: impl Into<String>) -> TlsError {
    TlsError::Content {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
