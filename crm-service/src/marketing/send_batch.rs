//! Send batches 发送批次: one approved text to the members of a campaign.
//!
//! The text is copied from the template when the batch is made, and must be that of the approved template
//! when the batch is approved: what was approved is what is sent. Whoever made the batch does not approve it.

mod api;
mod state;

use super::campaign::CAMPAIGN;
use super::template::TEMPLATE;
use super::{approval, consent};
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, SendBatchStatus as Status};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about send batches.
#[derive(Clone, Debug)]
pub(crate) struct SendBatch;

const APPROVE: &str = "ApproveSend";
const START: &str = "StartSend";
const STAYS: &str = "make another batch instead";
const BY_STEPS: &str = "approve or start it instead";

pub(crate) static SEND_BATCH: Kind = Kind {
    name: "send_batch",
    message: "menshen.crm.v1.SendBatch",
    table: "send_batches",
    module: "module:send_batches",
    is_owned: false,
    fields: &[
        Field::parent("campaign", &CAMPAIGN, STAYS),
        Field::line("display_name", 1, 200)
            .searched()
            .at_first(STAYS),
        Field::link("template", &TEMPLATE).at_first(STAYS),
        Field::line("purpose", 1, consent::PURPOSE_CHARS).at_first(STAYS),
        Field::line("subject", 0, 200).by_the_kind("it is the template's"),
        Field::text("body", 0, 50_000).by_the_kind("it is the template's"),
        Field::choice("status", Status::Draft as i32).by_the_kind(BY_STEPS),
        Field::relation("prepared_by").by_the_kind("it is who created it"),
        Field::person("approved_by").by_the_kind(BY_STEPS),
        Field::time("started_at").by_the_kind(BY_STEPS),
        Field::time("finished_at").aside("it is when the last letter was handed over"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for SendBatch {
    const TYPE: &'static str = "send_batch";
}

impl Entity for SendBatch {
    type Message = v1::SendBatch;

    const STEPS: &'static [Step] = &[
        Step::new(APPROVE, &[Status::Draft as i32], Status::Approved as i32),
        Step::new(START, &[Status::Approved as i32], Status::Sending as i32),
    ];

    fn kind() -> &'static Kind {
        &SEND_BATCH
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::SendBatch>,
    ) -> Result<(), Refusal> {
        let caller = change.call.caller.clone();
        match change.cause {
            Cause::Create => {
                let by = approval::person(&caller).unwrap_or_default();
                by.clone_into(&mut change.after.prepared_by);
                change.after.set_status(Status::Draft);
                change.after.approved_by.clear();
                change.after.started_at = None;
                Ok(())
            }
            Cause::Step(step) if step.method == APPROVE => {
                let by = approval::due(&SEND_BATCH, change.id, &caller)?;
                by.clone_into(&mut change.after.approved_by);
                Ok(())
            }
            Cause::Step(_) => {
                change.after.started_at = Some(timestamp(change.call.now_us));
                state::admit_mail(crm, change.id)
            }
            Cause::Delete => state::admit_delete(change),
            Cause::Update(_) | Cause::Transfer(_) | Cause::Restore | Cause::Merge => Ok(()),
        }
    }

    fn check(change: &mut Change<'_, v1::SendBatch>, violations: &mut Violations) {
        if change.cause.touches("purpose") {
            consent::check_purpose("purpose", &change.after.purpose, violations);
        }
        if change.cause.touches("template") && change.after.template.is_empty() {
            violations.add("template", "is due; name a template");
        }
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::SendBatch>) -> Result<(), Refusal> {
        match change.cause {
            Cause::Create => state::copy_text(tx, change).await,
            Cause::Step(step) if step.method == START => state::admit_campaign(tx, change).await,
            Cause::Step(_) => state::admit_text(tx, change).await,
            _ => Ok(()),
        }
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::SendBatch>) -> Result<(), Refusal> {
        match change.cause {
            Cause::Step(step) if step.method == START => state::address(tx, change).await,
            _ => Ok(()),
        }
    }
}
