//! Whether a proposed record keeps the limits of its kind.

use super::currency::is_currency;
use super::field::{Given, Holds};
use super::kind::Kind;
use super::plan::{Plan, Planned};
use super::values::{amount_of, micros_of, number_of};
use super::violations::{Violations, quote};
use chrono::{DateTime, Datelike, NaiveDate};
use prost_reflect::{DynamicMessage, Value};
use std::collections::BTreeSet;

/// How far a client's clock may be ahead of ours.
const CLOCK_SKEW_US: i64 = 60_000_000;
/// RFC 5321: the longest address that a mail system must carry.
const EMAIL_CHARS: usize = 254;
const URL_CHARS: usize = 500;
/// Nothing earlier or later happens to anybody here.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
/// Ten trillion in a currency with two decimals: sums of many stay within a column.
pub(crate) const MOST_MINOR: i64 = 1_000_000_000_000_000;

/// Which fields of a proposal are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Looked<'a> {
    /// Those that a create may give.
    AtFirst,
    /// Those that an update changes. What is not named is not told of either.
    At(&'a BTreeSet<String>),
}

impl Plan {
    /// Completes a proposal with what unset fields are taken as, and finds what breaks a limit.
    pub(crate) fn check(
        &self,
        kind: &Kind,
        proposed: &mut DynamicMessage,
        looked: Looked<'_>,
        now_us: i64,
    ) -> Violations {
        let mut violations = Violations::of(kind.name);
        self.complete(proposed, &mut violations, looked);
        for planned in self.fields.iter().filter(|one| looked.at(one)) {
            planned.check(proposed, now_us, &mut violations);
        }
        violations
    }

    /// Sets choices that are unset, and the currency of amounts.
    fn complete(
        &self,
        proposed: &mut DynamicMessage,
        violations: &mut Violations,
        looked: Looked<'_>,
    ) {
        for planned in &self.fields {
            if let Holds::Choice(unset) = planned.field.holds
                && number_of(&proposed.get_field(&planned.descriptor)) == 0
            {
                proposed.set_field(&planned.descriptor, Value::EnumNumber(unset));
            }
        }
        self.check_currencies(proposed, violations, looked);
        self.complete_money(proposed);
    }

    /// Every amount is in the record's currency, which it need not repeat.
    fn check_currencies(
        &self,
        proposed: &DynamicMessage,
        violations: &mut Violations,
        looked: Looked<'_>,
    ) {
        let currency = proposed.get_field_by_name("currency");
        let Some(currency) = currency.as_ref().and_then(|value| value.as_str()) else {
            return;
        };
        let money = |one: &&Planned| matches!(one.field.holds, Holds::Money) && looked.at(one);
        for planned in self.fields.iter().filter(money) {
            let value = proposed.get_field(&planned.descriptor);
            let given = value
                .as_message()
                .and_then(|money| money.get_field_by_name("currency"));
            let given = given.as_ref().and_then(|value| value.as_str());
            let given = given.unwrap_or_default();
            if !given.is_empty() && given != currency {
                let quoted = quote(given);
                violations.add(
                    &format!("{}.currency", planned.field.name),
                    format!(
                        "{quoted} is not the record's currency; give the amount in `{currency}`"
                    ),
                );
            }
        }
    }
}

impl Looked<'_> {
    fn at(self, planned: &Planned) -> bool {
        match self {
            Self::AtFirst => !matches!(planned.field.given, Given::ByTheKind(_) | Given::Aside(_)),
            Self::At(paths) => paths.contains(planned.field.name),
        }
    }
}

impl Planned {
    fn check(&self, proposed: &DynamicMessage, now_us: i64, violations: &mut Violations) {
        let name = self.field.name;
        let is_set = proposed.has_field(&self.descriptor);
        let value = proposed.get_field(&self.descriptor);
        let text = value.as_str().unwrap_or_default();
        match self.field.holds {
            Holds::Line(least, most) => violations.line(name, text, least..=most),
            Holds::Text(least, most) => violations.text(name, text, least..=most),
            Holds::Word(words) => violations.word(name, text, words),
            Holds::Email => email(name, text, violations),
            Holds::Phone => violations.telephone(name, text),
            Holds::Url => url(name, text, violations),
            Holds::Date => date(name, text, None, violations),
            Holds::PastDate => date(name, text, tomorrow(now_us), violations),
            Holds::Number(least, most) if is_set || !self.descriptor.supports_presence() => {
                violations.number(name, number_of(&value), least..=most);
            }
            Holds::Money if is_set => {
                let minor = value.as_message().and_then(amount_of).unwrap_or_default();
                violations.number(&format!("{name}.amount_minor"), minor, 0..=MOST_MINOR);
            }
            Holds::Time | Holds::Past if is_set => self.check_time(&value, now_us, violations),
            Holds::Choice(_) => self.check_choice(&value, violations),
            Holds::Parent(_) if !self.field.is_optional => violations.id(name, text),
            Holds::Home(_) => violations.id(name, text),
            Holds::Person { .. } | Holds::Parent(_) | Holds::Link(..) => {
                violations.optional_id(name, text);
            }
            Holds::Flag
            | Holds::Number(..)
            | Holds::Money
            | Holds::Time
            | Holds::Past
            | Holds::Json => {}
        }
    }

