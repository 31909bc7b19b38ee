//! Who is who on the wire: the files of `--tls-dir`.
//!
//! | file | what |
//! |---|---|
//! | `ca.pem` | signs the certificates that are trusted |
//! | `server.pem`, `server.key` | this service, to its callers |
//! | `crm.pem`, `crm.key` | crm-service, to authz-service (common name `crm`) |
//! | `ca.key` | only of the development CA |
//!
//! An empty folder is filled with a development CA and its certificates; an operator's own files are
//! used as they are. Keys are readable by their owner only, or nothing starts.

mod client;
mod development;
mod error;
mod files;
mod folder;
mod peer;
mod server;

pub use client::ClientTls;
pub use error::TlsError;
pub use folder::TlsFolder;
pub use peer::Peer;
pub use server::ServerTls;

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use std::path::Path;
use std::sync::Arc;

/// One implementation of cryptography for everybody.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The authorities of a PEM file.
fn trusted(path: &Path) -> Result<Arc<RootCertStore>, TlsError> {
    let mut store = RootCertStore::empty();
    for authority in files::chain(path)? {
        store
            .add(authority)
            .map_err(|error| files::content(path, error.to_string()))?;
    }
    Ok(Arc::new(store))
}

#[cfg(test)]
mod tests;
