//! Time as an argument.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

/// Tells the time, in microseconds since the Unix epoch.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now_us(&self) -> i64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now_us(&self) -> i64 {
        let since = std::time::SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now_us: i64) -> Self {
        Self(AtomicI64::new(now_us))
    }

    /// Moves it on.
    pub fn advance_us(&self, by_us: i64) {
        self.0.fetch_add(by_us, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Microseconds as a protobuf timestamp.
pub fn timestamp(us: i64) -> prost_types::Timestamp {
    let nanos = i32::try_from(us.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    prost_types::Timestamp {
        seconds: us.div_euclid(1_000_000),
        nanos,
    }
}

/// A protobuf timestamp as microseconds, what is finer cut off; `None` if it is not a valid one.
pub fn microseconds(timestamp: &prost_types::Timestamp) -> Option<i64> {
    let fraction = i64::from(timestamp.nanos);
    if !(0..1_000_000_000).contains(&fraction) {
        return None;
    }
    timestamp
        .seconds
        .checked_mul(1_000_000)?
        .checked_add(fraction / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn timestamps_keep_every_microsecond(us in -1_000_000_000_000_000i64..4_000_000_000_000_000) {
            prop_assert_eq!(microseconds(&timestamp(us)), Some(us));
        }
    }

    #[test]
    fn a_timestamp_with_too_many_nanos_is_refused() {
        let wrong = prost_types::Timestamp {
            seconds: 0,
            nanos: 1_000_000_000,
        };
        assert_eq!(microseconds(&wrong), None);
    }
}
