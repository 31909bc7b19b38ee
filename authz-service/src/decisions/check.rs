//! One question.

use super::{Asker, consistency, contextual, denial, refused};
use crate::convert;
use crate::decision_id::DecisionIds;
use crate::engine::budget::Budget;
use crate::engine::check::{CheckError, Outcome, Question, check};
use crate::engine::relationship::{Context, Relationship};
use crate::identity::principals::Register;
use crate::meters::Meters;
use crate::org::Head;
use crate::refusal::Refusal;
use menshen_proto::authz::v1::{CheckRequest, CheckResponse, Decision};
use prost_types::Struct;

/// What an answer is made from.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Relationships and schema.
    pub head: &'a Head,
    /// Who is locked out.
    pub register: &'a Register,
    /// Names decisions.
    pub ids: &'a DecisionIds,
    /// Counts them.
    pub meters: &'a Meters,
    /// Microseconds since the Unix epoch.
    pub now_us: i64,
}

/// Answers a question. A denial is an answer.
///
/// # Errors
/// See the RPC `Check`.
pub fn answer(
    moment: Moment<'_>,
    asker: Asker<'_>,
    request: &CheckRequest,
) -> Result<CheckResponse, Refusal> {
    consistency::require(moment.head, request.consistency.as_ref())?;
    let prepared = Prepared::new(asker, request)?;
    let question = prepared.question(asker, request);
    let outcome = check(
        &moment.head.snapshot,
        &question,
        moment.now_us,
        &Budget::default(),
    );
    respond(moment, &question, despite_lock(moment, &question, outcome))
}

/// The parts of a question that have to be converted.
pub(super) struct Prepared {
    contextual: Vec<Relationship>,
    context: Context,
}

impl Prepared {
    pub(super) fn new(asker: Asker<'_>, request: &CheckRequest) -> Result<Self, Refusal> {
        Ok(Self {
            contextual: contextual::admit(asker, &request.contextual_relationships)?,
            context: values(request.context.as_ref())?,
        })
    }

    pub(super) fn question<'a>(
        &'a self,
        asker: Asker<'a>,
        request: &'a CheckRequest,
    ) -> Question<'a> {
        Question {
            subject: asker.subject_or(&request.subject),
            permission: &request.permission,
            resource: &request.resource,
            contextual: &self.contextual,
            context: &self.context,
        }
    }
}

/// The values for conditions.
pub(super) fn values(given: Option<&Struct>) -> Result<Context, Refusal> {
    let read = given.map(convert::context).transpose();
    Ok(read
        .map_err(|problem| Refusal::field("context", problem))?
        .unwrap_or_default())
}

/// Somebody who is locked out holds nothing, whatever was granted.
pub(super) fn despite_lock(
    moment: Moment<'_>,
    question: &Question<'_>,
    outcome: Result<Outcome, CheckError>,
) -> Result<Outcome, CheckError> {
    let locked_out = moment.register.is_locked_out(question.subject);
    outcome.map(|outcome| if locked_out { Outcome::Denied } else { outcome })
}

/// The answer as a message; of a denial, with what failed.
pub(super) fn respond(
    moment: Moment<'_>,
    question: &Question<'_>,
    outcome: Result<Outcome, CheckError>,
) -> Result<CheckResponse, Refusal> {
    moment.meters.checked(&outcome);
    let outcome = outcome.map_err(|error| refused(&error))?;
    let mut response = CheckResponse {
        decision: Decision::Allowed.into(),
        evaluated_at: moment.head.token.to_string(),
        decision_id: moment.ids.next(moment.now_us),
        ..CheckResponse::default()
    };
    match outcome {
        Outcome::Allowed => {}
        Outcome::Conditional(missing) => {
            response.set_decision(Decision::Conditional);
            response.missing_context = missing.into_iter().map(String::from).collect();
        }
        Outcome::Denied => {
            response.set_decision(Decision::Denied);
            response.denial = Some(if moment.register.is_locked_out(question.subject) {
                denial::locked_out(question.subject)
            } else {
                denial::explain(&moment.head.snapshot, question, moment.now_us)
                    .map_err(|error| refused(&error))?
            });
        }
    }
    Ok(response)
}
