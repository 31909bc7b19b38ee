//! A permission on each of several records.

use super::row::Row;
use super::{Admitted, Call, Proven, mismatch};
use crate::guard::batch::{Batch, Slot};
use crate::guard::permit::Many;
use crate::guard::refusal;
use crate::status;
use menshen_proto::rules::RuleKind;
use tonic::Status;

/// The most records that one call may name.
const MAX_IDS: usize = 100;

pub(super) async fn records(call: &Call<'_>) -> Result<Admitted, Status> {
    let RuleKind::Records {
        permission,
        resource_type,
        ids_field,
    } = call.plan.rule.kind
    else {
        return Err(mismatch(call.plan));
    };
    let ids = due_ids(call, ids_field)?;
    let rows = Row::fetch(call.core.source(resource_type)?, ids, false).await?;
    let mut batch = Batch::reading(call.plan);
    let slots: Vec<Slot> = rows
        .iter()
        .map(|row| row.ask_one(permission, &mut batch))
        .collect();
    let standing = rows
        .first()
        .map(|row| row.ask_standing(permission, &mut batch));
    let answers = call.core.answers(call.caller, batch).await?;
    let mut many = Many::default();
    for (row, slot) in rows.iter().zip(slots) {
        let id = row.id().to_owned();
        match row.version().filter(|_| answers.allows(slot)) {
            Some(version) => {
                many.allowed.push(id);
                many.versions.push(version);
            }
            None => many.refused.push(id),
        }
    }
    // Who lacks access or function is told so; else the call would look like one for absent records.
    let general = standing.and_then(|slot| answers.general_denial(slot));
    if let (true, Some(denial)) = (many.allowed.is_empty(), general) {
        return Err(refusal::denied(call.plan, permission, Some(denial)));
    }
    let proven = Proven::Many(resource_type, many);
    Ok(Admitted {
        proven,
        hidden: answers.hidden(call.plan),
    })
}

fn due_ids(call: &Call<'_>, ids_field: &str) -> Result<Vec<String>, Status> {
    let ids = call.asked.texts(ids_field);
    match ids.len() {
        0 => Err(status::invalid_field(
            ids_field,
            "is empty; give 1 to 100 ids",
        )),
        1..=MAX_IDS if ids.iter().any(String::is_empty) => Err(status::invalid_field(
            ids_field,
            "has an empty id; leave it out",
        )),
        1..=MAX_IDS => Ok(ids),
        count => Err(status::invalid_field(
            ids_field,
            format!("has {count} ids; ask for at most {MAX_IDS} in one call"),
        )),
    }
}
