//! The public keys of authz-service, fetched when they are needed.

use super::client::Client;
use super::token::refused;
use crate::clock::Clock;
use crate::status;
use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use menshen_proto::authz::v1::{GetKeySetRequest, GetKeySetResponse};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tonic::Status;

/// Unknown key names come from outside: they may not make us ask without end.
const REFRESH_INTERVAL_US: i64 = 10_000_000;
/// Whoever comes this soon after a failure is told of it and waits for no other.
const RETRY_INTERVAL_US: i64 = 1_000_000;

/// A key that verifies tokens of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) public: Vec<u8>,
    pub(super) issuer: String,
}

/// The keys that we know.
pub(super) struct KeySet {
    client: Client,
    clock: Arc<dyn Clock>,
    keys: Arc<ArcSwap<Vec<Key>>>,
    /// The last question for them, which may be under way.
    asked: Mutex<Option<Fetch>>,
}

/// One question for the keys, and its outcome for all who wait for it.
type Fetch = watch::Receiver<Option<Fetched>>;

#[derive(Clone)]
struct Fetched {
    at_us: i64,
    outcome: Result<(), Status>,
}

impl KeySet {
    pub(super) fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            clock,
            keys: Arc::default(),
            asked: Mutex::default(),
        }
    }

    /// The key of this name, fetched if it is not known.
    ///
    /// # Errors
    /// UNAUTHENTICATED where authz-service has no such key, UNAVAILABLE where it cannot be asked.
    pub(super) async fn key(&self, id: &str) -> Result<Key, Status> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        let mut fetch = self.fetch();
        match fetch.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(fetched)) => fetched.outcome.clone()?,
            _ => {
                return Err(status::internal_message(
                    "a question for the keys broke off",
                ));
            }
        }
        self.known(id)
            .ok_or_else(|| refused("it is not signed with a key of authz-service"))
    }

    fn known(&self, id: &str) -> Option<Key> {
        self.keys.load().iter().find(|key| key.id == id).cloned()
    }

    /// The fetch that answers a caller who comes now: the one under way, the last one if that was just
    /// now, or else a new one.
    fn fetch(&self) -> Fetch {
        let now_us = self.clock.now_us();
        // Nothing panics while it is held.
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match &*asked {
            Some(fetch) if is_in_force(fetch, now_us) => fetch.clone(),
            _ => asked.insert(self.begin()).clone(),
        }
    }

    /// In a task of its own: it goes on when whoever began it has no more time to wait.
    fn begin(&self) -> Fetch {
        let (tell, fetch) = watch::channel(None);
        let (client, clock) = (self.client.clone(), Arc::clone(&self.clock));
        let known = Arc::clone(&self.keys);
        tokio::spawn(async move {
            let answer = client.get_key_set(None, GetKeySetRequest {}).await;
            let outcome = answer.map(|answer| known.store(Arc::new(keys(answer))));
            tell.send_replace(Some(Fetched {
                at_us: clock.now_us(),
                outcome,
            }));
        });
        fetch
    }
}

/// Whether a fetch is under way, or ended so recently that it is too early for another.
fn is_in_force(fetch: &Fetch, now_us: i64) -> bool {
    let interval_us = |fetched: &Fetched| match fetched.outcome {
        Ok(()) => REFRESH_INTERVAL_US,
        Err(_) => RETRY_INTERVAL_US,
    };
    match &*fetch.borrow() {
        Some(fetched) => now_us - fetched.at_us < interval_us(fetched),
        // One that broke off has nobody left to tell of it.
        None => fetch.has_changed().is_ok(),
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
