//! Marketing plans 计划: how a strategy is carried out in a period.

use super::approval::{self, Approvable, Hands};
use super::strategy::STRATEGY;
use super::terms;
use crate::crm::Crm;
use crate::records::entity::{Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, MarketingPlanStatus};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about marketing plans.
#[derive(Clone, Debug)]
pub(crate) struct MarketingPlan;

/// How what is decided by the steps changes.
const BY_STEPS: &str = "submit, approve or return it instead";

pub(crate) static MARKETING_PLAN: Kind = Kind {
    name: "marketing_plan",
    message: "menshen.crm.v1.MarketingPlan",
    table: "marketing_plans",
    module: "module:marketing_plans",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::link("strategy", &STRATEGY),
        Field::text("goal", 0, 2_000),
        Field::line("market", 0, 200),
        Field::date("starts_on"),
        Field::date("ends_on"),
        Field::line("currency", 0, 3),
        Field::money("budget"),
        Field::json("indicators"),
        Field::choice("status", MarketingPlanStatus::Draft as i32).by_the_kind(BY_STEPS),
        Field::relation("prepared_by").by_the_kind("it is who created it"),
        Field::relation("submitted_by").by_the_kind(BY_STEPS),
        Field::person("approved_by").by_the_kind(BY_STEPS),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for MarketingPlan {
    const TYPE: &'static str = "marketing_plan";
}

impl Approvable for v1::MarketingPlan {
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

impl Entity for MarketingPlan {
    type Message = v1::MarketingPlan;

    const STEPS: &'static [Step] = &approval::steps([
        "SubmitMarketingPlan",
        "ApproveMarketingPlan",
        "ReturnMarketingPlan",
        "ActivateMarketingPlan",
        "ArchiveMarketingPlan",
    ]);

    fn kind() -> &'static Kind {
        &MARKETING_PLAN
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::MarketingPlan>,
    ) -> Result<(), Refusal> {
        terms::complete_currency(crm, &mut change.after.currency).await?;
        approval::admit(&MARKETING_PLAN, change)
    }

    fn check(change: &mut Change<'_, v1::MarketingPlan>, violations: &mut Violations) {
        let after = &change.after;
        terms::check_days(&after.starts_on, &after.ends_on, violations);
        terms::check_currency(change, &after.currency, &["budget"], violations);
        if change.cause.touches("indicators") {
            terms::check_indicators(&after.indicators, violations);
        }
    }
}
