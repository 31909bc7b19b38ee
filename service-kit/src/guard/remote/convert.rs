//! Our questions and answers as authz-service puts them.

use super::client::passed_on;
use crate::caller::Caller;
use crate::guard::decider::{Answer, FilterAnswer, Question};
use crate::status;
use menshen_proto::authz::v1::batch_check_result::Result as Item;
use menshen_proto::authz::v1::{
    BatchCheckResult, CheckRequest, CheckResponse, Decision, FilterResponse,
};
use tonic::{Code, Status};

/// A question, its subject always named.
pub(super) fn check(caller: &Caller, question: Question) -> CheckRequest {
    let subject = if question.subject.is_empty() {
        caller.subject.clone()
    } else {
        question.subject
    };
    CheckRequest {
        subject,
        permission: question.permission,
        resource: question.resource,
        contextual_relationships: question.contextual,
        ..CheckRequest::default()
    }
}

/// An answer. CONDITIONAL is not an allow.
///
/// # Errors
/// One item without an answer leaves the whole call undecided.
pub(super) fn answer(result: BatchCheckResult) -> Result<Answer, Status> {
    match result.result {
        Some(Item::Response(response)) => Ok(decided(response)),
        Some(Item::Error(error)) => Err(passed_on(&tonic_status(
            Code::from(error.code),
            error.message,
        ))),
        None => Err(status::internal_message(
            "authz-service sent an empty answer",
        )),
    }
}

/// The answer to a filter question.
///
/// # Errors
/// An answer without a predicate selects nothing and is a mistake.
pub(super) fn filter(response: FilterResponse) -> Result<FilterAnswer, Status> {
    let predicate = response.predicate.ok_or_else(|| {
        status::internal_message("authz-service sent a filter without a predicate")
    })?;
    Ok(FilterAnswer {
        predicate,
        denial: response.denial,
        evaluated_at: response.evaluated_at,
        decision_id: response.decision_id,
    })
}

fn decided(response: CheckResponse) -> Answer {
    match response.decision() {
        Decision::Allowed => Answer::Allowed,
        _ => Answer::Denied(
            Box::new(response.denial.unwrap_or_default()),
            response.decision_id,
        ),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "read from an item, judged, and never sent"
)]
fn tonic_status(code: Code, message: String) -> Status {
    Status::new(code, message)
}
