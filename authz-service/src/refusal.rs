//! Why a call was not carried out: one enum for everything that the services over the engine refuse.
//!
//! [`api::error`](crate::api::error) turns it into a gRPC status, and nothing else does.

use menshen_proto::authz::v1::Denial;

/// A call that was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields of the request that cannot be right.
    #[error("{}", join(.0))]
    Invalid(Vec<Violation>),
    /// The caller may not do it.
    #[error("{message}")]
    Forbidden {
        /// What was refused and how to ask for it.
        message: String,
        /// The layers that failed, where a permission was asked.
        denial: Option<Box<Denial>>,
    },
    /// The credential is not accepted. One answer for every cause.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Something that the request names is not there.
    #[error("there is no {kind} `{id}`")]
    NotFound {
        /// `user`, `department`, `service account`.
        kind: &'static str,
        /// As given.
        id: String,
    },
    /// Something that the request would add is there already.
    #[error("{what} `{value}` is taken")]
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
        kind: PreconditionKind,
        /// What it is about: a relationship, a user, a field.
        subject: String,
        /// A sentence with the remedy.
        description: String,
    },
    /// The same request id with another content.
    #[error("request id `{0}` was used with another content: take a new one for a new request")]
    RequestIdReused(String),
    /// The question takes more work than one question may cost.
    #[error("{0}")]
    OverBudget(String),
    /// Too many attempts.
    #[error("{message}")]
    TooMany {
        /// What to do.
        message: String,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// It was not done because something is not there for now; try again.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The database did not do its part.
    #[error("the database failed: {0}")]
    Database(#[from] service_kit::db::DbError),
    /// A mistake of this program. The text is for its log.
    #[error("{0}")]
    Internal(String),
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in the request: `relationships[2].subject`.
    pub field: String,
    /// Names the value, the rule and the remedy.
    pub description: String,
}

/// What a precondition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreconditionKind {
    /// A precondition of the request.
    Expectation,
    /// It would leave nobody to administer the service.
    LastAdministrator,
    /// Relationships would lose their place in the schema.
    Orphans,
    /// The schema lacks a definition that the call needs.
    SchemaLacks,
    /// A department would be below itself.
    DepartmentCycle,
    /// A token of a revision that this database has not reached.
    TokenAhead,
    /// The account is not in the state that the call needs.
    AccountState,
}

impl Refusal {
    /// One field that cannot be right.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }
}

impl Violation {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

fn join(violations: &[Violation]) -> String {
    let texts = violations.iter().map(|one| format!("{}: {}", one.field, one.description));
    texts.collect::<Vec<_>>().join("; ")
}
