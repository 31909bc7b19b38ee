//! Why a record was not read or written, and the one place that makes a gRPC status of it.

use super::message::MessageError;
use super::violations::{Violation, Violations};
use service_kit::db::{Conflict, DbError};
use service_kit::status::{self, Reason};
use tonic::Status;

/// A call that was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Fields that cannot be accepted.
    #[error("the request has fields that cannot be accepted")]
    Invalid(Vec<Violation>),
    /// The id is taken.
    #[error("there is a {0} `{1}` already")]
    Exists(&'static str, String),
    /// No such record, for who asks.
    #[error("there is no {0} `{1}`")]
    NotFound(&'static str, String),
    /// The row changed after the guard's decision: it decides again.
    #[error("the row changed after the decision")]
    Stale,
    /// The record changed since the caller read it.
    #[error("the etag is stale")]
    EtagStale,
    /// The record's state, or that of something it needs, does not allow it.
    #[error("{message}")]
    Precondition {
        /// Why, for programs.
        reason: Reason,
        /// What must change first: `customer:42`, `user:u05`.
        subject: String,
        /// One sentence with the remedy.
        message: String,
    },
    /// The same request id with another content.
    #[error("request id `{0}` was used with another content")]
    RequestIdReused(String),
    /// The database did not do its part.
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    /// A stored message does not read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The answer of authz-service, passed on.
    #[error("{}", .0.message())]
    Answered(Box<Status>),
}

impl Refusal {
    /// The record's state does not allow it.
    pub(crate) fn wrong_state(subject: String, message: impl Into<String>) -> Self {
        Self::Precondition {
            reason: Reason::WrongState,
            subject,
            message: message.into(),
        }
    }

    /// What an insert failed for: the id may be taken.
    pub(crate) fn on_insert(error: DbError, kind: &'static str, id: &str) -> Self {
        match error {
            DbError::UniqueViolation { .. } => Self::Exists(kind, id.to_owned()),
            other => Self::Database(other),
        }
    }
}

impl From<Violations> for Refusal {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations.found())
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Answered(Box::new(status))
    }
}

impl Conflict for Refusal {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_conflict())
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(found) => {
                let problems = found
                    .into_iter()
                    .map(|v| (v.field, v.description))
                    .collect();
                status::invalid_argument(problems)
            }
            Refusal::Exists(kind, id) => status::already_exists(format!(
                "there is a {kind} `{id}` already; give another id, or none and one is made"
            )),
            Refusal::NotFound(kind, id) => status::not_found(kind, &id),
            Refusal::Stale => status::stale(),
            Refusal::EtagStale => status::aborted(
                Reason::EtagStale,
                "it has changed since you read it; read it again and send its new `etag`",
            ),
            Refusal::Precondition {
                reason,
                subject,
                message,
            } => status::failed_precondition(reason, subject, message),
            Refusal::RequestIdReused(id) => status::aborted(
                Reason::RequestIdReused,
                format!(
                    "request id `{id}` was used with another content; take a new one for a new request"
                ),
            ),
            Refusal::Database(error) => status::database(&error),
            Refusal::Message(error) => status::internal(&error),
            Refusal::Answered(status) => *status,
        }
    }
}
