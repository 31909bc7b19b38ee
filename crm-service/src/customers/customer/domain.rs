//! What a customer is: values that are valid, however they came in.

use crate::records::currency::is_currency;
use crate::records::message::Shape;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, CustomerKind, CustomerStatus, Money};
use std::collections::BTreeSet;

/// How a customer's message is changed and compared.
pub(crate) const SHAPE: Shape = Shape {
    message: "menshen.crm.v1.Customer",
    name: "customer",
    updatable: &[
        "display_name",
        "kind",
        "status",
        "level",
        "industry",
        "region",
        "source",
        "employees",
        "website",
        "credit_code",
        "phone",
        "address",
        "credit_limit",
        "currency",
        "teams",
    ],
    elsewhere: &[
        ("owner", "use TransferCustomer"),
        ("department", "use TransferCustomer"),
        ("lifetime_value", "record or cancel purchases"),
    ],
    bookkeeping: &["etag", "updated_at", "updated_by", "redacted_fields"],
};

/// Refuses a new currency without a new limit: the limit is an amount in it. Whether there is one does
/// not matter, so that the answer does not tell it to who may not read it.
///
/// # Errors
/// `update_mask` names the one without the other.
pub(crate) fn check_mask(paths: &BTreeSet<String>) -> Result<(), Violations> {
    let mut violations = Violations::default();
    if paths.contains("currency") && !paths.contains("credit_limit") {
        let problem = "`currency` changes together with `credit_limit`, which is in it; name both";
        violations.add("update_mask", problem);
    }
    violations.or(())
}

/// The levels that a customer may have; empty is none.
const LEVELS: [&str; 4] = ["A", "B", "C", "VIP"];
/// Teams that may work on one customer: each is a contextual relationship of every question about it,
/// and a question takes at most 100.
const MAX_TEAMS: usize = 20;

/// What callers decide about a customer. Every value keeps the limits of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerFields {
    pub(crate) display_name: String,
    pub(crate) kind: CustomerKind,
    pub(crate) status: CustomerStatus,
    pub(crate) level: String,
    pub(crate) industry: String,
    pub(crate) region: String,
    pub(crate) source: String,
    /// 0: unknown.
    pub(crate) employees: i32,
    pub(crate) website: String,
    pub(crate) credit_code: String,
    pub(crate) phone: String,
    pub(crate) address: String,
    /// ISO 4217.
    pub(crate) currency: String,
    /// In minor units of `currency`. `None`: no limit was set.
    pub(crate) credit_limit_minor: Option<i64>,
    /// Each once, in the order given.
    pub(crate) teams: Vec<String>,
}

impl CustomerFields {
    /// Reads a proposed or changed customer.
    ///
    /// # Errors
    /// Every field that breaks its limit.
    pub(crate) fn parse(
        message: &v1::Customer,
        default_currency: &str,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::of(SHAPE.name);
        check_texts(message, &mut violations);
        violations.number("employees", message.employees.into(), 0..=i32::MAX.into());
        note_teams(&message.teams, &mut violations);
        let kind = violations.known("kind", message.kind);
        let status = violations.known("status", message.status);
        let currency = currency(&message.currency, default_currency, &mut violations);
        let credit_limit_minor = message
            .credit_limit
            .as_ref()
            .map(|limit| amount("credit_limit", limit, &currency, &mut violations));
        violations.or(Self {
            display_name: message.display_name.clone(),
            kind: or_default(kind, CustomerKind::Company),
            status: or_default(status, CustomerStatus::Potential),
            level: message.level.clone(),
            industry: message.industry.clone(),
            region: message.region.clone(),
            source: message.source.clone(),
            employees: message.employees,
            website: message.website.clone(),
            credit_code: message.credit_code.clone(),
            phone: message.phone.clone(),
            address: message.address.clone(),
            currency,
            credit_limit_minor,
            teams: message.teams.clone(),
        })
    }
}

fn check_texts(message: &v1::Customer, violations: &mut Violations) {
    violations.line("display_name", &message.display_name, 1..=200);
    violations.word("level", &message.level, &LEVELS);
    violations.line("industry", &message.industry, 0..=100);
    violations.line("region", &message.region, 0..=100);
    violations.line("source", &message.source, 0..=100);
    violations.line("website", &message.website, 0..=500);
    check_credit_code(&message.credit_code, violations);
    violations.telephone("phone", &message.phone);
    violations.text("address", &message.address, 0..=500);
    if !message.website.is_empty() && !is_address(&message.website) {
        let quoted = quote(&message.website);
        violations.add(
            "website",
            format!("{quoted} is not an address; give `https://` and a host"),
        );
    }
}

/// `https://` and a host, in any script.
fn is_address(website: &str) -> bool {
    let Some(rest) = website.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host.starts_with(char::is_alphanumeric)
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && !website.contains(char::is_whitespace)
}

/// 统一社会信用代码 has 18 letters and digits; registers elsewhere have fewer.
fn check_credit_code(code: &str, violations: &mut Violations) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !code.chars().all(is_part) || code.len() > 18 {
        let problem = format!(
            "{} is not a registration number; give at most 18 letters and digits",
            quote(code)
        );
        violations.add("credit_code", problem);
    }
}

/// Whether these may be the teams of a customer.
///
/// # Errors
/// Too many, one of them twice, or what is no id.
pub(crate) fn check_teams(teams: &[String]) -> Result<(), Violations> {
    let mut violations = Violations::of(SHAPE.name);
    note_teams(teams, &mut violations);
    violations.or(())
}

