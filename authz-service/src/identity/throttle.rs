//! Slows down guessing, without letting anybody lock somebody else out.
//!
//! Attempts are counted for each pair of user and peer, and for each peer. They are not counted for
//! a user alone: that would let anybody keep anybody out (OWASP ASVS 6.1.1). Buckets refill
//! steadily (the generic cell rate algorithm), so that no lock is for ever.

use rustc_hash::FxHashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Attempts at one account from one peer: ten at once, then one every 30 seconds.
const ONE_ACCOUNT: Rate = Rate {
    interval_us: 30_000_000,
    burst: 10,
};
/// Attempts from one peer: a hundred at once, then one a second.
const ONE_PEER: Rate = Rate {
    interval_us: 1_000_000,
    burst: 100,
};
/// Some 4 MiB.
const MAX_BUCKETS: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Rate {
    interval_us: i64,
    burst: i64,
}

/// Counts attempts.
#[derive(Debug, Default)]
pub struct Throttle {
    /// When each bucket will be full again, in microseconds since the Unix epoch.
    full_at_us: Mutex<FxHashMap<u64, i64>>,
    /// Keyed at random, so that nobody can make two keys collide on purpose.
    hasher: RandomState,
}

/// Too many attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts: try again in {} seconds", retry_after_ms.div_ceil(1000))]
pub struct Throttled {
    /// When the next attempt will be let through.
    pub retry_after_ms: u64,
}

impl Throttle {
    /// Counts an attempt at an account. Without a peer, all callers share one.
    ///
    /// # Errors
    /// The attempt must not be made. It does not count.
    pub fn attempt(&self, user: &str, peer: Option<IpAddr>, now_us: i64) -> Result<(), Throttled> {
        let mut buckets = self
            .full_at_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let keys = self.keys(user, peer);
        let waits = keys.map(|(key, rate)| rate.wait_us(buckets.get(&key).copied(), now_us));
        let wait_us = waits.into_iter().max().unwrap_or_default();
        if wait_us > 0 {
            return Err(Throttled {
                retry_after_ms: wait_us.unsigned_abs().div_ceil(1000),
            });
        }
        make_room(&mut buckets, now_us);
        for (key, rate) in keys {
            let full_at_us = buckets.entry(key).or_insert(now_us);
            *full_at_us = (*full_at_us).max(now_us) + rate.interval_us;
        }
        Ok(())
    }

    /// Forgets the attempts at an account from a peer: the last one succeeded.
    pub fn succeeded(&self, user: &str, peer: Option<IpAddr>) {
        let mut buckets = self
            .full_at_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let [(account, _), (peer, rate)] = self.keys(user, peer);
        buckets.remove(&account);
        if let Some(full_at_us) = buckets.get_mut(&peer) {
            *full_at_us -= rate.interval_us;
        }
    }

    fn keys(&self, user: &str, peer: Option<IpAddr>) -> [(u64, Rate); 2] {
        let peer = peer.map(network);
        let account = self.hasher.hash_one((user.to_lowercase(), peer));
        [
            (account, ONE_ACCOUNT),
            (self.hasher.hash_one(peer), ONE_PEER),
        ]
    }
}

impl Rate {
    /// How long until one more attempt fits. Zero or less: now.
    fn wait_us(self, full_at_us: Option<i64>, now_us: i64) -> i64 {
        full_at_us.unwrap_or(now_us).max(now_us) + self.interval_us
            - now_us
            - self.interval_us * self.burst
    }
}

/// Whoever has an IPv6 address has its whole /64.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

fn make_room(buckets: &mut FxHashMap<u64, i64>, now_us: i64) {
    if buckets.len() < MAX_BUCKETS {
        return;
    }
    buckets.retain(|_, full_at_us| *full_at_us > now_us);
    if buckets.len() < MAX_BUCKETS {
        return;
    }
    // Whoever is nearest to being forgotten goes first.
    if let Some(key) = buckets
        .iter()
        .min_by_key(|(_, full_at_us)| **full_at_us)
        .map(|(key, _)| *key)
    {
        buckets.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const THERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    fn exhausted() -> Throttle {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.attempt("u05", HERE, 0).unwrap();
        }
        throttle
    }

    #[test]
    fn guessing_is_slowed_down_and_not_locked() {
        let throttle = exhausted();
        let refused = throttle.attempt("U05", HERE, 0).unwrap_err();
        assert_eq!(refused.retry_after_ms, 30_000);
        assert_eq!(throttle.attempt("u05", HERE, 30_000_000), Ok(()));
        assert!(throttle.attempt("u05", HERE, 30_000_000).is_err());
    }

    #[test]
    fn nobody_locks_somebody_else_out() {
        let throttle = exhausted();
        assert_eq!(throttle.attempt("u05", THERE, 0), Ok(()));
        assert_eq!(throttle.attempt("u06", HERE, 0), Ok(()));
    }

    #[test]
    fn one_peer_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let tried = (0..1000).take_while(|n| throttle.attempt(&format!("u{n}"), HERE, 0).is_ok());
        assert_eq!(tried.count(), 100);
    }

    #[test]
    fn success_clears_the_account() {
        let throttle = exhausted();
        throttle.succeeded("u05", HERE);
        assert_eq!(throttle.attempt("u05", HERE, 0), Ok(()));
    }
}
