//! Which changes a purchase's state allows: confirmed → fulfilled by an update, confirmed → cancelled
//! by `CancelPurchase`.

use super::PURCHASE;
use crate::records::entity::{Cause, Change};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{Purchase, PurchaseStatus};
use std::collections::BTreeSet;

/// What may still change of a purchase that is fulfilled: whether it is paid, and its number.
const AFTER_FULFILMENT: [&str; 3] = ["paid_at", "external_reference", "status"];

/// Whether the change is allowed.
pub(super) fn admit(change: &Change<'_, Purchase>) -> Result<(), Refusal> {
    match (change.cause, change.before) {
        (Cause::Create, _) => admit_new(change.after.status),
        (Cause::Update(paths), Some(before)) => {
            let after = match change.after.status() {
                PurchaseStatus::Unspecified => PurchaseStatus::Confirmed,
                status => status,
            };
            admit_update(change.id, before.status(), after, paths)
        }
        _ => Ok(()),
    }
}

/// A new purchase is confirmed.
fn admit_new(status: i32) -> Result<(), Refusal> {
    let mut violations = Violations::of(PURCHASE.name);
    if let Ok(status) = PurchaseStatus::try_from(status)
        && ![PurchaseStatus::Unspecified, PurchaseStatus::Confirmed].contains(&status)
    {
        let status = status.as_str_name();
        let problem = format!("`{status}` is not where a purchase begins; leave it out");
        violations.add("status", problem);
    }
    Ok(violations.or(())?)
}

fn admit_update(
    id: &str,
    before: PurchaseStatus,
    after: PurchaseStatus,
    paths: &BTreeSet<String>,
) -> Result<(), Refusal> {
    let stays = |path: &&String| !AFTER_FULFILMENT.contains(&path.as_str());
    let problem = match (before, after) {
        (PurchaseStatus::Cancelled, _) => "is cancelled; record a new purchase instead".to_owned(),
        (PurchaseStatus::Confirmed, PurchaseStatus::Cancelled) => {
            "is cancelled by CancelPurchase and not by an update".to_owned()
        }
        (PurchaseStatus::Fulfilled, PurchaseStatus::Confirmed | PurchaseStatus::Cancelled) => {
            "is fulfilled; its status no longer changes".to_owned()
        }
        (PurchaseStatus::Fulfilled, _) => match paths.iter().find(stays) {
            Some(path) => format!("is fulfilled; its `{path}` no longer changes"),
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    Err(Refusal::wrong_state(
        PURCHASE.reference(id),
        format!("the purchase {problem}"),
    ))
}
