//! Many questions at one revision.

use super::check::{Moment, Prepared, despite_lock, respond};
use super::{Asker, consistency};
use crate::engine::budget::Budget;
use crate::engine::check::{Question, check_batch};
use crate::refusal::Refusal;
use menshen_proto::authz::v1::batch_check_result::Result as Answer;
use menshen_proto::authz::v1::{
    BatchCheckRequest, BatchCheckResponse, BatchCheckResult, CheckRequest, CheckResponse,
};
use prost::Message as _;
use tonic::Status;

/// Most questions of one batch.
pub const MAX_CHECKS: usize = 1000;

/// Answers every question, each with its own status, in order; `refused` makes one of a refusal.
///
/// # Errors
/// Too many questions, or a consistency that cannot be met: errors of the batch as a whole.
pub fn answer(
    moment: Moment<'_>,
    asker: Asker<'_>,
    request: &BatchCheckRequest,
    refused: fn(Refusal) -> Status,
) -> Result<BatchCheckResponse, Refusal> {
    let count = request.checks.len();
    if count > MAX_CHECKS {
        let problem = format!("{count} are too many: ask at most {MAX_CHECKS} at a time");
        return Err(Refusal::field("checks", problem));
    }
    consistency::require(moment.head, request.consistency.as_ref())?;
    let prepared = request
        .checks
        .iter()
        .map(|check| prepare(asker, check).map_err(refused));
    let prepared: Vec<Result<Prepared, Status>> = prepared.collect();
    let answers = answers(moment, asker, request, &prepared, refused);
    let results = answers.into_iter().map(|answer| BatchCheckResult {
        result: Some(answer.map_or_else(|status| failed(&status), Answer::Response)),
    });
    Ok(BatchCheckResponse {
        results: results.collect(),
        evaluated_at: moment.head.token.to_string(),
    })
}

fn prepare(asker: Asker<'_>, check: &CheckRequest) -> Result<Prepared, Refusal> {
    if check.consistency.is_some() {
        let problem = "must be unset in an item: the batch has one consistency, on itself";
        return Err(Refusal::field("consistency", problem));
    }
    Prepared::new(asker, check)
}

fn answers(
    moment: Moment<'_>,
    asker: Asker<'_>,
    request: &BatchCheckRequest,
    prepared: &[Result<Prepared, Status>],
    refused: fn(Refusal) -> Status,
) -> Vec<Result<CheckResponse, Status>> {
    let items = request.checks.iter().zip(prepared);
    let questions: Vec<Question<'_>> = items
        .filter_map(|(check, prepared)| Some(prepared.as_ref().ok()?.question(asker, check)))
        .collect();
    let outcomes = check_batch(
        &moment.head.snapshot,
        &questions,
        moment.now_us,
        &Budget::default(),
    );
    let mut answered = outcomes
        .into_iter()
        .zip(&questions)
        .map(|(outcome, question)| {
            respond(moment, question, despite_lock(moment, question, outcome)).map_err(refused)
        });
    let answer = |prepared: &Result<Prepared, Status>| match prepared {
        Ok(_) => answered.next().unwrap_or_else(|| {
            // INVARIANT: one outcome for each question.
            Err(refused(Refusal::internal(
                "a question of a batch got no answer",
            )))
        }),
        Err(status) => Err(status.clone()),
    };
    prepared.iter().map(answer).collect()
}

/// A status as a message, details included.
fn failed(status: &Status) -> Answer {
    let decoded = tonic_types::Status::decode(status.details());
    Answer::Error(
        decoded
            .ok()
            .filter(|decoded| decoded.code != 0)
            .unwrap_or_else(|| tonic_types::Status {
                code: status.code().into(),
                message: status.message().to_owned(),
                details: Vec::new(),
            }),
    )
}
