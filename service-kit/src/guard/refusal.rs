//! What a caller is told who may not go on, and the line in the log beside it.

use super::fields::UnknownField;
use super::plan::Plan;
use crate::status::{self, Refusal};
use menshen_proto::authz::v1::{Denial, Layer};
use menshen_proto::rules::FieldRule;
use tonic::Status;

/// `PERMISSION_DENIED`: which of the questions failed, and how to ask for it.
pub(super) fn denied(plan: &Plan, permission: &str, denial: Option<(&Denial, &str)>) -> Status {
    denied_about(plan.rule.path, permission, denial)
}

/// As [`denied`], about what has no method of its own.
pub(super) fn denied_about(
    what: &str,
    permission: &str,
    denial: Option<(&Denial, &str)>,
) -> Status {
    let (denial, decision_id) =
        denial.map_or((Denial::default(), ""), |(denial, id)| (denial.clone(), id));
    let layer = denial.layer();
    tracing::info!(
        decision_id,
        method = what,
        layer = layer.as_str_name(),
        permission,
        "refused"
    );
    let message = match denial.message.as_str() {
        "" => format!("you may not `{permission}` here"),
        message => message.to_owned(),
    };
    status::permission_denied(Refusal {
        layer,
        permission: permission.to_owned(),
        message,
        how_to_ask: denial.how_to_ask,
        decision_id: decision_id.to_owned(),
    })
}

/// `PERMISSION_DENIED`: a field that the caller may not change.
pub(super) fn unwritable(field: &FieldRule, denial: Option<(&Denial, &str)>) -> Status {
    let message = format!(
        "you may not change `{}`; leave it out, or ask for `{}`",
        field.field, field.write
    );
    of_field(field, field.write, &message, denial)
}

/// `PERMISSION_DENIED`: a field that the caller may not read, in an expression that would tell it.
pub(super) fn unreadable(field: &FieldRule, denial: Option<(&Denial, &str)>) -> Status {
    let message = format!(
        "you may not read `{}`, so you may not filter or order by it; leave it out, or ask for `{}`",
        field.field, field.read
    );
    of_field(field, field.read, &message, denial)
}

/// `INVALID_ARGUMENT`: an expression or a mask names a field that there is not.
pub(super) fn unknown_field(path: &str, unknown: &UnknownField) -> Status {
    status::invalid_field(path, unknown.to_string())
}

fn of_field(
    field: &FieldRule,
    permission: &str,
    message: &str,
    denial: Option<(&Denial, &str)>,
) -> Status {
    let (how_to_ask, decision_id) =
        denial.map_or(("", ""), |(denial, id)| (denial.how_to_ask.as_str(), id));
    tracing::info!(
        decision_id,
        message = field.message,
        field = field.field,
        permission,
        "refused a field"
    );
    status::permission_denied(Refusal {
        layer: Layer::Field,
        permission: permission.to_owned(),
        message: message.to_owned(),
        how_to_ask: how_to_ask.to_owned(),
        decision_id: decision_id.to_owned(),
    })
}
