//! How the service is started.

use crate::authz::Authz;
use crate::mail::{MailConfig, MailError, Mailer};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service_kit::clock::Clock;
use service_kit::config::{Sources, Transport};
use service_kit::guard::RemoteSettings;
use service_kit::tls::{Peer, TlsError, TlsFolder};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tonic::codegen::http::Uri;

/// Where the configuration comes from.
pub const SOURCES: Sources = Sources {
    env_prefix: "MENSHEN_CRM_",
    env_names: &[],
    listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50052),
};

const DEFAULT_AUTHZ_TLS: &str = "https://127.0.0.1:50051";
const DEFAULT_AUTHZ_PLAIN: &str = "http://127.0.0.1:50051";

/// The keys that only this service has.
#[derive(Clone, Default, clap::Args, Serialize, Deserialize)]
pub struct OwnArgs {
    /// Where authz-service is: `https://HOST:PORT`, or `http://HOST:PORT` with `--insecure`.
    #[arg(long, value_name = "URL")]
    authz: Option<String>,

    /// The CRM's token for authz-service, where it is not known by its certificate
    /// (`MENSHEN_CRM_AUTHZ_TOKEN`). A secret, so that there is no flag for it.
    #[arg(skip)]
    #[serde(skip_serializing)]
    authz_token: Option<String>,

    /// The mail server: `smtps://USER@HOST:465`, or `smtp://HOST:587?tls=required`. Without it nothing is
    /// sent.
    #[arg(long, value_name = "URL")]
    smtp_url: Option<String>,

    /// The password for it (`MENSHEN_CRM_SMTP_PASSWORD`). A secret, so that there is no flag for it.
    #[arg(skip)]
    #[serde(skip_serializing)]
    smtp_password: Option<String>,

    /// Who writes: `Name <name@host>`.
    #[arg(long, value_name = "SENDER")]
    smtp_from: Option<String>,

    /// What a mail program posts to when somebody unsubscribes: `https://…`. Whatever serves it passes the
    /// parameter `token` on to PreferenceService.Unsubscribe.
    #[arg(long, value_name = "URL")]
    unsubscribe_url: Option<String>,
}

/// Why authz-service cannot be reached with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum AuthzError {
    /// Not a URL.
    #[error("authz `{0}` is not an address; write it as https://127.0.0.1:50051")]
    Url(String),
    /// Plaintext on one side and TLS on the other.
    #[error("authz `{url}` does not go with {with}; write it with `{scheme}://`")]
    Scheme {
        /// As given.
        url: String,
        /// `--tls-dir` or `--insecure`.
        with: &'static str,
        /// What it should begin with.
        scheme: &'static str,
    },
    /// Nothing says who we are.
    #[error(
        "authz_token is missing: with --insecure, set MENSHEN_CRM_AUTHZ_TOKEN to the token of service `crm`"
    )]
    NoToken,
    /// The files of `--tls-dir`.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// How authz-service is reached.
#[derive(Clone)]
pub struct AuthzConfig {
    peer: Peer,
    token: Option<SecretString>,
}

impl OwnArgs {
    /// Of these values.
    pub fn new(authz: Option<String>, authz_token: Option<String>) -> Self {
        Self {
            authz,
            authz_token,
            ..Self::default()
        }
    }

    /// The mail server, if one is configured.
    ///
    /// # Errors
    /// [`MailError`]
    pub fn mailer(&self) -> Result<Option<Mailer>, MailError> {
        let parts = [&self.smtp_url, &self.smtp_from, &self.unsubscribe_url];
        if parts
            .iter()
            .all(|part| part.as_deref().unwrap_or_default().is_empty())
        {
            return Ok(None);
        }
        let [url, from, unsubscribe_url] = parts.map(|part| part.clone().unwrap_or_default());
        let config = MailConfig {
            url,
            password: self.smtp_password.clone().map(SecretString::from),
            from,
            unsubscribe_url,
        };
        Mailer::new(&config).map(Some)
    }

    /// How authz-service is reached: with our certificate where there is TLS, else with our token.
    ///
    /// # Errors
    /// [`AuthzError`]
    pub fn authz(
        self,
        transport: &Transport,
        clock: &Arc<dyn Clock>,
    ) -> Result<AuthzConfig, AuthzError> {
        let token = self
            .authz_token
            .filter(|token| !token.is_empty())
            .map(SecretString::from);
        let peer = match transport {
            Transport::Tls(folder) => {
                let url = self.authz.unwrap_or_else(|| DEFAULT_AUTHZ_TLS.to_owned());
                let tls = TlsFolder::open(folder, Arc::clone(clock))?.crm_client()?;
                Peer::new(address(&url, "https", "--tls-dir")?, Some(tls))
            }
            Transport::Insecure if token.is_none() => return Err(AuthzError::NoToken),
            Transport::Insecure => {
                let url = self.authz.unwrap_or_else(|| DEFAULT_AUTHZ_PLAIN.to_owned());
                Peer::new(address(&url, "http", "--insecure")?, None)
            }
        };
        Ok(AuthzConfig { peer, token })
    }
}

impl AuthzConfig {
    /// For the guard.
    pub fn decider_settings(&self) -> RemoteSettings {
        RemoteSettings {
            peer: self.peer.clone(),
            service_token: self.token.clone(),
            timeout: RemoteSettings::DEFAULT_TIMEOUT,
        }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.peer.uri().to_string()
    }

    /// For everything else. Call it within a tokio runtime.
    pub fn clients(&self) -> Authz {
        Authz::new(&self.peer, self.token.clone())
    }
}

fn address(url: &str, scheme: &'static str, with: &'static str) -> Result<Uri, AuthzError> {
    let parsed: Uri = url.parse().map_err(|_| AuthzError::Url(url.to_owned()))?;
    match parsed.scheme_str() {
        Some(given) if given == scheme => Ok(parsed),
        Some("http" | "https") => Err(AuthzError::Scheme {
            url: url.to_owned(),
            with,
            scheme,
        }),
        _ => Err(AuthzError::Url(url.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::clock::SystemClock;

    fn refused(authz: &str, token: Option<&str>) -> String {
        let own = OwnArgs::new(Some(authz.into()), token.map(str::to_owned));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let outcome = own.authz(&Transport::Insecure, &clock);
        outcome
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn the_address_must_suit_the_transport() {
        assert_eq!(refused("http://127.0.0.1:50051", Some("mst_x")), "");
        assert!(
            refused("https://127.0.0.1:50051", Some("mst_x")).contains("write it with `http://`")
        );
        assert!(refused("127.0.0.1:50051", Some("mst_x")).contains("is not an address"));
    }

    #[test]
    fn a_token_is_due_where_no_certificate_says_who_calls() {
        assert!(refused("http://127.0.0.1:50051", None).contains("MENSHEN_CRM_AUTHZ_TOKEN"));
        assert!(refused("http://127.0.0.1:50051", Some("")).contains("MENSHEN_CRM_AUTHZ_TOKEN"));
    }
}
