//! What settings are: values that are valid, however they came in.

use crate::records::currency::is_currency;
use crate::records::mask::Updatable;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1;
use prost_reflect::MessageDescriptor;

/// Their message.
pub(crate) const MESSAGE: &str = "menshen.crm.v1.Settings";
/// The field that holds it in requests, and the type under which their history is kept.
pub(crate) const NAME: &str = "settings";

/// What an update may name.
pub(crate) fn updatable(descriptor: &MessageDescriptor) -> Updatable<'_> {
    Updatable {
        descriptor,
        fields: vec![
            "organization_name",
            "default_currency",
            "max_share_days",
            "claims_per_day",
            "max_owned_customers",
            "claim_cool_down_hours",
            "recycle_after_days",
            "max_attachment_mib",
        ],
        elsewhere: Vec::new(),
    }
}

/// What administrators decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettingsFields {
    pub(crate) organization_name: String,
    /// ISO 4217.
    pub(crate) default_currency: String,
    /// 1 to 3,650.
    pub(crate) max_share_days: i32,
    /// 0 to 1,000.
    pub(crate) claims_per_day: i32,
    /// 0 to 1,000,000; 0 is any number.
    pub(crate) max_owned_customers: i32,
    /// 0 to 8,760.
    pub(crate) claim_cool_down_hours: i32,
    /// 0 to 3,650; 0 is never.
    pub(crate) recycle_after_days: i32,
    /// 1 to 1,000.
    pub(crate) max_attachment_mib: i32,
}

impl SettingsFields {
    /// Reads changed settings.
    ///
    /// # Errors
    /// Every field that breaks its limit.
    pub(crate) fn parse(message: &v1::Settings) -> Result<Self, Violations> {
        let mut violations = Violations::of(NAME);
        violations.line("organization_name", &message.organization_name, 1..=200);
        for (field, value, limits) in [
            ("max_share_days", message.max_share_days, 1..=3_650),
            ("claims_per_day", message.claims_per_day, 0..=1_000),
            (
                "max_owned_customers",
                message.max_owned_customers,
                0..=1_000_000,
            ),
            (
                "claim_cool_down_hours",
                message.claim_cool_down_hours,
                0..=8_760,
            ),
            ("recycle_after_days", message.recycle_after_days, 0..=3_650),
            ("max_attachment_mib", message.max_attachment_mib, 1..=1_000),
        ] {
            violations.number(field, value.into(), limits);
        }
        if !is_currency(&message.default_currency) {
            let quoted = quote(&message.default_currency);
            let problem =
                format!("{quoted} is not a currency; give an ISO 4217 code, for example `CNY`");
            violations.add("default_currency", problem);
        }
        violations.or(Self {
            organization_name: message.organization_name.clone(),
            default_currency: message.default_currency.clone(),
            max_share_days: message.max_share_days,
            claims_per_day: message.claims_per_day,
            max_owned_customers: message.max_owned_customers,
            claim_cool_down_hours: message.claim_cool_down_hours,
            recycle_after_days: message.recycle_after_days,
            max_attachment_mib: message.max_attachment_mib,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_keeps_its_limit() {
        type Change = fn(&mut v1::Settings);
        let cases: [(&str, Change); 9] = [
            ("settings.organization_name", |s| {
                s.organization_name.clear();
            }),
            ("settings.default_currency", |s| {
                s.default_currency = "yuan".into();
            }),
            ("settings.max_share_days", |s| s.max_share_days = 0),
            ("settings.max_share_days", |s| s.max_share_days = 3_651),
            ("settings.claims_per_day", |s| s.claims_per_day = -1),
            ("settings.max_owned_customers", |s| {
                s.max_owned_customers = 1_000_001;
            }),
            ("settings.claim_cool_down_hours", |s| {
                s.claim_cool_down_hours = 8_761;
            }),
            ("settings.recycle_after_days", |s| s.recycle_after_days = -1),
            ("settings.max_attachment_mib", |s| s.max_attachment_mib = 0),
        ];
        for (field, change) in cases {
            let mut message = v1::Settings {
                organization_name: "云帆智造".into(),
                default_currency: "CNY".into(),
                max_share_days: 90,
                max_attachment_mib: 25,
                ..v1::Settings::default()
            };
            assert!(SettingsFields::parse(&message).is_ok());
            change(&mut message);
            let found = SettingsFields::parse(&message).unwrap_err().found();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].field, field);
        }
    }
}
