//! Business calendars 工作日历: when we are at work.

pub(crate) mod hours;

use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::violations::{Violations, quote};
use chrono::NaiveDate;
use chrono_tz::Tz;
use hours::{day_of, minute_of};
use menshen_proto::crm::v1;
use service_kit::guard::permit::Resource;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Marks what is about business calendars.
#[derive(Clone, Debug)]
pub(crate) struct BusinessCalendar;

pub(crate) static BUSINESS_CALENDAR: Kind = Kind {
    name: "business_calendar",
    message: "menshen.crm.v1.BusinessCalendar",
    table: "business_calendars",
    module: "module:business_calendars",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("time_zone", 1, 64),
        Field::json("hours"),
        Field::json("holidays"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const MOST_HOURS: usize = 50;
const MOST_HOLIDAYS: usize = 400;

impl Resource for BusinessCalendar {
    const TYPE: &'static str = "business_calendar";
}

impl Entity for BusinessCalendar {
    type Message = v1::BusinessCalendar;

    fn kind() -> &'static Kind {
        &BUSINESS_CALENDAR
    }

    fn check(change: &mut Change<'_, v1::BusinessCalendar>, violations: &mut Violations) {
        let calendar = &change.after;
        if change.cause.touches("time_zone") && calendar.time_zone.parse::<Tz>().is_err() {
            let zone = quote(&calendar.time_zone);
            let problem = format!("{zone} is not a time zone; give one like `Asia/Shanghai`");
            violations.add("time_zone", problem);
        }
        if change.cause.touches("hours") {
            check_hours(&calendar.hours, violations);
        }
        if change.cause.touches("holidays") {
            check_holidays(&calendar.holidays, violations);
        }
    }
}

fn check_hours(hours: &[v1::BusinessHours], violations: &mut Violations) {
    if hours.is_empty() || hours.len() > MOST_HOURS {
        let problem = format!("has {} entries; give 1 to {MOST_HOURS}", hours.len());
        violations.add("hours", problem);
    }
    let mut seen: Vec<(u32, i64, i64)> = Vec::new();
    for span in hours.iter().take(MOST_HOURS) {
        let parts = (
            day_of(span.day),
            minute_of(&span.opens),
            minute_of(&span.closes),
        );
        let (Some(day), Some(opens), Some(closes)) = parts else {
            let problem = "takes a day, and `opens` and `closes` as `HH:MM`";
            violations.add("hours", problem);
            continue;
        };
        if opens >= closes {
            violations.add("hours", "closes before it opens; split it at midnight");
        }
        let meets = |other: &(u32, i64, i64)| other.0 == day && opens < other.2 && other.1 < closes;
        if seen.iter().any(meets) {
            violations.add("hours", "has two entries that overlap; make one of them");
        }
        seen.push((day, opens, closes));
    }
}

fn check_holidays(holidays: &[String], violations: &mut Violations) {
    if holidays.len() > MOST_HOLIDAYS {
        let problem = format!("has {} days; give at most {MOST_HOLIDAYS}", holidays.len());
        violations.add("holidays", problem);
    }
    let mut seen = BTreeSet::new();
    for day in holidays.iter().take(MOST_HOLIDAYS) {
        let is_day = NaiveDate::parse_from_str(day, "%Y-%m-%d")
            .is_ok_and(|parsed| parsed.to_string() == *day);
        if !is_day {
            let problem = format!("{} is not a date; give `YYYY-MM-DD`", quote(day));
            violations.add("holidays", problem);
        }
        if !seen.insert(day) {
            violations.add(
                "holidays",
                format!("{} stands twice; name it once", quote(day)),
            );
        }
    }
}