fn note_teams(teams: &[String], violations: &mut Violations) {
    if teams.len() > MAX_TEAMS {
        violations.add(
            "teams",
            format!("{} teams; give at most {MAX_TEAMS}", teams.len()),
        );
    }
    for (at, team) in teams.iter().enumerate() {
        violations.id("teams", team);
        if teams.iter().take(at).any(|earlier| earlier == team) {
            violations.add(
                "teams",
                format!("{} stands twice; name each team once", quote(team)),
            );
        }
    }
}

/// `given`, or the default where it is empty.
fn currency(given: &str, default: &str, violations: &mut Violations) -> String {
    if !given.is_empty() && !is_currency(given) {
        let quoted = quote(given);
        violations.add(
            "currency",
            format!("{quoted} is not a currency; give an ISO 4217 code, for example `CNY`"),
        );
    }
    if given.is_empty() { default } else { given }.to_owned()
}

/// The most that one amount may be, in minor units: 10 trillion of most currencies. Thousands of them
/// add up to what a column holds.
pub(crate) const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000_000;

/// An amount that is not negative, in the customer's currency (which it need not repeat).
pub(crate) fn amount(
    field: &str,
    money: &Money,
    currency: &str,
    violations: &mut Violations,
) -> i64 {
    if !money.currency.is_empty() && money.currency != currency {
        let quoted = quote(&money.currency);
        let problem =
            format!("{quoted} is not the customer's currency; give the amount in `{currency}`");
        violations.add(&format!("{field}.currency"), problem);
    }
    violations.number(
        &format!("{field}.amount_minor"),
        money.amount_minor,
        0..=MAX_AMOUNT_MINOR,
    );
    money.amount_minor
}

/// The value, or what the contract takes an unset one as.
fn or_default<E: Default + PartialEq>(given: Option<E>, unset: E) -> E {
    given
        .filter(|given| *given != E::default())
        .unwrap_or(unset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> v1::Customer {
        v1::Customer {
            display_name: "云帆智造".into(),
            ..v1::Customer::default()
        }
    }

    fn long(chars: usize) -> String {
        "字".repeat(chars)
    }

    fn refused(change: impl FnOnce(&mut v1::Customer)) -> Vec<(String, String)> {
        let mut message = valid();
        change(&mut message);
        let violations = CustomerFields::parse(&message, "CNY").unwrap_err();
        violations
            .found()
            .into_iter()
            .map(|v| (v.field, v.description))
            .collect()
    }

    fn money(currency: &str, amount_minor: i64) -> Money {
        Money {
            currency: currency.into(),
            amount_minor,
        }
    }

    #[test]
    fn what_is_unset_is_taken_as_the_contract_says() {
        let fields = CustomerFields::parse(&valid(), "CNY").unwrap();
        assert_eq!(fields.kind, CustomerKind::Company);
        assert_eq!(fields.status, CustomerStatus::Potential);
        assert_eq!(fields.currency, "CNY");
        assert_eq!(fields.credit_limit_minor, None);
    }

    #[test]
    fn every_field_keeps_its_limit() {
        type Change = fn(&mut v1::Customer);
        let cases: [(&str, Change); 23] = [
            ("customer.display_name", |c| {
                c.display_name = String::new();
            }),
            ("customer.display_name", |c| {
                c.display_name = long(201);
            }),
            ("customer.level", |c| {
                c.level = "D".into();
            }),
            ("customer.industry", |c| {
                c.industry = long(101);
            }),
            ("customer.region", |c| {
                c.region = long(101);
            }),
            ("customer.source", |c| {
                c.source = long(101);
            }),
            ("customer.employees", |c| {
                c.employees = -1;
            }),
            ("customer.website", |c| {
                c.website = "javascript:alert(1)".into();
            }),
            ("customer.credit_code", |c| {
                c.credit_code = long(19);
            }),
            ("customer.credit_code", |c| {
                c.credit_code = "!!".into();
            }),
            ("customer.website", |c| {
                c.website = "https://".into();
            }),
            ("customer.phone", |c| {
                c.phone = "call me maybe".into();
            }),
            ("customer.phone", |c| {
                c.phone = "1".repeat(41);
            }),
            ("customer.address", |c| {
                c.address = long(501);
            }),
            ("customer.currency", |c| {
                c.currency = "RMB".into();
            }),
            ("customer.credit_limit.amount_minor", |c| {
                c.credit_limit = Some(money("CNY", -1));
            }),
            ("customer.credit_limit.amount_minor", |c| {
                c.credit_limit = Some(money("CNY", MAX_AMOUNT_MINOR + 1));
            }),
            ("customer.credit_limit.currency", |c| {
                c.credit_limit = Some(money("USD", 1));
            }),
            ("customer.teams", |c| {
                c.teams = vec!["a b".into()];
            }),
            ("customer.teams", |c| {
                c.teams = vec!["t".into(), "t".into()];
            }),
            ("customer.teams", |c| {
                c.teams = (0..21).map(|n| format!("t{n}")).collect();
            }),
            ("customer.kind", |c| {
                c.kind = 9;
            }),
            ("customer.status", |c| {
                c.status = -1;
            }),
        ];
        for (field, change) in cases {
            let found = refused(change);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, field);
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let found = refused(|c| {
            c.display_name = String::new();
            c.level = "D".into();
            c.employees = -1;
        });
        assert_eq!(found.len(), 3);
    }
}
