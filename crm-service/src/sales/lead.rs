//! Leads 线索: who might buy, before anybody knows whether they will.

mod convert;

use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{self, LeadStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about leads.
#[derive(Clone, Debug)]
pub(crate) struct Lead;

const NEW: i32 = LeadStatus::New as i32;
const ASSIGNED: i32 = LeadStatus::Assigned as i32;
const WORKING: i32 = LeadStatus::Working as i32;
const QUALIFIED: i32 = LeadStatus::Qualified as i32;
const CONVERTED: i32 = LeadStatus::Converted as i32;
const UNQUALIFIED: i32 = LeadStatus::Unqualified as i32;
const DEAD: i32 = LeadStatus::Dead as i32;
const RECYCLED: i32 = LeadStatus::Recycled as i32;

const BY_CONVERSION: &str = "convert the lead by ConvertLead";

pub(crate) static LEAD: Kind = Kind {
    name: "lead",
    message: "menshen.crm.v1.Lead",
    table: "leads",
    module: "module:leads",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("company", 0, 200),
        Field::line("title", 0, 100),
        Field::phone("phone"),
        Field::phone("mobile"),
        Field::email("email"),
        Field::line("wechat", 0, 100),
        Field::line("source", 0, 100),
        Field::line("campaign", 0, 64),
        Field::number("score", 0, 100),
        Field::text("need", 0, 2_000),
        Field::choice("status", NEW)
            .by_the_kind("take the step that leads there, such as StartLead"),
        Field::line("converted_customer", 0, 64).by_the_kind(BY_CONVERSION),
        Field::line("converted_contact", 0, 64).by_the_kind(BY_CONVERSION),
        Field::line("converted_opportunity", 0, 64).by_the_kind(BY_CONVERSION),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

// Whoever is given a new lead has been told to work on it; one that is nobody's waits again.
const GIVEN: &str = "
    UPDATE leads
    SET status = $2
    WHERE id = $1 AND status = $3";

impl Resource for Lead {
    const TYPE: &'static str = "lead";
}

impl Entity for Lead {
    type Message = v1::Lead;

    const STEPS: &'static [Step] = &[
        Step::new("StartLead", &[NEW, ASSIGNED], WORKING),
        Step::new("QualifyLead", &[WORKING], QUALIFIED),
        Step::new(
            "DisqualifyLead",
            &[NEW, ASSIGNED, WORKING, QUALIFIED],
            UNQUALIFIED,
        )
        .with_reason(),
        Step::new("BuryLead", &[NEW, ASSIGNED, WORKING, QUALIFIED], DEAD).with_reason(),
        Step::new("RecycleLead", &[UNQUALIFIED, DEAD], RECYCLED),
        Step::new("ReopenLead", &[RECYCLED], NEW),
    ];

    fn kind() -> &'static Kind {
        &LEAD
    }

    async fn admit(_: &Crm, _: &Caller, change: &mut Change<'_, v1::Lead>) -> Result<(), Refusal> {
        let is_converted = |lead: &&v1::Lead| lead.status() == LeadStatus::Converted;
        match change.cause {
            Cause::Update(_) | Cause::Transfer(_)
                if change.before.as_ref().is_some_and(is_converted) =>
            {
                Err(Refusal::wrong_state(
                    LEAD.reference(change.id),
                    "the lead is converted; change the customer, contact or opportunity that it became",
                ))
            }
            _ => Ok(()),
        }
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Lead>) -> Result<(), Refusal> {
        if !matches!(change.cause, Cause::Transfer(_)) {
            return Ok(());
        }
        let (from, to) = match change.place.owner {
            Some(_) => (NEW, ASSIGNED),
            None => (ASSIGNED, NEW),
        };
        let given = Stmt::new(GIVEN).bind(change.id).bind(to).bind(from);
        tx.execute(given).await?;
        Ok(())
    }
}
