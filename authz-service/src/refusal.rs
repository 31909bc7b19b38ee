//! Why a call was not carried out: one enum for everything that the services over the engine refuse.
//!
//! [`api::error`](crate::api::error) turns it into a gRPC status, and nothing else does.

use crate::engine::schema::{Diagnostic, Severity};
use crate::store::relationships::ReadError;
use menshen_proto::authz::v1::Denial;
use service_kit::db::DbError;
use service_kit::status::Reason;
use std::sync::Arc;

/// A call that was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields of the request that cannot be right.
    #[error("{}", join(.0))]
    Invalid(Vec<Violation>),
    /// A schema that does not compile.
    #[error("the schema does not compile{}", first(.0))]
    InvalidSchema(Vec<Diagnostic>),
    /// The caller may not do it.
    #[error("{}", .0.message)]
    Forbidden(Box<Forbidden>),
    /// The credential is not accepted. One answer for every cause.
    #[error("{message}")]
    Unauthenticated {
        /// A stable name.
        reason: Reason,
        /// What to do.
        message: &'static str,
    },
    /// Something that the request names is not there.
    #[error("there is no {kind} `{id}`")]
    NotFound {
        /// `user`, `department`, `service account`.
        kind: &'static str,
        /// As given.
        id: String,
    },
    /// Something that the request would add is there already.
    #[error("{what} `{value}` is taken: choose another")]
    Exists {
        /// `user id`, `e-mail address`.
        what: &'static str,
        /// As given.
        value: String,
    },
    /// What is there does not allow it now.
    #[error("{description}")]
    Precondition {
        /// A stable name.
        reason: Reason,
        /// What it is about: a relationship, a user, a field.
        subject: String,
        /// A sentence with the remedy.
        description: String,
    },
    /// The same request id with another content.
    #[error("request id `{0}` was used with another content: take a new one for a new request")]
    RequestIdReused(String),
    /// A schema made from a version that is no longer in force.
    #[error(
        "the schema was made from version {expected}, and version {in_force} is in force: read it \
         again"
    )]
    SchemaChanged {
        /// As given.
        expected: i64,
        /// As it is.
        in_force: i64,
    },
    /// The question takes more work than one question may cost.
    #[error("{0}")]
    OverBudget(String),
    /// Too many attempts.
    #[error("{message}")]
    TooMany {
        /// A stable name.
        reason: Reason,
        /// What to do.
        message: String,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// It was not done; ask again.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The database did not do its part.
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    /// A transaction could not be committed, perhaps one of several orders.
    #[error("the write could not be committed: {0}")]
    Commit(Arc<DbError>),
    /// A mistake of this program. The text is for its log.
    #[error("{0}")]
    Internal(String),
}

/// What a caller may not do.
#[derive(Clone, Debug)]
pub struct Forbidden {
    /// One sentence, with the remedy where it is short.
    pub message: String,
    /// The permission that is missing, as `object#permission`.
    pub permission: String,
    /// What failed and how to ask for it, where a permission was asked.
    pub denial: Option<Denial>,
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in the request: `relationships[2].subject`.
    pub field: String,
    /// Names the value, the rule and the remedy.
    pub description: String,
}

impl Refusal {
    /// One field that cannot be right.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }

    /// A precondition that does not hold.
    pub fn precondition(
        reason: Reason,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self::Precondition {
            reason,
            subject: subject.into(),
            description: description.into(),
        }
    }

    /// A mistake of this program.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }
}

impl Violation {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Database(error) => Self::Database(error),
            ReadError::Damaged(error) => Self::internal(error),
        }
    }
}

/// Where the first error is, for whoever sees only the message.
fn first(found: &[Diagnostic]) -> String {
    let first = found.iter().find(|one| one.severity == Severity::Error);
    first.map_or_else(String::new, |one| {
        format!(
            ": line {}, column {}: {}",
            one.line, one.column, one.message
        )
    })
}

fn join(violations: &[Violation]) -> String {
    let texts = violations
        .iter()
        .map(|one| format!("{}: {}", one.field, one.description));
    texts.collect::<Vec<_>>().join("; ")
}
