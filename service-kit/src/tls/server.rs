//! The serving side: shows a certificate, verifies a caller's if it shows one.

use super::error::TlsError;
use super::files::{self, content};
use super::folder::{AUTHORITY, CRM, SERVER};
use super::{provider, trusted};
use crate::clock::Clock;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at, and how many looks make a day.
const LOOK_EVERY: Duration = Duration::from_mins(1);
const LOOKS_A_DAY: usize = 24 * 60;
/// From then on the log says once a day that a certificate is about to expire.
const WARNING_DAYS: i64 = 30;
const DAY_US: i64 = 24 * 3600 * 1_000_000;

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
    config: Arc<ServerConfig>,
}

impl ServerTls {
    pub(super) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let read = Read::from(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            clock,
            current: Arc::new(ArcSwap::from_pointee(read)),
        })
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
        for look in (0..LOOKS_A_DAY).cycle() {
            looks.tick().await;
            match self.reload() {
                Ok(true) => tracing::info!("new TLS certificates are in use"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "new TLS files cannot be used; the old certificates stay");
                }
            }
            if look == 0 {
                self.warn_of_expiry();
            }
        }
    }

    fn warn_of_expiry(&self) {
        for (file, days_left) in self.expiring() {
            tracing::warn!(days_left, file = %file.display(), "a certificate expires soon; replace it");
        }
    }

    /// The certificate files of the folder that expire soon, or have, and the days that they have left.
    pub(super) fn expiring(&self) -> Vec<(PathBuf, i64)> {
        let now_us = self.clock.now_us();
        let files = [AUTHORITY, SERVER, CRM].map(|pair| self.folder.join(pair.certificate));
        let expiring = files.into_iter().filter_map(|file| {
            // An authz-service's folder need not have crm.pem.
            let chain = files::chain(&file).ok()?;
            let first = chain.iter().filter_map(|one| expires_at_us(one)).min()?;
            let days_left = (first - now_us).div_euclid(DAY_US);
            (days_left < WARNING_DAYS).then_some((file, days_left))
        });
        expiring.collect()
    }
}

impl Read {
    fn from(folder: &Path) -> Result<Self, TlsError> {
        let names = [AUTHORITY.certificate, SERVER.certificate, SERVER.key];
        let [authority, certificate, key] = names.map(|name| folder.join(name));
        // Before they are parsed: what changes meanwhile is seen at the next look.
        let files = [
            files::read(&authority)?,
            files::read(&certificate)?,
            files::read(&key)?,
        ];
        let chain = files::chain(&certificate)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(trusted(&authority)?, provider())
                .allow_unauthenticated()
                .build()
                .map_err(|error| content(&authority, error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| content(&certificate, error.to_string()))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, files::key(&key)?)
            .map_err(|error| content(&certificate, error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            files,
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
