//! Which changes a purchase's state allows: confirmed → fulfilled by an update, confirmed → cancelled
//! by `CancelPurchase`.

use super::domain::{PurchaseFields, SHAPE};
use super::row::Purchase;
use crate::records::record::Record;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::PurchaseStatus;
use std::collections::BTreeSet;

/// What may still change of a purchase that is fulfilled: whether it is paid, and its number.
const AFTER_FULFILMENT: [&str; 3] = ["paid_at", "external_reference", "status"];

/// A new purchase is confirmed.
pub(crate) fn admit_new(status: PurchaseStatus) -> Result<(), Violations> {
    let mut violations = Violations::of(SHAPE.name);
    if status != PurchaseStatus::Confirmed {
        let problem = format!(
            "`{}` is not where a purchase begins; leave it out",
            status.as_str_name()
        );
        violations.add("status", problem);
    }
    violations.or(())
}

/// Whether an update of these fields is allowed.
pub(crate) fn admit_update(
    before: &Purchase,
    fields: &PurchaseFields,
    paths: &BTreeSet<String>,
) -> Result<(), Refusal> {
    match (before.status(), fields.status) {
        (PurchaseStatus::Cancelled, _) => Err(wrong_state(
            before,
            "is cancelled; record a new purchase instead",
        )),
        (PurchaseStatus::Confirmed, PurchaseStatus::Cancelled) => Err(wrong_state(
            before,
            "is cancelled by CancelPurchase and not by an update",
        )),
        (PurchaseStatus::Fulfilled, PurchaseStatus::Confirmed | PurchaseStatus::Cancelled) => Err(
            wrong_state(before, "is fulfilled; its status no longer changes"),
        ),
        (PurchaseStatus::Fulfilled, _) => admit_after_fulfilment(before, paths),
        _ => Ok(()),
    }
}

fn admit_after_fulfilment(before: &Purchase, paths: &BTreeSet<String>) -> Result<(), Refusal> {
    match paths
        .iter()
        .find(|path| !AFTER_FULFILMENT.contains(&path.as_str()))
    {
        None => Ok(()),
        Some(path) => Err(wrong_state(
            before,
            &format!("is fulfilled; its `{path}` no longer changes"),
        )),
    }
}

/// Whether it may be cancelled.
pub(crate) fn admit_cancel(before: &Purchase) -> Result<(), Refusal> {
    match before.status() {
        PurchaseStatus::Fulfilled => Err(wrong_state(
            before,
            "is fulfilled; what was delivered cannot be cancelled",
        )),
        PurchaseStatus::Cancelled => Err(wrong_state(before, "is cancelled already")),
        _ => Ok(()),
    }
}

fn wrong_state(purchase: &Purchase, problem: &str) -> Refusal {
    Refusal::wrong_state(
        format!("purchase:{}", purchase.id()),
        format!("the purchase {problem}"),
    )
}
