//! A permission on a record that does not exist yet.

use super::record::one_row;
use super::row::Asking;
use super::{Admitted, Call, Proven, mismatch};
use crate::guard::batch::Batch;
use crate::guard::fields::rules_set_in;
use crate::guard::permit::New;
use crate::guard::refusal;
use menshen_proto::rules::RuleKind;
use tonic::Status;

/// The permission that makes a parent visible.
const VIEW: &str = "view";

pub(super) async fn create(call: &Call<'_>) -> Result<Admitted, Status> {
    let RuleKind::Create {
        permission,
        resource_type,
        record_field,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    admit_parents(call).await?;
    let source = call.core.source(resource_type)?;
    let (id, facts) = source
        .proposed(call.caller, call.plan.rule.path, call.message)
        .await?;
    let written = call
        .asked
        .message(record_field)
        .map(|record| rules_set_in(&record));
    let written = written.unwrap_or_default();
    let mut batch = Batch::reading(call.plan);
    let slot = batch.ask(
        permission,
        &format!("{resource_type}:{id}"),
        &facts.relationships,
    );
    batch.ask_writes(&written);
    let answers = call.core.answers(call.caller, batch).await?;
    if !answers.allows(slot) {
        return Err(refusal::denied(call.plan, permission, answers.denial(slot)));
    }
    answers.admit_writes(&written)?;
    let proven = Proven::New(
        resource_type,
        New {
            id,
            contextual: facts.relationships,
        },
    );
    Ok(Admitted {
        proven,
        hidden: answers.hidden(call.plan),
    })
}

/// The records that the new one belongs to must let it, and be in sight.
async fn admit_parents(call: &Call<'_>) -> Result<(), Status> {
    let RuleKind::Create {
        parent_permission,
        parent_type,
        parent_field,
        optional_parents,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    if !parent_permission.is_empty() {
        let id = call.asked.due_text(parent_field)?;
        admit_parent(call, parent_permission, parent_type, id).await?;
    }
    for parent in optional_parents {
        let id = call.asked.text(parent.field);
        if !id.is_empty() {
            admit_parent(call, parent.permission, parent.resource_type, id).await?;
        }
    }
    Ok(())
}

async fn admit_parent(
    call: &Call<'_>,
    permission: &'static str,
    resource_type: &str,
    id: String,
) -> Result<(), Status> {
    let parent = one_row(call, resource_type, id, false).await?;
    let mut batch = Batch::default();
    let asking = Asking {
        permission,
        view_permission: VIEW,
    };
    let slots = parent.ask(asking, &mut batch);
    let answers = call.core.answers(call.caller, batch).await?;
    parent.admit(&slots, &answers, call.plan, permission)
}
