//! How the service is started.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service_kit::config::Sources;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the configuration comes from.
pub const SOURCES: Sources = Sources {
    env_prefix: "MENSHEN_AUTHZ_",
    env_names: &[("MENSHEN_ROOT_TOKEN", "root_token")],
    listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50051),
};

/// The keys that only this service has.
#[derive(Clone, Default, clap::Args, Serialize, Deserialize)]
pub struct OwnArgs {
    /// The bearer token of `service:root`, taken at the first start only. A secret, so that there is
    /// no flag for it: everybody on the machine sees those.
    #[arg(skip)]
    #[serde(skip_serializing)]
    root_token: Option<String>,
}

impl OwnArgs {
    /// The bearer token of `service:root`.
    pub fn root_token(self) -> Option<SecretString> {
        self.root_token
            .filter(|token| !token.is_empty())
            .map(SecretString::from)
    }
}
