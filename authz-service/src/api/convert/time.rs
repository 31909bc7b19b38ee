//! Times: microseconds since the Unix epoch inside, `Timestamp` outside.

use prost_types::Timestamp;

const US_PER_S: i64 = 1_000_000;
const NS_PER_US: i32 = 1_000;

/// Microseconds of a timestamp, rounded down: an expiry never comes later than asked for.
///
/// # Errors
/// Nanoseconds outside of a second, or a time that no calendar of four-digit years can spell.
pub fn micros(time: &Timestamp) -> Result<i64, &'static str> {
    const YEARS_1_TO_9999_S: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    if !(0..1_000_000_000).contains(&time.nanos) || !YEARS_1_TO_9999_S.contains(&time.seconds) {
        return Err("it must be a time of the years 1 to 9999, with nanos from 0 to 999999999");
    }
    Ok(time.seconds * US_PER_S + i64::from(time.nanos / NS_PER_US))
}

/// A timestamp of microseconds.
pub fn timestamp(micros: i64) -> Timestamp {
    let below_a_second = i32::try_from(micros.rem_euclid(US_PER_S)).unwrap_or_default();
    Timestamp { seconds: micros.div_euclid(US_PER_S), nanos: below_a_second * NS_PER_US }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_out_and_in() {
        for us in [0, 1, -1, 1_800_000_000_123_456, -62_135_596_800_000_000] {
            assert_eq!(micros(&timestamp(us)), Ok(us));
        }
    }

    #[test]
    fn impossible_times_are_refused() {
        assert!(micros(&Timestamp { seconds: i64::MAX, nanos: 0 }).is_err());
        assert!(micros(&Timestamp { seconds: 0, nanos: -1 }).is_err());
    }
}
