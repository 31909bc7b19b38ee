//! A permission on the one record that the request names.

use super::row::{Asking, Row};
use super::{Admitted, Call, Proven, mismatch};
use crate::guard::batch::Batch;
use crate::guard::fields::{UnknownField, rules_below, rules_of_path};
use crate::guard::permit::One;
use crate::guard::refusal;
use crate::status;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::rules::{FieldRule, RuleKind};
use prost_reflect::{Kind, MessageDescriptor};
use tonic::Status;

/// A mask path that stands for every field.
const EVERY_FIELD: &str = "*";

pub(super) async fn record(call: &Call<'_>) -> Result<Admitted, Status> {
    let RuleKind::Record {
        permission,
        resource_type,
        id_field,
        view_permission,
        include_deleted,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    let id = call.asked.due_text(id_field)?;
    let row = one_row(call, resource_type, id, include_deleted).await?;
    let masked = masked_fields(call)?;
    let mut batch = Batch::reading(call.plan);
    let slots = row.ask(
        Asking {
            permission,
            view_permission,
        },
        &mut batch,
    );
    batch.ask_writes(masked.as_deref().unwrap_or_default());
    let answers = call.core.answers(call.caller, batch).await?;
    row.admit(&slots, &answers, call.plan, permission)?;
    let masked = masked.map_err(|unknown| refusal::unknown_field(mask_field(call), &unknown))?;
    answers.admit_writes(&masked)?;
    let target = admit_target(call, &row).await?;
    let (id, facts) = row.into_facts();
    let granted = One {
        id: id.into(),
        version: facts.version,
        contextual: facts.relationships,
        target,
    };
    Ok(Admitted {
        proven: Proven::One(resource_type, granted),
        hidden: answers.hidden(call.plan),
    })
}

/// The row of one id.
pub(super) async fn one_row(
    call: &Call<'_>,
    resource_type: &str,
    id: String,
    include_deleted: bool,
) -> Result<Row, Status> {
    let source = call.core.source(resource_type)?;
    let mut rows = Row::fetch(source, vec![id], include_deleted).await?;
    rows.pop().ok_or_else(|| mismatch(call.plan))
}

fn mask_field(call: &Call<'_>) -> &'static str {
    match call.plan.rule.kind {
        RuleKind::Record { mask_field, .. } => mask_field,
        _ => "",
    }
}

/// The guarded fields that the mask names, or the name in it that no field has: told only to a caller
/// who may see the record. What the mask names is changed, whether or not the record beside it has a
/// value for it.
///
/// # Errors
/// INTERNAL where the rule has a mask and nothing that it is about: no field of it would be checked.
fn masked_fields(call: &Call<'_>) -> Result<Result<Vec<&'static FieldRule>, UnknownField>, Status> {
    let mask = mask_field(call);
    if mask.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let message = masked_message(call).ok_or_else(|| {
        let path = call.plan.rule.path;
        status::internal_message(&format!("the mask of {path} is about no message"))
    })?;
    Ok(fields_of_mask(
        &message,
        &call.asked.texts(&format!("{mask}.paths")),
    ))
}

fn fields_of_mask(
    message: &MessageDescriptor,
    paths: &[String],
) -> Result<Vec<&'static FieldRule>, UnknownField> {
    let mut rules = Vec::new();
    for path in paths {
        match path.as_str() {
            EVERY_FIELD => rules.extend(rules_below(message)),
            path => rules.extend(rules_of_path(message, path)?),
        }
    }
    Ok(rules)
}

/// The message beside the mask: the one that holds the id.
fn masked_message(call: &Call<'_>) -> Option<MessageDescriptor> {
    let RuleKind::Record { id_field, .. } = call.plan.rule.kind else {
        return None;
    };
    let (path, _) = id_field.rsplit_once('.')?;
    path.split('.')
        .try_fold(call.plan.input.clone(), |message, name| {
            match message.get_field_by_name(name)?.kind() {
                Kind::Message(inner) => Some(inner),
                _ => None,
            }
        })
}

/// Asks the second permission, on the record as it would be afterwards, and returns what that is.
async fn admit_target(call: &Call<'_>, row: &Row) -> Result<Vec<Relationship>, Status> {
    let RuleKind::Record {
        resource_type,
        target_permission,
        ..
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    if target_permission.is_empty() {
        return Ok(Vec::new());
    }
    let source = call.core.source(resource_type)?;
    let (_, facts) = source
        .proposed(call.caller, call.plan.rule.path, call.message)
        .await?;
    let mut batch = Batch::default();
    let slot = batch.ask(target_permission, &row.resource(), &facts.relationships);
    let answers = call.core.answers(call.caller, batch).await?;
    if answers.allows(slot) {
        return Ok(facts.relationships);
    }
    Err(refusal::denied(
        call.plan,
        target_permission,
        answers.denial(slot),
    ))
}
