//! Who decides: authz-service over gRPC for the CRM, the engine in process for authz-service itself.

use crate::caller::{Caller, Credentials};
use async_trait::async_trait;
use menshen_proto::authz::v1::{ContextualRelation, Denial, Predicate, Relationship};
use tonic::Status;

/// One question about a caller.
#[derive(Clone, Debug)]
pub struct Question {
    /// Empty: the caller. Otherwise another subject, for example a transfer's new owner.
    pub subject: String,
    /// The permission.
    pub permission: String,
    /// `type:id`.
    pub resource: String,
    /// The row's facts.
    pub contextual: Vec<Relationship>,
}

/// The answer to one question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Allowed.
    Allowed,
    /// Denied (or conditional, which is not an allow), with what failed and a decision id.
    Denied(Box<Denial>, String),
}

/// The answer to a filter question.
#[derive(Clone, Debug)]
pub struct FilterAnswer {
    /// Selects the records.
    pub predicate: Predicate,
    /// Set where access or function is missing altogether.
    pub denial: Option<Denial>,
    /// Token of the revision that was asked.
    pub evaluated_at: String,
    /// Names the decision.
    pub decision_id: String,
}

/// Recognises callers and decides.
///
/// Errors are final answers for the caller: UNAUTHENTICATED for a bad credential, UNAVAILABLE where
/// no decision could be had. Nothing is ever allowed by an error.
#[async_trait]
pub trait Decider: Send + Sync + 'static {
    /// Verifies the credentials.
    async fn authenticate(&self, credentials: &Credentials) -> Result<Caller, Status>;

    /// Answers every question at one revision, in order.
    async fn check(&self, caller: &Caller, questions: Vec<Question>)
    -> Result<Vec<Answer>, Status>;

    /// The condition that selects the records of a type on which the caller holds a permission.
    async fn filter(
        &self,
        caller: &Caller,
        permission: &str,
        resource_type: &str,
        contextual: Vec<ContextualRelation>,
    ) -> Result<FilterAnswer, Status>;
}
