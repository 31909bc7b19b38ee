//! The serving side: shows a certificate, verifies a caller's if it shows one.

use super::error::TlsError;
use super::files::{self, content};
use super::folder::{AUTHORITY, SERVER};
use super::{provider, trusted};
use crate::clock::Clock;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// From then on each look says that the certificate is about to expire.
const EXPIRY_WARNING_US: i64 = 30 * 24 * 3600 * 1_000_000;

/// A server's certificate and trust, as its files were when they were last read. Cheap to clone.
#[derive(Clone)]
pub struct ServerTls {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    current: Arc<ArcSwap<Read>>,
}

/// What the files said.
struct Read {
    files: [Vec<u8>; 3],
    expires_at_us: i64,
    config: Arc<ServerConfig>,
}

impl ServerTls {
    pub(super) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let read = Read::from(folder)?;
        let tls = Self {
            folder: folder.to_owned(),
            clock,
            current: Arc::new(ArcSwap::from_pointee(read)),
        };
        tls.warn_of_expiry();
        Ok(tls)
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().config))
    }

    /// Reads the files again; new connections use what they say. Says whether they had changed.
    ///
    /// # Errors
    /// The new files cannot be used; the old ones stay in use.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let read = Read::from(&self.folder)?;
        let changed = read.files != self.current.load().files;
        if changed {
            self.current.store(Arc::new(read));
        }
        Ok(changed)
    }

    /// Reloads the files when they change, for ever.
    pub(crate) async fn keep_fresh(self) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            match self.reload() {
                Ok(true) => tracing::info!("new TLS certificates are in use"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "new TLS files cannot be used; the old certificates stay")
                }
            }
        }
    }

    fn warn_of_expiry(&self) {
        let left_us = self.current.load().expires_at_us - self.clock.now_us();
        if left_us < EXPIRY_WARNING_US {
            let days_left = left_us / (24 * 3600 * 1_000_000);
            let file = self.folder.join(SERVER.certificate);
            tracing::warn!(days_left, file = %file.display(), "the server certificate expires soon; replace it");
        }
    }
}

impl Read {
    fn from(folder: &Path) -> Result<Self, TlsError> {
        let names = [AUTHORITY.certificate, SERVER.certificate, SERVER.key];
        let [authority, certificate, key] = names.map(|name| folder.join(name));
        let chain = files::chain(&certificate)?;
        let expires_at_us = chain.first().and_then(|leaf| expires_at_us(leaf));
        let expires_at_us =
            expires_at_us.ok_or_else(|| content(&certificate, "it is no X.509 certificate"))?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(trusted(&authority)?, provider())
                .allow_unauthenticated()
                .build()
                .map_err(|error| content(&authority, error))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| content(&certificate, error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, files::key(&key)?)
            .map_err(|error| content(&certificate, error))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            files: [
                files::read(&authority)?,
                files::read(&certificate)?,
                files::read(&key)?,
            ],
            expires_at_us,
            config: Arc::new(config),
        })
    }
}

/// When a certificate stops being valid, in microseconds since the Unix epoch.
fn expires_at_us(certificate: &[u8]) -> Option<i64> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    certificate
        .validity()
        .not_after
        .timestamp()
        .checked_mul(1_000_000)
}
