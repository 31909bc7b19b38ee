//! Signs access tokens as authz-service does.

use crate::guard::remote::keys::Key;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use menshen_proto::authz::v1::{GetKeySetResponse, JsonWebKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// What the time is in these tests, in seconds.
pub(in crate::guard::remote) const NOW_S: i64 = 1_800_000_000;
pub(in crate::guard::remote) const ISSUER: &str = "menshen:test";

pub(in crate::guard::remote) struct Signer {
    id: String,
    pair: Ed25519KeyPair,
}

impl Signer {
    pub(in crate::guard::remote) fn new(id: &str) -> Self {
        let mut seed = [0; 32];
        crate::ids::fill(&mut seed);
        Self {
            id: id.to_owned(),
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
        }
    }

    pub(in crate::guard::remote) fn key(&self) -> Key {
        let public = self.pair.public_key().as_ref().to_vec();
        Key {
            id: self.id.clone(),
            public,
            issuer: ISSUER.to_owned(),
        }
    }

    pub(in crate::guard::remote) fn key_set(&self) -> GetKeySetResponse {
        let key = JsonWebKey {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            kid: self.id.clone(),
            x: URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref()),
        };
        GetKeySetResponse {
            keys: vec![key],
            issuer: ISSUER.into(),
        }
    }

    /// A token that lives for ten minutes.
    pub(in crate::guard::remote) fn token(&self, subject: &str) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.id });
        let claims = json!({
            "iss": ISSUER, "sub": subject, "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + 600, "sid": "s1",
        });
        self.sign(&header, &claims)
    }

    pub(in crate::guard::remote) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
