//! SLA policies 服务水平: how soon we promise to respond and to resolve.

use super::business_calendar::BUSINESS_CALENDAR;
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, TicketPriority};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about SLA policies.
#[derive(Clone, Debug)]
pub(crate) struct SlaPolicy;

pub(crate) static SLA_POLICY: Kind = Kind {
    name: "sla_policy",
    message: "menshen.crm.v1.SlaPolicy",
    table: "sla_policies",
    module: "module:sla_policies",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::link("calendar", &BUSINESS_CALENDAR),
        Field::json("targets"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

/// A year.
const MOST_SECONDS: i64 = 31_536_000;

impl Resource for SlaPolicy {
    const TYPE: &'static str = "sla_policy";
}

impl Entity for SlaPolicy {
    type Message = v1::SlaPolicy;

    fn kind() -> &'static Kind {
        &SLA_POLICY
    }

    fn check(change: &mut Change<'_, v1::SlaPolicy>, violations: &mut Violations) {
        if change.cause.touches("calendar") {
            violations.id("calendar", &change.after.calendar);
        }
        if change.cause.touches("targets") {
            check_targets(&change.after.targets, violations);
        }
    }
}

fn check_targets(targets: &[v1::SlaTarget], violations: &mut Violations) {
    if targets.is_empty() {
        violations.add(
            "targets",
            "promise nothing; give at least one priority its target",
        );
    }
    for (at, target) in targets.iter().enumerate() {
        if target.priority() == TicketPriority::Unspecified {
            violations.add("targets.priority", "is due; give one of the enum's values");
        }
        let is_same = |other: &v1::SlaTarget| other.priority == target.priority;
        if targets.iter().take(at).any(is_same) {
            violations.add("targets", "name a priority twice; give each one target");
        }
        let times = [
            (
                "targets.first_response_seconds",
                target.first_response_seconds,
            ),
            ("targets.resolution_seconds", target.resolution_seconds),
        ];
        for (field, seconds) in times {
            violations.number(field, seconds, 1..=MOST_SECONDS);
        }
    }
}
