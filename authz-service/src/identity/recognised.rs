//! Access tokens that were verified a moment ago: a signature costs thirty times a look-up.

use super::secret_token::SecretHash;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More cores than that seldom meet in one shard.
const SHARDS: usize = 16;
/// Some 200 bytes each.
const MAX_IN_SHARD: usize = 2048;

/// The person behind a verified access token.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// `user:u05`
    pub subject: Box<str>,
    /// `u05`
    pub id: Box<str>,
    /// The session that the token belongs to.
    pub session: Box<str>,
    /// When the token ends, in microseconds since the Unix epoch.
    pub expires_at_us: i64,
}

/// Verified tokens, by their hash, until they end.
#[derive(Debug, Default)]
pub struct Recognised([Mutex<FxHashMap<SecretHash, Arc<Person>>>; SHARDS]);

impl Recognised {
    /// The person behind a token that was verified before and has not ended. Whether the person is
    /// locked out or the session ended is for the caller to ask: that may have changed since.
    pub fn find(&self, token: &SecretHash, now_us: i64) -> Option<Arc<Person>> {
        let shard = self
            .shard(token)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shard
            .get(token)
            .filter(|person| now_us < person.expires_at_us)
            .cloned()
    }

    /// Remembers a verified token.
    pub fn insert(&self, token: SecretHash, person: Arc<Person>, now_us: i64) {
        let mut shard = self
            .shard(&token)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= MAX_IN_SHARD {
            shard.retain(|_, person| now_us < person.expires_at_us);
        }
        if shard.len() >= MAX_IN_SHARD {
            // Who is forgotten is verified again.
            shard.clear();
        }
        shard.insert(token, person);
    }

    fn shard(&self, token: &SecretHash) -> &Mutex<FxHashMap<SecretHash, Arc<Person>>> {
        let [first, others @ ..] = &self.0;
        let [byte, ..] = token;
        others.get(usize::from(*byte) % SHARDS).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(expires_at_us: i64) -> Arc<Person> {
        let (subject, id, session) = ("user:u05".into(), "u05".into(), "s1".into());
        Arc::new(Person {
            subject,
            id,
            session,
            expires_at_us,
        })
    }

    #[test]
    fn token_is_recognised_until_it_ends() {
        let recognised = Recognised::default();
        recognised.insert([5; 32], person(10), 0);
        assert!(recognised.find(&[5; 32], 9).is_some());
        assert!(recognised.find(&[5; 32], 10).is_none());
        assert!(recognised.find(&[6; 32], 9).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let recognised = Recognised::default();
        for n in 0..100_000_u32 {
            let mut token = [0; 32];
            token[1..5].copy_from_slice(&n.to_le_bytes());
            recognised.insert(token, person(10), 0);
        }
        let kept: usize = recognised
            .0
            .iter()
            .map(|shard| shard.lock().unwrap().len())
            .sum();
        assert!(kept <= MAX_IN_SHARD);
    }
}
