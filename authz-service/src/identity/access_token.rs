//! Access tokens: JWTs (RFC 7519) signed with Ed25519 (RFC 8037), and nothing else.
//!
//! One algorithm, so that a token has no say in how it is verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// How long an access token lives.
pub const LIFETIME_S: i64 = 600;
/// How far ahead of this machine's clock `nbf` may be.
const CLOCK_SKEW_S: i64 = 60;
const ALGORITHM: &str = "EdDSA";
/// Longer texts are no tokens of ours.
const MAX_BYTES: usize = 2048;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// This service and database.
    pub iss: String,
    /// `user:u05`
    pub sub: String,
    /// When it was issued, in seconds since the Unix epoch.
    pub iat: i64,
    /// From when it is valid.
    pub nbf: i64,
    /// From when it is not.
    pub exp: i64,
    /// The session that it belongs to.
    pub sid: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    kid: String,
}

/// A token that was not accepted. The caller is told no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccessToken {
    /// Not three parts of base64url with the right JSON.
    #[error("it is not an access token of this service")]
    Malformed,
    /// Another algorithm, or a key that is not ours.
    #[error("it is not signed with a key of this service")]
    UnknownKey,
    /// The signature does not fit.
    #[error("its signature is wrong")]
    WrongSignature,
    /// Of another issuer.
    #[error("it was issued by another service")]
    WrongIssuer,
    /// Its time has passed or has not come.
    #[error("it has expired: sign in again, or refresh it")]
    Expired,
}

/// A key that signs.
#[derive(Debug)]
pub struct SigningKey {
    id: String,
    pair: Ed25519KeyPair,
}

/// The bytes are no Ed25519 seed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the signing key is damaged")]
pub struct DamagedKey;

impl SigningKey {
    /// A key from its 32-byte seed.
    pub fn new(id: String, seed: &[u8]) -> Result<Self, DamagedKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| DamagedKey)?;
        Ok(Self { id, pair })
    }

    /// The `kid` of its tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key, base64url without padding (`x` of a JWK).
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    /// Issues a token.
    pub fn sign(&self, claims: &Claims) -> Result<String, serde_json::Error> {
        let header = Header {
            alg: ALGORITHM.to_owned(),
            typ: Some("JWT".to_owned()),
            kid: self.id.clone(),
        };
        let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// Reads a token and holds it to its signature, issuer and times.
///
/// # Errors
/// See [`InvalidAccessToken`].
pub fn verify(
    token: &str,
    keys: &[SigningKey],
    issuer: &str,
    now_us: i64,
) -> Result<Claims, InvalidAccessToken> {
    if token.len() > MAX_BYTES {
        return Err(InvalidAccessToken::Malformed);
    }
    let (signed, signature) = token
        .rsplit_once('.')
        .ok_or(InvalidAccessToken::Malformed)?;
    let (header, claims) = signed
        .split_once('.')
        .ok_or(InvalidAccessToken::Malformed)?;
    let header: Header = read_part(header)?;
    let key = keys
        .iter()
        .find(|key| key.id == header.kid && header.alg == ALGORITHM);
    let key = key.ok_or(InvalidAccessToken::UnknownKey)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| InvalidAccessToken::Malformed)?;
    UnparsedPublicKey::new(&ED25519, key.pair.public_key().as_ref())
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| InvalidAccessToken::WrongSignature)?;
    let claims: Claims = read_part(claims)?;
    if claims.iss != issuer {
        return Err(InvalidAccessToken::WrongIssuer);
    }
    let seconds = now_us.div_euclid(1_000_000);
    if seconds >= claims.exp || seconds + CLOCK_SKEW_S < claims.nbf {
        return Err(InvalidAccessToken::Expired);
    }
    Ok(claims)
}

fn read_part<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, InvalidAccessToken> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| InvalidAccessToken::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| InvalidAccessToken::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_US: i64 = 1_800_000_000_000_000;

    fn key(id: &str, seed: u8) -> SigningKey {
        SigningKey::new(id.to_owned(), &[seed; 32]).unwrap()
    }

    fn claims() -> Claims {
        let now = NOW_US / 1_000_000;
        Claims {
            iss: "menshen/1".to_owned(),
            sub: "user:u05".to_owned(),
            iat: now,
            nbf: now,
            exp: now + LIFETIME_S,
            sid: "s1".to_owned(),
        }
    }

    fn verified(token: &str, now_us: i64) -> Result<Claims, InvalidAccessToken> {
        verify(token, &[key("k0", 3), key("k1", 7)], "menshen/1", now_us)
    }

    #[test]
    fn token_says_what_was_signed_until_it_ends() {
        let token = key("k1", 7).sign(&claims()).unwrap();
        assert_eq!(verified(&token, NOW_US), Ok(claims()));
        assert_eq!(verified(&token, NOW_US + 599_999_999), Ok(claims()));
        assert_eq!(
            verified(&token, NOW_US + 600_000_000),
            Err(InvalidAccessToken::Expired)
        );
        assert_eq!(
            verified(&token, NOW_US - 61_000_000),
            Err(InvalidAccessToken::Expired)
        );
    }

    #[test]
    fn token_of_another_key_issuer_or_algorithm_is_refused() {
        let token = key("k1", 8).sign(&claims()).unwrap();
        assert_eq!(
            verified(&token, NOW_US),
            Err(InvalidAccessToken::WrongSignature)
        );
        let token = key("k2", 7).sign(&claims()).unwrap();
        assert_eq!(
            verified(&token, NOW_US),
            Err(InvalidAccessToken::UnknownKey)
        );
        let other = Claims {
            iss: "menshen/2".to_owned(),
            ..claims()
        };
        let token = key("k1", 7).sign(&other).unwrap();
        assert_eq!(
            verified(&token, NOW_US),
            Err(InvalidAccessToken::WrongIssuer)
        );
        let token = key("k1", 7).sign(&claims()).unwrap();
        let body = token.split_once('.').unwrap().1;
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k1"}"#);
        let forged = format!("{none}.{body}");
        assert_eq!(
            verified(&forged, NOW_US),
            Err(InvalidAccessToken::UnknownKey)
        );
    }

    #[test]
    fn changed_or_cut_token_is_refused() {
        let token = key("k1", 7).sign(&claims()).unwrap();
        for at in 0..token.len() {
            let mut cut = token.clone();
            cut.remove(at);
            assert!(verified(&cut, NOW_US).is_err());
        }
        assert_eq!(
            verified(&"a.".repeat(2000), NOW_US),
            Err(InvalidAccessToken::Malformed)
        );
    }
}
