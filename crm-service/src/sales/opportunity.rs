//! Opportunities 商机: what a customer may buy.

mod course;
mod team;
mod verbs;

use super::offer;
use super::pipeline::{self, PIPELINE};
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::in_force::in_force;
use crate::records::check::currency;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::{Joined, Kind};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, Money, OpportunityCategory, OpportunityStatus};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about opportunities.
#[derive(Clone, Debug)]
pub(crate) struct Opportunity;

const OPEN: i32 = OpportunityStatus::Open as i32;
const WON: i32 = OpportunityStatus::Won as i32;
const LOST: i32 = OpportunityStatus::Lost as i32;

pub(crate) static OPPORTUNITY: Kind = Kind {
    name: "opportunity",
    message: "menshen.crm.v1.Opportunity",
    table: "opportunities",
    module: "module:opportunities",
    is_owned: true,
    fields: &[
        Field::parent(
            "customer",
            &CUSTOMER,
            "an opportunity stays with its customer; delete it and create one at the other",
        ),
        Field::line("display_name", 1, 200).searched(),
        Field::line("currency", 0, 3)
            .at_first("an opportunity's amounts stay in its currency; create another one"),
        Field::money("amount"),
        Field::date("close_date"),
        Field::link("pipeline", &PIPELINE)
            .at_first("an opportunity stays in its pipeline; create another one"),
        Field::line("stage", 0, 40).at_first("put it into another stage by AdvanceOpportunity"),
        Field::number("probability", 0, 100),
        Field::choice("category", OpportunityCategory::Pipeline as i32),
        Field::choice("status", OPEN).by_the_kind("win, lose or reopen the opportunity"),
        Field::json("lines"),
        Field::json("competitors"),
        Field::text("loss_reason", 0, 1_000).by_the_kind("say it by LoseOpportunity"),
        Field::text("next_step", 0, 1_000),
        Field::line("source", 0, 100),
        Field::time("stage_since").by_the_kind("it is when it came into its stage"),
        Field::json("members").by_the_kind("use AddOpportunityMember and RemoveOpportunityMember"),
        Field::json("splits").by_the_kind("use SetOpportunitySplits"),
    ],
    joined: &[
        Joined {
            relation: "member_reader",
            subject: "user",
            rows: "(SELECT opportunity_id, user_id FROM opportunity_members WHERE level = 1)",
            record: "opportunity_id",
            column: "user_id",
        },
        Joined {
            relation: "member_writer",
            subject: "user",
            rows: "(SELECT opportunity_id, user_id FROM opportunity_members WHERE level = 2)",
            record: "opportunity_id",
            column: "user_id",
        },
    ],
    plan: OnceLock::new(),
};

const MAX_COMPETITORS: usize = 20;

impl Resource for Opportunity {
    const TYPE: &'static str = "opportunity";
}

impl Entity for Opportunity {
    type Message = v1::Opportunity;

    const STEPS: &'static [Step] = &[
        Step::new("WinOpportunity", &[OPEN], WON),
        Step::new("ReopenOpportunity", &[WON, LOST], OPEN),
    ];

    fn kind() -> &'static Kind {
        &OPPORTUNITY
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Opportunity>,
    ) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            if change.after.currency.is_empty() {
                change.after.currency = in_force(&crm.db).await?.default_currency;
            }
            if change.after.pipeline.is_empty() {
                pipeline::STANDARD.clone_into(&mut change.after.pipeline);
            }
        }
        if change.cause.touches("lines") {
            let before = change.before.map(|before| before.lines.as_slice());
            let (before, after) = (before.unwrap_or_default(), &change.after.lines);
            offer::admit(crm, caller, OPPORTUNITY.name, before, after).await?;
        }
        course::admit(crm, change).await
    }

    fn check(change: &mut Change<'_, v1::Opportunity>, violations: &mut Violations) {
        if change.cause.touches("currency") {
            currency("currency", &change.after.currency, violations);
        }
        if change.cause.touches("lines") || change.cause.touches("amount") {
            check_amount(change, violations);
        }
        if change.cause.touches("competitors") {
            check_competitors(&change.after.competitors, violations);
        }
        if change.cause.touches("category") {
            check_category(&change.after, violations);
        }
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Opportunity>) -> Result<(), Refusal> {
        team::written(tx, change).await
    }
}

/// Lines say what it would bring; without any, the caller does.
fn check_amount(change: &mut Change<'_, v1::Opportunity>, violations: &mut Violations) {
    let record_currency = change.after.currency.clone();
    let sum = offer::checked_sum(&mut change.after.lines, &record_currency, violations);
    if change.after.lines.is_empty() {
        return;
    }
    let given = change
        .after
        .amount
        .as_ref()
        .map(|amount| amount.amount_minor);
    let says_otherwise = given.is_some_and(|minor| minor != sum.reduced);
    let is_update = matches!(change.cause, Cause::Update(_));
    if says_otherwise && change.cause.touches("amount") {
        let problem = format!(
            "is the sum of the lines, {} minor units; leave it out",
            sum.reduced
        );
        violations.add("amount", problem);
    } else if !is_update || change.cause.touches("lines") {
        change.after.amount = Some(Money {
            currency: record_currency,
            amount_minor: sum.reduced,
        });
    }
}

fn check_competitors(competitors: &[String], violations: &mut Violations) {
    if competitors.len() > MAX_COMPETITORS {
        let problem = format!(
            "{} names; give at most {MAX_COMPETITORS}",
            competitors.len()
        );
        violations.add("competitors", problem);
    }
    for (at, name) in competitors.iter().take(MAX_COMPETITORS).enumerate() {
        violations.line(&format!("competitors[{at}]"), name, 1..=100);
    }
}

fn check_category(after: &v1::Opportunity, violations: &mut Violations) {
    let is_closed = after.category() == OpportunityCategory::Closed;
    if is_closed && after.status() != OpportunityStatus::Won {
        violations.add(
            "category",
            "`OPPORTUNITY_CATEGORY_CLOSED` is set by WinOpportunity; give another one",
        );
    }
}
