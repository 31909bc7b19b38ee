//! Where another service is, and how it is reached.

use super::client::ClientTls;
use http::Uri;
use tonic::transport::{Channel, Endpoint};

/// Stands for an address that the connector knows better: tonic would put its own TLS, which never
/// looks at a file again, in front of anything that is called https.
const ELSEWHERE: &str = "http://elsewhere";

/// Another service. Cheap to clone.
#[derive(Clone)]
pub struct Peer {
    uri: Uri,
    tls: Option<ClientTls>,
}

impl Peer {
    /// The one at `https://HOST:PORT`, or without TLS at `http://HOST:PORT`.
    pub fn new(uri: Uri, tls: Option<ClientTls>) -> Self {
        Self { uri, tls }
    }

    /// Its address.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// A channel that connects with the first call, and again whenever the connection is lost;
    /// `configure` sets its time limits. Call it within a tokio runtime that outlives the channel.
    pub fn channel(&self, configure: impl FnOnce(Endpoint) -> Endpoint) -> Channel {
        let Some(tls) = &self.tls else {
            let endpoint = Endpoint::from(self.uri.clone()).tcp_nodelay(true);
            return configure(endpoint).connect_lazy();
        };
        let endpoint = Endpoint::from_static(ELSEWHERE).origin(self.uri.clone());
        let (tls, uri) = (tls.clone(), self.uri.clone());
        let connector = tower::service_fn(move |_| {
            let (tls, uri) = (tls.clone(), uri.clone());
            async move { tls.connect(&uri).await }
        });
        configure(endpoint).connect_with_connector_lazy(connector)
    }
}