    fn check_time(&self, value: &Value, now_us: i64, violations: &mut Violations) {
        let name = self.field.name;
        let Some(at_us) = value.as_message().and_then(micros_of) else {
            violations.add(name, "is not a time; give one between the years 1 and 9999");
            return;
        };
        let is_past = matches!(self.field.holds, Holds::Past);
        if is_past && at_us > now_us.saturating_add(CLOCK_SKEW_US) {
            violations.add(
                name,
                "is in the future; give the time at which it took place",
            );
        }
    }

    fn check_choice(&self, value: &Value, violations: &mut Violations) {
        let number = number_of(value);
        let kind = self.descriptor.kind();
        let known = |of: &prost_reflect::EnumDescriptor| {
            i32::try_from(number).is_ok_and(|number| of.get_value(number).is_some())
        };
        if !kind.as_enum().is_some_and(known) {
            let problem = format!("`{number}` is not a value of this enum");
            violations.add(self.field.name, problem);
        } else if number == 0 {
            violations.add(self.field.name, "is due; give one of the enum's values");
        }
    }
}

/// Something before one `@`, a host behind it. Whether mail arrives, only mail tells.
fn email(field: &str, email: &str, violations: &mut Violations) {
    let is_host = |host: &str| !host.is_empty() && !host.starts_with('.') && !host.ends_with('.');
    let is_plausible = !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.chars().count() <= EMAIL_CHARS
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.contains('@') && is_host(host));
    if !email.is_empty() && !is_plausible {
        let quoted = quote(email);
        violations.add(
            field,
            format!("{quoted} is not an e-mail address; give `name@host`"),
        );
    }
}

/// `https://` and a host, in any script.
fn url(field: &str, url: &str, violations: &mut Violations) {
    let is_host = |host: &str| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        host.starts_with(char::is_alphanumeric) && host.chars().all(is_part)
    };
    let host = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split(['/', '?', '#', ':']).next());
    let is_plausible = host.is_some_and(is_host) && !url.contains(char::is_whitespace);
    if url.is_empty() {
        return;
    }
    violations.line(field, url, 0..=URL_CHARS);
    if !is_plausible {
        let quoted = quote(url);
        violations.add(
            field,
            format!("{quoted} is not an address; give `https://` and a host"),
        );
    }
}

/// A day in these years, and where it must be over, not after today.
fn date(field: &str, text: &str, latest: Option<NaiveDate>, violations: &mut Violations) {
    if text.is_empty() {
        return;
    }
    // The parser takes `2020-1-1` too; equality with what it prints does not.
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|date| date.to_string() == text && YEARS.contains(&date.year()));
    let quoted = quote(text);
    match (date, latest) {
        (None, _) => violations.add(field, format!("{quoted} is not a date; give `YYYY-MM-DD`")),
        (Some(date), Some(latest)) if date > latest => {
            violations.add(
                field,
                format!("{quoted} is to come; give a date until today"),
            );
        }
        (Some(_), _) => {}
    }
}

/// Somewhere it is tomorrow already.
fn tomorrow(now_us: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp_micros(now_us)?
        .date_naive()
        .succ_opt()
}

/// A record is about exactly one of these, each a field and the id in it.
pub(crate) fn about_one(parents: &[(&str, &str)], violations: &mut Violations) {
    let given = parents.iter().filter(|(_, id)| !id.is_empty()).count();
    let names: Vec<&str> = parents.iter().map(|(name, _)| *name).collect();
    match (given, parents.first()) {
        (1, _) | (_, None) => {}
        (0, Some((first, _))) => {
            let names = names.join("`, `");
            violations.add(first, format!("is empty; give exactly one of `{names}`"));
        }
        (_, Some((first, _))) => {
            let names = names.join("`, `");
            let problem =
                format!("is one of {given} that are given; give exactly one of `{names}`");
            violations.add(first, problem);
        }
    }
}

/// An ISO 4217 code.
pub(crate) fn currency(field: &str, code: &str, violations: &mut Violations) {
    if !is_currency(code) {
        let quoted = quote(code);
        violations.add(
            field,
            format!("{quoted} is not a currency; give an ISO 4217 code, for example `CNY`"),
        );
    }
}
