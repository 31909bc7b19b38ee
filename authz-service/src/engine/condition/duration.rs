//! Spans of time as text: `1h30m`, `-1.5s`, `250ms`.

use chrono::TimeDelta;

const UNITS_NS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads `[sign] { decimal unit }`, or `0`. What is finer than a nanosecond is cut off.
pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if unsigned == "0" {
        return Some(TimeDelta::zero());
    }
    let mut rest = unsigned;
    let mut total_ns: i128 = 0;
    while !rest.is_empty() || rest.len() == unsigned.len() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(unit_at);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let (_, unit_ns) = UNITS_NS.iter().find(|(name, _)| *name == unit)?;
        total_ns = total_ns.checked_add(scaled(number, *unit_ns)?)?;
        rest = next;
    }
    let total_ns = i64::try_from(if negative { -total_ns } else { total_ns }).ok()?;
    Some(TimeDelta::nanoseconds(total_ns))
}

/// A decimal number of units, in nanoseconds.
fn scaled(number: &str, unit_ns: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = |text: &str| {
        if text.is_empty() {
            Some(0)
        } else {
            text.parse::<i128>().ok()
        }
    };
    let mut total_ns = digits(whole)?.checked_mul(unit_ns)?;
    // Beyond 18 digits a fraction is below any nanosecond, and would overflow.
    let fraction = fraction
        .get(..fraction.len().min(18))
        .filter(|_| !fraction.contains('.'))?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    total_ns += digits(fraction)?.checked_mul(unit_ns)? / scale;
    Some(total_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written() {
        let cases = [
            ("0", 0),
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("+250ms", 250_000_000),
            ("1h0m0.5s", 3_600_500_000_000),
            ("1µs2us3ns", 3_003),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("0.0000000019s", 1),
        ];
        for (text, expected_ns) in cases {
            assert_eq!(
                parse(text),
                Some(TimeDelta::nanoseconds(expected_ns)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in [
            "", "-", "1", "h", "1d", "1h ", " 1h", "1.2.3s", "1e3s", ".s", "9999999h", "--1s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
