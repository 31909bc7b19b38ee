//! Access tokens of authz-service: JWTs (RFC 7519) signed with Ed25519 (RFC 8037) and nothing else.
//!
//! A token has no say in how it is verified: another algorithm in its header is a refusal.

use super::keys::Key;
use crate::status::{self, Reason};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tonic::Status;

const ALGORITHM: &str = "EdDSA";
/// Longer texts are no tokens of ours.
const MAX_BYTES: usize = 2048;
/// How far ahead of this machine's clock a token may begin.
const CLOCK_SKEW_US: i64 = 60_000_000;
/// Begins the opaque tokens of services.
const SERVICE_PREFIX: &str = "mst_";

/// Who can tell what a token says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// We can, with a public key.
    Signed,
    /// Only authz-service.
    Opaque,
}

/// Which kind of token this is.
pub(super) fn looks(token: &str) -> Looks {
    let parts = token.split('.').count();
    if parts == 3 && !token.starts_with(SERVICE_PREFIX) {
        Looks::Signed
    } else {
        Looks::Opaque
    }
}

/// A signed token before its signature was looked at.
pub(super) struct Unverified<'a> {
    header: Header,
    signed: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// What a verified token says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) subject: String,
    pub(super) expires_at_us: i64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that must be understood (RFC 7515 §4.1.11). We understand none.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    /// In seconds since the Unix epoch, as the others.
    exp: i64,
    nbf: Option<i64>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// UNAUTHENTICATED where it is malformed or wants another algorithm.
    pub(super) fn read(token: &'a str) -> Result<Self, Status> {
        let parts = || {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, claims) = signed.split_once('.')?;
            let header: Header = json(header)?;
            let ours = token.len() <= MAX_BYTES && header.alg == ALGORITHM && header.crit.is_none();
            ours.then_some(Self {
                header,
                signed,
                claims,
                signature,
            })
        };
        parts().ok_or_else(|| refused("it is not an access token of authz-service"))
    }

    /// The name of the key that signed it.
    pub(super) fn key_id(&self) -> &str {
        &self.header.kid
    }

    /// Holds the token to its signature, issuer and times.
    ///
    /// # Errors
    /// UNAUTHENTICATED where one of them does not fit.
    pub(super) fn verify(&self, key: &Key, now_us: i64) -> Result<Verified, Status> {
        let signature = URL_SAFE_NO_PAD.decode(self.signature).unwrap_or_default();
        UnparsedPublicKey::new(&ED25519, &key.public)
            .verify(self.signed.as_bytes(), &signature)
            .map_err(|_| refused("its signature is wrong"))?;
        let claims: Claims =
            json(self.claims).ok_or_else(|| refused("its claims cannot be read"))?;
        if claims.iss != key.issuer {
            return Err(refused("it was issued by another service"));
        }
        let expires_at_us = claims.exp.saturating_mul(1_000_000);
        let begins_at_us = claims.nbf.unwrap_or(0).saturating_mul(1_000_000);
        if now_us >= expires_at_us || now_us.saturating_add(CLOCK_SKEW_US) < begins_at_us {
            return Err(refused("it has expired: sign in again, or refresh it"));
        }
        Ok(Verified {
            subject: claims.sub,
            expires_at_us,
        })
    }
}

/// UNAUTHENTICATED: a token that was not accepted.
pub(super) fn refused(why: &str) -> Status {
    status::unauthenticated(
        Reason::TokenInvalid,
        format!("the token was not accepted: {why}"),
    )
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::remote::tests::signer::{ISSUER, NOW_S, Signer};
    use serde_json::json;

    const NOW_US: i64 = NOW_S * 1_000_000;

    fn verified(token: &str, signer: &Signer) -> Result<Verified, Status> {
        Unverified::read(token)?.verify(&signer.key(), NOW_US)
    }

    #[test]
    fn token_of_a_person_is_verified() {
        let signer = Signer::new("k1");
        let verified = verified(&signer.token("user:u05"), &signer).unwrap();
        assert_eq!(verified.subject, "user:u05");
        assert_eq!(verified.expires_at_us, NOW_US + 600_000_000);
    }

    #[test]
    fn token_that_chooses_its_algorithm_is_refused() {
        let signer = Signer::new("k1");
        let claims = json!({ "iss": ISSUER, "sub": "user:u05", "exp": NOW_S + 600 });
        for header in [
            json!({ "alg": "none", "kid": "k1" }),
            json!({ "alg": "HS256", "kid": "k1" }),
            json!({ "alg": "EdDSA", "kid": "k1", "crit": ["x"] }),
            json!({ "alg": "EdDSA" }),
        ] {
            let refused = verified(&signer.sign(&header, &claims), &signer).unwrap_err();
            assert_eq!(refused.code(), tonic::Code::Unauthenticated, "{header}");
        }
    }

    #[test]
    fn tampered_token_is_refused() {
        let signer = Signer::new("k1");
        let (one, other) = (signer.token("user:u05"), signer.token("user:u01"));
        let (head, _) = other.rsplit_once('.').unwrap();
        let (_, signature) = one.rsplit_once('.').unwrap();
        assert!(verified(&format!("{head}.{signature}"), &signer).is_err());
        assert!(verified(&format!("{head}."), &signer).is_err());
        assert!(verified(&one, &Signer::new("k1")).is_err());
    }

    #[test]
    fn token_of_another_time_or_issuer_is_refused() {
        let signer = Signer::new("k1");
        let header = json!({ "alg": "EdDSA", "kid": "k1" });
        for claims in [
            json!({ "iss": ISSUER, "sub": "user:u05", "exp": NOW_S }),
            json!({ "iss": ISSUER, "sub": "user:u05", "exp": NOW_S + 600, "nbf": NOW_S + 61 }),
            json!({ "iss": "another", "sub": "user:u05", "exp": NOW_S + 600 }),
            json!({ "iss": ISSUER, "sub": "user:u05" }),
        ] {
            assert!(
                verified(&signer.sign(&header, &claims), &signer).is_err(),
                "{claims}"
            );
        }
    }

    #[test]
    fn token_of_a_service_is_for_authz_service_to_read() {
        assert_eq!(looks("mst_abc"), Looks::Opaque);
        assert_eq!(looks("a.b.c"), Looks::Signed);
        assert_eq!(looks("anything"), Looks::Opaque);
    }
}
