//! The folder of `--tls-dir`.

use super::client::ClientTls;
use super::development;
use super::error::TlsError;
use super::files::{self, file};
use super::server::ServerTls;
use crate::clock::Clock;
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A certificate and its key, by their files' names.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) certificate: &'static str,
    pub(super) key: &'static str,
}

pub(super) const AUTHORITY: Pair = Pair {
    certificate: "ca.pem",
    key: "ca.key",
};
pub(super) const SERVER: Pair = Pair {
    certificate: "server.pem",
    key: "server.key",
};
pub(super) const CRM: Pair = Pair {
    certificate: "crm.pem",
    key: "crm.key",
};

impl Pair {
    pub(super) fn is_complete(self, folder: &Path) -> bool {
        folder.join(self.certificate).exists() && folder.join(self.key).exists()
    }
}

/// A folder in which the certificates are complete.
#[derive(Clone)]
pub struct TlsFolder {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl TlsFolder {
    /// Opens the folder; fills it with a development CA and its certificates if it is empty or holds
    /// only some of those. Two services may do so at once.
    ///
    /// # Errors
    /// A file is missing from an operator's folder, cannot be read or written, or is a key that
    /// others may read: also one that this process does not use, as it is somebody's.
    pub fn open(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let folder = Self {
            path: path.into(),
            clock,
        };
        if !folder.is_complete() {
            folder.fill()?;
        }
        folder.refuse_gaps()?;
        folder.refuse_exposed_keys()?;
        Ok(folder)
    }

    /// What this process shows to its callers, and how it verifies them.
    ///
    /// # Errors
    /// A file cannot be used, or others may read a key.
    pub fn server(&self) -> Result<ServerTls, TlsError> {
        ServerTls::open(&self.path, Arc::clone(&self.clock))
    }

    /// What crm-service shows to authz-service, and how it verifies it.
    ///
    /// # Errors
    /// `crm.pem` or `crm.key` is missing or cannot be used, or others may read the key.
    pub fn crm_client(&self) -> Result<ClientTls, TlsError> {
        ClientTls::open(&self.path, CRM)
    }

    fn is_complete(&self) -> bool {
        self.path.join(AUTHORITY.certificate).exists() && SERVER.is_complete(&self.path)
    }

    fn fill(&self) -> Result<(), TlsError> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path);
        made.map_err(|cause| file(&self.path, cause))?;
        let lock_file = self.path.join(".lock");
        let lock = File::create(&lock_file).map_err(|cause| file(&lock_file, cause))?;
        lock.lock().map_err(|cause| file(&lock_file, cause))?;
        // The other service may have been faster.
        if self.is_complete() || !self.is_ours() {
            return Ok(());
        }
        let now_us = u64::try_from(self.clock.now_us()).unwrap_or_default();
        development::fill(&self.path, Duration::from_micros(now_us))?;
        tracing::info!(
            folder = %self.path.display(),
            "made a development CA and certificates for this machine; clients trust ca.pem"
        );
        Ok(())
    }

    /// The development CA's key is there, or nothing at all.
    fn is_ours(&self) -> bool {
        let has = |name: &str| self.path.join(name).exists();
        let foreign = [
            AUTHORITY.certificate,
            SERVER.certificate,
            SERVER.key,
            CRM.certificate,
            CRM.key,
        ];
        has(AUTHORITY.key) || !foreign.into_iter().any(has)
    }

    fn refuse_gaps(&self) -> Result<(), TlsError> {
        let remedy = "put ca.pem, server.pem and server.key there, or start with an empty folder to get \
                      development certificates";
        let needed = [AUTHORITY.certificate, SERVER.certificate, SERVER.key];
        let missing = needed
            .map(|name| self.path.join(name))
            .into_iter()
            .find(|path| !path.exists());
        missing.map_or(Ok(()), |path| Err(TlsError::Missing { path, remedy }))
    }

    fn refuse_exposed_keys(&self) -> Result<(), TlsError> {
        let failed = |cause| file(&self.path, cause);
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "key") {
                files::refuse_exposed(&path)?;
            }
        }
        Ok(())
    }
}
