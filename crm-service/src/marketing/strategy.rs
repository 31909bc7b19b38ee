//! Strategies 策略: what is to be reached, for whom and at what cost.

use super::approval::{self, Approvable, Hands};
use super::terms;
use crate::crm::Crm;
use crate::records::entity::{Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, StrategyStatus};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about strategies.
#[derive(Clone, Debug)]
pub(crate) struct Strategy;

/// How what is decided by the steps changes.
const BY_STEPS: &str = "submit, approve or return it instead";

pub(crate) static STRATEGY: Kind = Kind {
    name: "strategy",
    message: "menshen.crm.v1.Strategy",
    table: "strategies",
    module: "module:strategies",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::text("goal", 0, 2_000),
        Field::line("market", 0, 200),
        Field::date("starts_on"),
        Field::date("ends_on"),
        Field::line("currency", 0, 3),
        Field::money("budget"),
        Field::json("indicators"),
        Field::choice("status", StrategyStatus::Draft as i32).by_the_kind(BY_STEPS),
        Field::relation("prepared_by").by_the_kind("it is who created it"),
        Field::relation("submitted_by").by_the_kind(BY_STEPS),
        Field::person("approved_by").by_the_kind(BY_STEPS),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Strategy {
    const TYPE: &'static str = "strategy";
}

impl Approvable for v1::Strategy {
    fn hands(&mut self) -> Hands<'_> {
        Hands {
            preparer: &mut self.prepared_by,
            submitter: &mut self.submitted_by,
            approver: &mut self.approved_by,
        }
    }

    fn status_mut(&mut self) -> &mut i32 {
        &mut self.status
    }

    fn status_number(&self) -> i32 {
        self.status
    }
}

impl Entity for Strategy {
    type Message = v1::Strategy;

    const STEPS: &'static [Step] = &approval::steps([
        "SubmitStrategy",
        "ApproveStrategy",
        "ReturnStrategy",
        "ActivateStrategy",
        "ArchiveStrategy",
    ]);

    fn kind() -> &'static Kind {
        &STRATEGY
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Strategy>,
    ) -> Result<(), Refusal> {
        terms::complete_currency(crm, &mut change.after.currency).await?;
        approval::admit(&STRATEGY, change)
    }

    fn check(change: &mut Change<'_, v1::Strategy>, violations: &mut Violations) {
        let after = &change.after;
        terms::check_days(&after.starts_on, &after.ends_on, violations);
        terms::check_currency(change, &after.currency, &["budget"], violations);
        if change.cause.touches("indicators") {
            terms::check_indicators(&after.indicators, violations);
        }
    }
}
