//! What a contact is: values that are valid, however they came in.

use crate::records::message::Shape;
use crate::records::violations::{Violations, quote};
use chrono::{DateTime, Datelike, NaiveDate};
use menshen_proto::crm::v1::{self, ContactStatus};

/// How a contact's message is changed and compared.
pub(crate) const SHAPE: Shape = Shape {
    message: "menshen.crm.v1.Contact",
    name: "contact",
    updatable: &[
        "display_name",
        "title",
        "role",
        "email",
        "mobile",
        "wechat",
        "birthday",
        "do_not_call",
        "status",
    ],
    elsewhere: &[(
        "customer",
        "a contact stays with its customer; delete it and create one at the other",
    )],
    bookkeeping: &["etag", "updated_at", "updated_by", "redacted_fields"],
};

/// What a contact may be to a purchase; empty is unknown.
const ROLES: [&str; 3] = ["decision_maker", "influencer", "user"];
/// Nobody who was born earlier is a contact.
const FIRST_YEAR: i32 = 1900;
/// RFC 5321: the longest address that a mail system must carry.
const EMAIL_CHARS: usize = 254;

/// What callers decide about a contact. Every value keeps the limits of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactFields {
    pub(crate) display_name: String,
    pub(crate) title: String,
    pub(crate) role: String,
    pub(crate) email: String,
    pub(crate) mobile: String,
    pub(crate) wechat: String,
    /// `YYYY-MM-DD` or empty.
    pub(crate) birthday: String,
    pub(crate) do_not_call: bool,
    pub(crate) status: ContactStatus,
}

impl ContactFields {
    /// Reads a proposed or changed contact.
    ///
    /// # Errors
    /// Every field that breaks its limit.
    pub(crate) fn parse(message: &v1::Contact, now_us: i64) -> Result<Self, Violations> {
        let mut violations = Violations::of(SHAPE.name);
        violations.line("display_name", &message.display_name, 1..=200);
        violations.line("title", &message.title, 0..=100);
        violations.word("role", &message.role, &ROLES);
        violations.telephone("mobile", &message.mobile);
        violations.line("wechat", &message.wechat, 0..=100);
        check_email(&message.email, &mut violations);
        check_birthday(&message.birthday, now_us, &mut violations);
        let status = violations
            .known("status", message.status)
            .filter(|status| *status != ContactStatus::Unspecified)
            .unwrap_or(ContactStatus::Active);
        violations.or(Self {
            display_name: message.display_name.clone(),
            title: message.title.clone(),
            role: message.role.clone(),
            email: message.email.clone(),
            mobile: message.mobile.clone(),
            wechat: message.wechat.clone(),
            birthday: message.birthday.clone(),
            do_not_call: message.do_not_call,
            status,
        })
    }
}

/// Something before one `@`, a host behind it. Whether mail arrives, only mail tells.
fn check_email(email: &str, violations: &mut Violations) {
    if email.is_empty() {
        return;
    }
    let host_is_plausible =
        |host: &str| !host.is_empty() && !host.starts_with('.') && !host.ends_with('.');
    let is_plausible = !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.chars().count() <= EMAIL_CHARS
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.contains('@') && host_is_plausible(host)
        });
    if !is_plausible {
        let quoted = quote(email);
        violations.add(
            "email",
            format!("{quoted} is not an e-mail address; give `name@host`"),
        );
    }
}

fn check_birthday(birthday: &str, now_us: i64, violations: &mut Violations) {
    if birthday.is_empty() {
        return;
    }
    // Somewhere it is tomorrow already.
    let latest = DateTime::from_timestamp_micros(now_us)
        .and_then(|now| now.date_naive().succ_opt())
        .unwrap_or(NaiveDate::MAX);
    // The parser takes `2020-1-1` too; equality with what it prints does not.
    let is_birthday = NaiveDate::parse_from_str(birthday, "%Y-%m-%d").is_ok_and(|date| {
        date.to_string() == birthday && date.year() >= FIRST_YEAR && date <= latest
    });
    if !is_birthday {
        let quoted = quote(birthday);
        violations.add(
            "birthday",
            format!("{quoted} is not a date from {FIRST_YEAR} to today; give `YYYY-MM-DD`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> v1::Contact {
        v1::Contact {
            display_name: "赵曼".into(),
            email: "mandy@example.com".into(),
            birthday: "1990-02-28".into(),
            ..v1::Contact::default()
        }
    }

    /// 2025-11-24T16:00:00Z
    const NOW: i64 = 1_764_000_000_000_000;

    #[test]
    fn a_contact_is_active_unless_it_says_otherwise() {
        assert_eq!(
            ContactFields::parse(&valid(), NOW).unwrap().status,
            ContactStatus::Active
        );
    }

    #[test]
    fn every_field_keeps_its_limit() {
        type Change = fn(&mut v1::Contact);
        let cases: [(&str, Change); 16] = [
            ("contact.display_name", |c| c.display_name = " ".into()),
            ("contact.title", |c| c.title = "x".repeat(101)),
            ("contact.role", |c| c.role = "boss".into()),
            ("contact.email", |c| c.email = "nobody".into()),
            ("contact.email", |c| c.email = "a@b@c".into()),
            ("contact.email", |c| c.email = "a b@c".into()),
            ("contact.mobile", |c| c.mobile = "1".repeat(41)),
            ("contact.wechat", |c| c.wechat = "x".repeat(101)),
            ("contact.birthday", |c| c.birthday = "1990-02-30".into()),
            ("contact.birthday", |c| c.birthday = "1990-2-28".into()),
            ("contact.birthday", |c| c.birthday = "28.02.1990".into()),
            ("contact.birthday", |c| c.birthday = "+12345-01-01".into()),
            ("contact.birthday", |c| c.birthday = "-0001-01-01".into()),
            ("contact.birthday", |c| c.birthday = "2025-11-26".into()),
            ("contact.mobile", |c| c.mobile = "abc".into()),
            ("contact.status", |c| c.status = 99),
        ];
        for (field, change) in cases {
            let mut message = valid();
            change(&mut message);
            let found = ContactFields::parse(&message, NOW).unwrap_err().found();
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].field, field);
        }
    }
}
