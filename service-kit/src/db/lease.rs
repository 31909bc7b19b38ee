//! How long answers from memory may be given without asking the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long the database may be silent before a process stops answering from memory, and how long the
/// next one waits before it serves.
pub(super) const LENGTH: Duration = Duration::from_secs(5);

const FOR_EVER: u64 = u64::MAX;

/// Whether a process may answer from memory. It holds from one answer of the database to the next, so
/// that it ends by the clock alone: also while nothing that could end it is running.
///
/// A new one holds for ever, as is right where a file's lock keeps others out.
#[derive(Debug)]
pub struct Lease {
    since: Instant,
    /// Microseconds after `since`.
    until_us: AtomicU64,
}

impl Default for Lease {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            until_us: AtomicU64::new(FOR_EVER),
        }
    }
}

impl Lease {
    /// Whether it holds now.
    pub fn holds(&self) -> bool {
        match self.until_us.load(Ordering::Acquire) {
            FOR_EVER => true,
            until_us => self.since.elapsed() < Duration::from_micros(until_us),
        }
    }

    /// Ends it.
    pub fn end(&self) {
        self.until_us.store(0, Ordering::Release);
    }

    /// It holds for one length after a question that the database has answered.
    pub(super) fn renew(&self, asked: Instant) {
        let until = asked.saturating_duration_since(self.since) + LENGTH;
        let until_us = u64::try_from(until.as_micros()).unwrap_or(FOR_EVER);
        self.until_us.store(until_us, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_by_the_clock_alone() {
        let lease = Lease::default();
        assert!(lease.holds());
        lease.renew(lease.since);
        assert!(lease.holds());
        let long_ago = Lease {
            since: lease.since.checked_sub(LENGTH * 2).unwrap(),
            until_us: AtomicU64::new(0),
        };
        long_ago.renew(long_ago.since);
        assert!(!long_ago.holds());
        long_ago.renew(Instant::now());
        assert!(long_ago.holds());
        long_ago.end();
        assert!(!long_ago.holds());
    }
}
