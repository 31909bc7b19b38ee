//! Campaigns 活动: what is done to reach people.

mod api;
mod state;

use super::marketing_plan::MARKETING_PLAN;
use super::terms;
use crate::crm::Crm;
use crate::records::entity::{Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::micros;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, CampaignStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about campaigns.
#[derive(Clone, Debug)]
pub(crate) struct Campaign;

pub(crate) static CAMPAIGN: Kind = Kind {
    name: "campaign",
    message: "menshen.crm.v1.Campaign",
    table: "campaigns",
    module: "module:campaigns",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::link("plan", &MARKETING_PLAN),
        Field::choice("kind", 0),
        Field::choice("channel", 0),
        Field::text("description", 0, 5_000),
        Field::time("starts_at"),
        Field::time("ends_at"),
        Field::line("currency", 0, 3),
        Field::money("budget"),
        Field::money("cost"),
        Field::choice("status", CampaignStatus::Draft as i32)
            .by_the_kind("schedule, launch, pause, complete or cancel it instead"),
        Field::time("launched_at").by_the_kind("launch it instead"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const PLAN: &str = "
    SELECT status
    FROM marketing_plans
    WHERE id = $1 AND deleted_at_us IS NULL";

impl Resource for Campaign {
    const TYPE: &'static str = "campaign";
}

impl Entity for Campaign {
    type Message = v1::Campaign;

    const STEPS: &'static [Step] = state::STEPS;

    fn kind() -> &'static Kind {
        &CAMPAIGN
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Campaign>,
    ) -> Result<(), Refusal> {
        terms::complete_currency(crm, &mut change.after.currency).await?;
        state::admit(change)
    }

    fn check(change: &mut Change<'_, v1::Campaign>, violations: &mut Violations) {
        let after = &change.after;
        let [starts, ends] =
            [&after.starts_at, &after.ends_at].map(|at| at.as_ref().and_then(micros));
        if let (Some(starts), Some(ends)) = (starts, ends)
            && ends <= starts
        {
            violations.add("ends_at", "is not after `starts_at`; give a later time");
        }
        terms::check_currency(change, &after.currency, &["budget", "cost"], violations);
    }

    /// A campaign begins only under a plan that was approved. The plan is read in the transaction that
    /// launches it.
    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Campaign>) -> Result<(), Refusal> {
        if !state::is_launch(change.cause) || change.after.plan.is_empty() {
            return Ok(());
        }
        let plan = &change.after.plan;
        let found: Option<(i64,)> = tx.fetch_optional(Stmt::new(PLAN).bind(plan)).await?;
        state::admit_plan(change.id, plan, found.map(|(status,)| status))
    }
}
