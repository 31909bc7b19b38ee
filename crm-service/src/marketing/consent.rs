//! Consents 同意: what a person said about being written to. Entries are only added; the latest counts.

mod api;
pub(super) mod standing;

use crate::crm::Crm;
use crate::customers::contact::CONTACT;
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, LawfulBasis};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about consents.
#[derive(Clone, Debug)]
pub(crate) struct Consent;

pub(crate) static CONSENT: Kind = Kind {
    name: "consent",
    message: "menshen.crm.v1.Consent",
    table: "consents",
    module: "module:consents",
    is_owned: false,
    fields: &[
        Field::parent("contact", &CONTACT, "what was said stays as it was said"),
        Field::choice("channel", 0),
        Field::line("purpose", 1, PURPOSE_CHARS),
        Field::choice("status", 0),
        Field::choice("lawful_basis", LawfulBasis::Consent as i32),
        Field::line("source", 1, 200),
        Field::text("proof", 0, 2_000),
        Field::line("notice_version", 0, 50),
        Field::past("at"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

/// As long as a purpose is.
pub(super) const PURPOSE_CHARS: usize = 50;

impl Resource for Consent {
    const TYPE: &'static str = "consent";
}

impl Entity for Consent {
    type Message = v1::Consent;

    fn kind() -> &'static Kind {
        &CONSENT
    }

    async fn admit(
        _: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Consent>,
    ) -> Result<(), Refusal> {
        let now = timestamp(change.call.now_us);
        change.after.at.get_or_insert(now);
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Consent>, violations: &mut Violations) {
        check_purpose("purpose", &change.after.purpose, violations);
    }
}

/// A purpose is a key: two spellings of one would be two purposes, and a withdrawal would miss.
pub(super) fn check_purpose(field: &str, purpose: &str, violations: &mut Violations) {
    let is_part = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
    if !purpose.chars().all(is_part) {
        let quoted = quote(purpose);
        let problem =
            format!("{quoted} is not a purpose; give `a-z 0-9 _ -`, such as `newsletter`");
        violations.add(field, problem);
    }
}
