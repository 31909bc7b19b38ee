//! Tokens that were recognised a moment ago.
//!
//! Verifying a signature costs a third of a local round trip, and asking about an opaque token costs
//! a whole one. What is remembered is only whose token it is; whether its account may still do
//! anything is asked with every question.

use ring::digest::{SHA256, digest};
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More callers than this start the memory afresh.
const MAX_TOKENS: usize = 10_000;

/// Recognised tokens, by hash: the tokens themselves are not kept.
#[derive(Default)]
pub(super) struct KnownTokens {
    subjects: Mutex<FxHashMap<Hash, (String, i64)>>,
}

type Hash = [u8; 32];

impl KnownTokens {
    /// The subject of a token that is still remembered.
    pub(super) fn subject(&self, token: &str, now_us: i64) -> Option<String> {
        let known = self.lock();
        let (subject, until_us) = known.get(&hash(token)?)?;
        (now_us < *until_us).then(|| subject.clone())
    }

    /// Remembers a token until a time.
    pub(super) fn remember(&self, token: &str, subject: &str, until_us: i64, now_us: i64) {
        let Some(hash) = hash(token) else {
            return;
        };
        let mut known = self.lock();
        if known.len() >= MAX_TOKENS {
            known.retain(|_, (_, until_us)| now_us < *until_us);
        }
        if known.len() >= MAX_TOKENS {
            known.clear();
        }
        known.insert(hash, (subject.to_owned(), until_us));
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<Hash, (String, i64)>> {
        // Nothing panics while it is held, and a map is whole between its operations.
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> Option<Hash> {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_remembered_until_its_time() {
        let known = KnownTokens::default();
        known.remember("t", "user:u05", 100, 0);
        assert_eq!(known.subject("t", 99).as_deref(), Some("user:u05"));
        assert_eq!(known.subject("t", 100), None);
        assert_eq!(known.subject("other", 0), None);
    }

    #[test]
    fn memory_is_bounded() {
        let known = KnownTokens::default();
        for number in 0..=MAX_TOKENS {
            known.remember(&number.to_string(), "user:u05", 100, 0);
        }
        assert_eq!(known.lock().len(), 1);
    }
}
