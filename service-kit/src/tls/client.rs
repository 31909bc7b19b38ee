//! The calling side: shows a certificate, trusts `ca.pem`.

use super::error::TlsError;
use super::files::{self, content};
use super::folder::{AUTHORITY, Pair};
use super::{provider, trusted};
use arc_swap::ArcSwap;
use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Where no port is given.
const HTTPS: u16 = 443;

/// What a service shows to another one, and how it verifies it: as the files are when it connects.
/// Cheap to clone.
#[derive(Clone)]
pub struct ClientTls {
    folder: PathBuf,
    pair: Pair,
    usable: Arc<ArcSwap<ClientConfig>>,
}

impl ClientTls {
    pub(super) fn open(folder: &Path, pair: Pair) -> Result<Self, TlsError> {
        let (certificate, key) = (folder.join(pair.certificate), folder.join(pair.key));
        if let Some(path) = [certificate, key].into_iter().find(|path| !path.exists()) {
            let remedy = "have your authority sign a client certificate with the common name `crm`, and \
                          put crm.pem and crm.key there";
            return Err(TlsError::Missing { path, remedy });
        }
        Ok(Self {
            folder: folder.to_owned(),
            pair,
            usable: Arc::new(ArcSwap::from_pointee(read(folder, pair)?)),
        })
    }

    /// Connects to the host of an address and verifies it.
    pub(super) async fn connect(&self, uri: &Uri) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
        let host = uri.host().unwrap_or_default();
        // An IPv6 address has brackets in an address only.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or(HTTPS))).await?;
        tcp.set_nodelay(true)?;
        let connector = TlsConnector::from(self.current());
        connector.connect(name, tcp).await.map(TokioIo::new)
    }

    /// What the files say now; what they said last where they cannot be used.
    fn current(&self) -> Arc<ClientConfig> {
        match read(&self.folder, self.pair) {
            Ok(config) => self.usable.store(Arc::new(config)),
            Err(error) => {
                tracing::error!(%error, "new TLS files cannot be used; the old certificates stay");
            }
        }
        self.usable.load_full()
    }
}

fn read(folder: &Path, pair: Pair) -> Result<ClientConfig, TlsError> {
    let (certificate, key) = (folder.join(pair.certificate), folder.join(pair.key));
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| content(&certificate, error.to_string()))?
        .with_root_certificates(trusted(&folder.join(AUTHORITY.certificate))?)
        .with_client_auth_cert(files::chain(&certificate)?, files::key(&key)?)
        .map_err(|error| content(&certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
