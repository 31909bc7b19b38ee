//! Answers to questions, in the words of the API.

pub mod batch;
pub mod check;
pub mod consistency;
pub mod contextual;
pub mod denial;
pub mod filter;

use crate::engine::check::CheckError;
use crate::engine::condition::ConditionError;
use crate::identity::principals::{Register, Service};
use crate::refusal::{Refusal, Violation};
use service_kit::caller::Caller;
use service_kit::status::Reason;
use std::sync::Arc;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Whom an empty subject means.
    pub subject: &'a str,
    /// The service that asks, for itself or for the subject.
    pub service: Option<&'a Arc<Service>>,
}

impl<'a> Asker<'a> {
    /// The caller as one who asks.
    pub fn new(caller: &'a Caller, register: &'a Register) -> Self {
        let service = caller.via_service.as_deref().unwrap_or(&caller.subject);
        let id = service.strip_prefix("service:");
        Self {
            subject: &caller.subject,
            service: id.and_then(|id| register.service(id)),
        }
    }

    /// The subject that a request names, or the caller.
    pub fn subject_or(&self, named: &'a str) -> &'a str {
        if named.is_empty() {
            self.subject
        } else {
            named
        }
    }
}

/// The id of a person, where the reference names one: `u05` of `user:u05`.
pub(crate) fn user_id(subject: &str) -> Option<&str> {
    subject.strip_prefix("user:")
}

/// A value that cannot be right is the request's. An expression that fails over values of the right
/// types is the schema's: the condition is named, and no field.
fn unevaluated(error: &ConditionError) -> Refusal {
    match error {
        ConditionError::Failed { condition, .. } => Refusal::precondition(
            Reason::ConditionFailed,
            format!("condition `{condition}`"),
            error.to_string(),
        ),
        ConditionError::WrongType { .. } | ConditionError::TooManyValues { .. } => {
            Violation::new("context", error.to_string()).into()
        }
    }
}

/// Says which field of a question is to blame.
pub(crate) fn refused(error: &CheckError) -> Refusal {
    let field = match &error {
        CheckError::BudgetExceeded { .. } => return Refusal::OverBudget(error.to_string()),
        CheckError::WildcardSubject(_) => "subject",
        CheckError::UnknownMember { .. } => "permission",
        CheckError::TooManyContextual { .. } => "contextual_relationships",
        CheckError::Contextual { position, .. } | CheckError::Contradiction { position, .. } => {
            let field = format!("contextual_relationships[{position}]");
            return Violation::new(field, error.to_string()).into();
        }
        CheckError::Condition(failed) => return unevaluated(failed),
        CheckError::Reference(wrong) if wrong.expected.starts_with("subject") => "subject",
        CheckError::Reference(_)
        | CheckError::UnknownType { .. }
        | CheckError::NegativeCycle { .. } => "resource",
    };
    Violation::new(field, error.to_string()).into()
}
