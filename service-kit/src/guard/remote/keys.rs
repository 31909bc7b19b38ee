//! The public keys of authz-service, fetched when they are needed.

use super::client::Client;
use super::token::refused;
use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use menshen_proto::authz::v1::{GetKeySetRequest, GetKeySetResponse};
use std::sync::Arc;
use tokio::sync::Mutex;
use tonic::Status;

/// Unknown key names come from outside: they may not make us ask without end.
const REFRESH_INTERVAL_US: i64 = 10_000_000;

/// A key that verifies tokens of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) public: Vec<u8>,
    pub(super) issuer: String,
}

/// The keys that we know.
#[derive(Default)]
pub(super) struct KeySet {
    keys: ArcSwap<Vec<Key>>,
    /// When they were fetched; held while they are.
    fetched_at_us: Mutex<Option<i64>>,
}

impl KeySet {
    /// The key of this name, fetched if it is not known.
    ///
    /// # Errors
    /// UNAUTHENTICATED where authz-service has no such key, UNAVAILABLE where it cannot be asked.
    pub(super) async fn key(&self, id: &str, client: &Client, now_us: i64) -> Result<Key, Status> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        let mut fetched_at_us = self.fetched_at_us.lock().await;
        let is_due = fetched_at_us.is_none_or(|at_us| now_us - at_us >= REFRESH_INTERVAL_US);
        if self.known(id).is_none() && is_due {
            let answer = client.get_key_set(None, GetKeySetRequest {}).await?;
            self.keys.store(Arc::new(keys(answer)));
            *fetched_at_us = Some(now_us);
        }
        self.known(id)
            .ok_or_else(|| refused("it is not signed with a key of authz-service"))
    }

    fn known(&self, id: &str) -> Option<Key> {
        self.keys.load().iter().find(|key| key.id == id).cloned()
    }
}

/// The Ed25519 keys of an answer; others verify nothing here.
fn keys(answer: GetKeySetResponse) -> Vec<Key> {
    let issuer = answer.issuer;
    answer
        .keys
        .into_iter()
        .filter(|key| key.kty == "OKP" && key.crv == "Ed25519")
        .filter_map(|key| {
            let public = URL_SAFE_NO_PAD.decode(&key.x).ok()?;
            Some(Key {
                id: key.kid,
                public,
                issuer: issuer.clone(),
            })
        })
        .collect()
}
