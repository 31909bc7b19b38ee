//! Who is at the other end of a connection.

use http::Extensions;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpConnectInfo, TlsConnectInfo};

/// What the requests of a connection carry as an extension, the same as with tonic's own transport:
/// with TLS, the certificates that the peer has shown and that were verified.
#[derive(Clone)]
pub(super) enum Peer {
    Plain(TcpConnectInfo),
    Tls(TlsConnectInfo<TcpConnectInfo>),
}

impl Peer {
    pub(super) fn plain(stream: &TcpStream) -> Self {
        Self::Plain(stream.connect_info())
    }

    pub(super) fn tls(stream: &TlsStream<TcpStream>) -> Self {
        Self::Tls(stream.connect_info())
    }

    pub(super) fn describe(&self, extensions: &mut Extensions) {
        match self {
            Self::Plain(info) => drop(extensions.insert(info.clone())),
            Self::Tls(info) => drop(extensions.insert(info.clone())),
        }
    }
}
