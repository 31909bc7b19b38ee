//! Times as microseconds since 1970 inside, as timestamps on the wire.

use prost_types::Timestamp;

const MICROS: i64 = 1_000_000;
const NANOS_A_MICRO: i32 = 1_000;
/// 0001-01-01 to 9999-12-31: what a timestamp may say, in seconds.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// For the wire.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(MICROS)).unwrap_or_default() * NANOS_A_MICRO;
    Timestamp {
        seconds: micros.div_euclid(MICROS),
        nanos,
    }
}

/// From the wire, cut to microseconds. `None`: not a time between the years 1 and 9999.
pub(crate) fn micros(timestamp: &Timestamp) -> Option<i64> {
    let valid =
        SECONDS.contains(&timestamp.seconds) && (0..1_000_000_000).contains(&timestamp.nanos);
    valid.then(|| timestamp.seconds * MICROS + i64::from(timestamp.nanos / NANOS_A_MICRO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_wire() {
        for value in [0, 1, -1, 1_764_000_000_123_456, -62_135_596_800_000_000] {
            assert_eq!(micros(&timestamp(value)), Some(value));
        }
    }

    #[test]
    fn impossible_times_are_none() {
        let at = |seconds, nanos| Timestamp { seconds, nanos };
        for bad in [
            at(253_402_300_800, 0),
            at(0, -1),
            at(0, 1_000_000_000),
            at(i64::MIN, 0),
        ] {
            assert_eq!(micros(&bad), None);
        }
    }
}
