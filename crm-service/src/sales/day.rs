//! Days, as people agree on them: `YYYY-MM-DD`, in UTC.

use chrono::DateTime;

/// The day of a moment.
pub(super) fn of(at_us: i64) -> String {
    let at = DateTime::from_timestamp_micros(at_us).unwrap_or_default();
    at.date_naive().to_string()
}

/// Whether a last day, if there is one, is over.
pub(super) fn is_over(last: &str, now_us: i64) -> bool {
    // Days written like this are in the order of their text.
    !last.is_empty() && last < of(now_us).as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_day_is_over_on_the_next_one() {
        let noon_us = 1_767_182_400_000_000;
        assert_eq!(of(noon_us), "2025-12-31");
        assert!(!is_over("2025-12-31", noon_us));
        assert!(is_over("2025-12-30", noon_us));
        assert!(!is_over("", noon_us));
    }
}
