//! How the service is started.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service_kit::config::{ConfigError, Sources};
use std::collections::HashSet;
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

/// What a token must have; one that programs made has far more.
const MIN_CHARS: usize = 16;
/// A token of few different characters was typed, and can be guessed.
const MIN_DIFFERENT_CHARS: usize = 8;
/// What stands in examples until somebody replaces it. Compared without case and punctuation.
const PLACEHOLDERS: [&str; 6] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "yourtoken",
];

impl OwnArgs {
    /// The bearer token of `service:root`.
    ///
    /// # Errors
    /// It could not be sent in a header, or somebody could guess it.
    pub fn root_token(self) -> Result<Option<SecretString>, ConfigError> {
        let Some(token) = self.root_token.filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        match problem(&token) {
            None => Ok(Some(token.into())),
            Some(problem) => Err(ConfigError::Value {
                key: "root_token".to_owned(),
                source_name: "MENSHEN_ROOT_TOKEN".to_owned(),
                problem: format!("{problem}; make one with `openssl rand -hex 32`"),
            }),
        }
    }
}

/// What is wrong with a token; its own text is not repeated.
fn problem(token: &str) -> Option<String> {
    if !token.chars().all(|c| c.is_ascii_graphic()) {
        return Some("must be printable ASCII without blanks, to go into a header".to_owned());
    }
    if token.len() < MIN_CHARS {
        return Some(format!("must have at least {MIN_CHARS} characters"));
    }
    let different = token.bytes().collect::<HashSet<_>>().len();
    let letters = token.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.collect::<String>().to_lowercase();
    let is_placeholder = PLACEHOLDERS.iter().any(|one| letters.contains(one));
    (different < MIN_DIFFERENT_CHARS || is_placeholder)
        .then(|| "can be guessed, and opens everything".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_that_cannot_be_sent_or_can_be_guessed_is_refused_before_anything_is_opened() {
        let judged = |token: &str| {
            let own = OwnArgs {
                root_token: Some(token.to_owned()),
            };
            own.root_token()
                .map(|token| token.is_some())
                .map_err(|error| error.to_string())
        };
        for (token, says) in [
            ("short", "at least 16"),
            ("changemechangeme", "guessed"),
            ("Change-Me-0123456789", "guessed"),
            ("aaaaaaaaaaaaaaaaaaaa", "guessed"),
            ("密码密码密码密码密码", "ASCII"),
            ("two words of a phrase", "ASCII"),
        ] {
            let refused = judged(token).unwrap_err();
            assert!(
                refused.starts_with("root_token (MENSHEN_ROOT_TOKEN): ") && refused.contains(says),
                "{token}: {refused}"
            );
            assert!(!refused.contains(token), "{refused}");
        }
        assert_eq!(judged(""), Ok(false));
        assert_eq!(judged("mst_0123456789abcdef0123456789"), Ok(true));
    }
}
