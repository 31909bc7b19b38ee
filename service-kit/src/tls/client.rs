//! The calling side: shows a certificate, trusts `ca.pem`.

use super::error::TlsError;
use super::files;
use super::folder::{AUTHORITY, Pair};
use std::path::Path;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

/// What a service shows to another one, and how it verifies it.
#[derive(Clone)]
pub struct ClientTls(ClientTlsConfig);

impl ClientTls {
    pub(super) fn open(folder: &Path, pair: Pair) -> Result<Self, TlsError> {
        super::install_provider();
        let (certificate, key) = (folder.join(pair.certificate), folder.join(pair.key));
        if let Some(path) = [&certificate, &key].into_iter().find(|path| !path.exists()) {
            let remedy = "have your authority sign a client certificate with the common name `crm`, and \
                          put crm.pem and crm.key there";
            return Err(TlsError::Missing {
                path: path.clone(),
                remedy,
            });
        }
        files::chain(&certificate)?;
        files::key(&key)?;
        let identity = Identity::from_pem(files::read(&certificate)?, files::secret(&key)?);
        let authority = Certificate::from_pem(files::read(&folder.join(AUTHORITY.certificate))?);
        Ok(Self(
            ClientTlsConfig::new()
                .ca_certificate(authority)
                .identity(identity),
        ))
    }

    /// For [`tonic::transport::Endpoint::tls_config`].
    pub fn config(&self) -> ClientTlsConfig {
        self.0.clone()
    }
}
