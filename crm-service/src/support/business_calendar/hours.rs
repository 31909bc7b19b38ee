//! Arithmetic of business time. Times are microseconds since 1970 in UTC.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use menshen_proto::crm::v1::{self, BusinessDay};
use std::collections::BTreeSet;

/// A calendar, understood.
#[derive(Debug)]
pub(crate) struct Hours {
    zone: Tz,
    /// From Monday as 0, with the minutes of the day at which it opens and closes; in order.
    spans: Vec<(u32, i64, i64)>,
    holidays: BTreeSet<NaiveDate>,
}

/// Further than this nobody promises anything: ten years.
const MOST_DAYS: usize = 3_660;

impl Hours {
    /// Of a calendar that was checked.
    pub(crate) fn of(calendar: &v1::BusinessCalendar) -> Option<Self> {
        let span = |span: &v1::BusinessHours| {
            Some((
                day_of(span.day)?,
                minute_of(&span.opens)?,
                minute_of(&span.closes)?,
            ))
        };
        let mut spans: Vec<_> = calendar.hours.iter().filter_map(span).collect();
        spans.sort_unstable();
        let day = |day: &String| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
        Some(Self {
            zone: calendar.time_zone.parse().ok()?,
            spans,
            holidays: calendar.holidays.iter().filter_map(day).collect(),
        })
    }

    /// How much business time passes between two times.
    pub(crate) fn between(&self, from_us: i64, to_us: i64) -> i64 {
        let until = self.open(from_us).take_while(|(opens, _)| *opens < to_us);
        until
            .map(|(opens, closes)| (closes.min(to_us) - opens).max(0))
            .sum()
    }

    /// When so much business time will have passed. `None`: not within ten years.
    pub(crate) fn after(&self, from_us: i64, spent_us: i64) -> Option<i64> {
        let mut left = spent_us.max(0);
        for (opens, closes) in self.open(from_us) {
            if closes - opens >= left {
                return Some(opens + left);
            }
            left -= closes - opens;
        }
        None
    }

    /// Whether we are at work.
    pub(crate) fn is_open(&self, at_us: i64) -> bool {
        self.open(at_us)
            .next()
            .is_some_and(|(opens, _)| opens <= at_us)
    }

    /// The times at which we are at work, in order, cut off before this one.
    fn open(&self, from_us: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let at = DateTime::from_timestamp_micros(from_us);
        let today = at.map(|at| at.with_timezone(&self.zone).date_naive());
        let days = today
            .into_iter()
            .flat_map(|today| today.iter_days().take(MOST_DAYS));
        let spans = days.flat_map(|day| self.of_day(day));
        let cut = spans.map(move |(opens, closes)| (opens.max(from_us), closes));
        cut.filter(|(opens, closes)| opens < closes)
    }

    fn of_day(&self, day: NaiveDate) -> impl Iterator<Item = (i64, i64)> + '_ {
        let weekday = day.weekday().num_days_from_monday();
        let is_holiday = self.holidays.contains(&day);
        let spans = self.spans.iter();
        let spans = spans.filter(move |span| span.0 == weekday && !is_holiday);
        spans.filter_map(move |(_, opens, closes)| {
            Some((self.at(day, *opens)?, self.at(day, *closes)?))
        })
    }

    /// A time that the clocks skip is when they go on; one that they show twice is the first.
    fn at(&self, day: NaiveDate, minutes: i64) -> Option<i64> {
        let shown = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        let at = match self.zone.from_local_datetime(&shown) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
            LocalResult::None => {
                let later = shown + TimeDelta::hours(1);
                self.zone.from_local_datetime(&later).earliest()?
            }
        };
        Some(at.timestamp_micros())
    }
}

/// A day of the week, from Monday as 0.
pub(super) fn day_of(day: i32) -> Option<u32> {
    let is_known = BusinessDay::try_from(day).is_ok();
    u32::try_from(day).ok()?.checked_sub(1).filter(|_| is_known)
}

/// The minute of the day of `HH:MM`, until `24:00`.
pub(super) fn minute_of(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| -> Option<i64> {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_micros()
    }

    /// Monday to Friday, 09:00 to 18:00.
    fn office(time_zone: &str, holidays: &[&str]) -> Hours {
        let hours = (1..=5).map(|day| v1::BusinessHours {
            day,
            opens: "09:00".to_owned(),
            closes: "18:00".to_owned(),
        });
        let calendar = v1::BusinessCalendar {
            time_zone: time_zone.to_owned(),
            hours: hours.collect(),
            holidays: holidays.iter().map(ToString::to_string).collect(),
            ..v1::BusinessCalendar::default()
        };
        Hours::of(&calendar).unwrap()
    }

    #[test]
    fn time_passes_in_business_hours_only() {
        let office = office("Asia/Shanghai", &[]);
        // Friday 17:00 to Monday 10:00.
        let (from, to) = (
            at("2026-11-20T17:00:00+08:00"),
            at("2026-11-23T10:00:00+08:00"),
        );
        assert_eq!(office.between(from, to), 2 * HOUR);
        assert_eq!(office.after(from, 2 * HOUR), Some(to));
        assert_eq!(
            office.after(from, HOUR),
            Some(at("2026-11-20T18:00:00+08:00"))
        );
        assert!(office.is_open(from));
        assert!(!office.is_open(at("2026-11-20T18:00:00+08:00")));
        assert!(!office.is_open(at("2026-11-21T12:00:00+08:00")));
    }

    #[test]
    fn holiday_is_no_business_day() {
        let office = office("Asia/Shanghai", &["2026-10-01", "2026-10-02"]);
        let from = at("2026-09-30T17:00:00+08:00");
        let to = at("2026-10-05T10:00:00+08:00");
        assert_eq!(office.between(from, to), 2 * HOUR);
        assert_eq!(office.after(from, 2 * HOUR), Some(to));
    }

    /// T38: on the last Sunday of March a day in Berlin has 23 hours.
    #[test]
    fn clocks_that_change_change_the_day() {
        let always = v1::BusinessCalendar {
            time_zone: "Europe/Berlin".to_owned(),
            hours: (1..=7)
                .map(|day| v1::BusinessHours {
                    day,
                    opens: "00:00".to_owned(),
                    closes: "24:00".to_owned(),
                })
                .collect(),
            ..v1::BusinessCalendar::default()
        };
        let always = Hours::of(&always).unwrap();
        let (from, to) = (
            at("2026-03-29T00:00:00+01:00"),
            at("2026-03-30T00:00:00+02:00"),
        );
        assert_eq!(always.between(from, to), 23 * HOUR);
        assert_eq!(always.after(from, 23 * HOUR), Some(to));
    }

    #[test]
    fn malformed_times_are_none() {
        for text in ["9:00", "09:60", "24:01", "0900", "ab:cd", "+9:00"] {
            assert_eq!(minute_of(text), None, "{text}");
        }
        assert_eq!(minute_of("24:00"), Some(1_440));
    }
}
