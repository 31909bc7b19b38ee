//! Refusals as gRPC statuses: the one place that chooses codes.

use crate::refusal::{Forbidden, Refusal, Violation};
use menshen_proto::authz::v1::Layer;
use service_kit::db::DbError;
use service_kit::status::{self, Reason};
use std::time::Duration;
use tonic::Status;

/// The status of a refusal.
pub fn status(refusal: Refusal) -> Status {
    let message = refusal.to_string();
    match refusal {
        Refusal::Invalid(violations) => status::invalid_argument(problems(violations)),
        Refusal::InvalidSchema(found) => {
            let problems = found.iter().map(|one| {
                let place = format!("schema:{}:{}", one.line, one.column);
                (place, super::schema::describe(one))
            });
            status::invalid(Reason::SchemaInvalid, message, problems.collect())
        }
        Refusal::Forbidden(forbidden) => status::permission_denied(denied(*forbidden)),
        Refusal::Unauthenticated { reason, message } => status::unauthenticated(reason, message),
        Refusal::NotFound { kind, id } => status::not_found(kind, &id),
        Refusal::Exists { .. } => status::already_exists(message),
        Refusal::Precondition {
            reason,
            subject,
            description,
        } => status::failed_precondition(reason, subject, description),
        Refusal::RequestIdReused(_) => status::aborted(Reason::RequestIdReused, message),
        Refusal::SchemaChanged { .. } => status::aborted(Reason::SchemaChanged, message),
        Refusal::OverBudget(_) => status::resource_exhausted(Reason::BudgetExceeded, message, None),
        Refusal::TooMany {
            reason,
            retry_after_ms,
            ..
        } => {
            let wait = Duration::from_millis(retry_after_ms);
            status::resource_exhausted(reason, message, Some(wait))
        }
        Refusal::Unavailable(_) => status::unavailable(Reason::DatabaseUnavailable, message),
        Refusal::Commit(error) => commit(&error),
        Refusal::Database(error) => status::database(&error),
        Refusal::Internal(cause) => status::internal_message(&cause),
    }
}

fn problems(violations: Vec<Violation>) -> Vec<(String, String)> {
    violations
        .into_iter()
        .map(|one| (one.field, one.description))
        .collect()
}

fn denied(forbidden: Forbidden) -> status::Refusal {
    let denial = forbidden.denial.unwrap_or_default();
    status::Refusal {
        layer: Layer::try_from(denial.layer).unwrap_or(Layer::Unspecified),
        permission: forbidden.permission,
        message: forbidden.message,
        how_to_ask: denial.how_to_ask,
        decision_id: String::new(),
    }
}

/// Of a connection that broke nobody knows whether the commit arrived.
fn commit(error: &DbError) -> Status {
    match error {
        DbError::Unavailable(_) => status::unavailable(
            Reason::DatabaseUnavailable,
            "the database did not say whether the write happened: send it again with the same \
             request id",
        ),
        certain => status::database(certain),
    }
}
