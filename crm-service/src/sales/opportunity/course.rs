//! The way of an opportunity through its pipeline: what its stage and its end allow.

use super::{OPPORTUNITY, WON};
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Step};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::{Violations, quote};
use crate::sales::day;
use crate::sales::pipeline::{read, stage};
use menshen_proto::crm::v1::{
    Opportunity, OpportunityCategory, OpportunityStatus, Pipeline, PipelineStage,
};

/// Whether the change is one that its state allows; completes what follows from it.
///
/// # Errors
/// FAILED_PRECONDITION: the opportunity is decided, or the pipeline does not lead there.
pub(super) async fn admit(crm: &Crm, change: &mut Change<'_, Opportunity>) -> Result<(), Refusal> {
    match change.cause {
        Cause::Create => begin(crm, change).await,
        Cause::Update(_) => {
            let before = change.before.map(Opportunity::status);
            match before {
                Some(OpportunityStatus::Open) | None => Ok(()),
                Some(_) => Err(wrong_state(
                    change.id,
                    "the opportunity is decided; reopen it by ReopenOpportunity first",
                )),
            }
        }
        Cause::Step(step) => take(crm, change, step).await,
        Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => Ok(()),
    }
}

/// A new one begins in a stage of a pipeline that is in use.
async fn begin(crm: &Crm, change: &mut Change<'_, Opportunity>) -> Result<(), Refusal> {
    let mut violations = Violations::of(OPPORTUNITY.name);
    let Some(pipeline) = read(&crm.db, &change.after.pipeline).await? else {
        let quoted = quote(&change.after.pipeline);
        let problem = format!("there is no pipeline {quoted}; name one that there is");
        violations.add("pipeline", problem);
        return Err(violations.into());
    };
    if pipeline.is_retired {
        let problem = "is retired; name another pipeline, or none for the standard one";
        violations.add("pipeline", problem);
    }
    let first = match change.after.stage.as_str() {
        "" => pipeline.stages.first(),
        key => stage(&pipeline, key),
    };
    let Some(first) = first else {
        violations.add("stage", no_stage(&pipeline, &change.after.stage));
        return Err(violations.into());
    };
    if let Some(field) = unfilled(first, &change.after) {
        let problem = format!("is empty; the stage `{}` requires it", first.key);
        violations.add(field, problem);
    }
    violations.or(())?;
    let after = &mut change.after;
    after.probability = after.probability.or(Some(first.probability));
    enter(after, first, change.call.now_us);
    Ok(())
}

async fn take(
    crm: &Crm,
    change: &mut Change<'_, Opportunity>,
    step: &'static Step,
) -> Result<(), Refusal> {
    let Some(before) = change.before else {
        return Ok(());
    };
    let pipeline = read(&crm.db, &before.pipeline).await?.unwrap_or_default();
    match step.method {
        "AdvanceOpportunity" => advance(change, before, &pipeline),
        "WinOpportunity" => win(change, before, &pipeline),
        "LoseOpportunity" => {
            lose(change);
            Ok(())
        }
        "ReopenOpportunity" => reopen(change, before, &pipeline),
        _ => Ok(()),
    }
}

/// Only where the pipeline leads, and with what the stage requires.
fn advance(
    change: &mut Change<'_, Opportunity>,
    before: &Opportunity,
    pipeline: &Pipeline,
) -> Result<(), Refusal> {
    let Some(to) = stage(pipeline, &change.after.stage) else {
        let mut violations = Violations::default();
        violations.add("stage", no_stage(pipeline, &change.after.stage));
        return Err(violations.into());
    };
    let now = stage(pipeline, &before.stage);
    let next = now.map(|now| now.next.as_slice()).unwrap_or_default();
    if !next.contains(&to.key) {
        let (from, next) = (&before.stage, next.join("`, `"));
        let problem = match next.as_str() {
            "" => format!("no stage follows `{from}`; win or lose the opportunity"),
            next => format!(
                "from `{from}` the pipeline leads to `{next}`, not to `{}`",
                to.key
            ),
        };
        return Err(wrong_state(change.id, problem));
    }
    if let Some(field) = unfilled(to, &change.after) {
        let problem = format!("the stage `{}` requires `{field}`; fill it first", to.key);
        return Err(wrong_state(change.id, problem));
    }
    change.after.probability = Some(to.probability);
    enter(&mut change.after, to, change.call.now_us);
    Ok(())
}

fn win(
    change: &mut Change<'_, Opportunity>,
    before: &Opportunity,
    pipeline: &Pipeline,
) -> Result<(), Refusal> {
    if !stage(pipeline, &before.stage).is_some_and(|stage| stage.can_win) {
        let winning = pipeline.stages.iter().filter(|stage| stage.can_win);
        let winning: Vec<&str> = winning.map(|stage| stage.key.as_str()).collect();
        let problem = format!(
            "in the stage `{}` nothing is won; advance it to `{}` first",
            before.stage,
            winning.join("` or `")
        );
        return Err(wrong_state(change.id, problem));
    }
    change.after.probability = Some(100);
    change.after.category = OpportunityCategory::Closed.into();
    change.after.close_date = day::of(change.call.now_us);
    Ok(())
}

fn lose(change: &mut Change<'_, Opportunity>) {
    change.after.probability = Some(0);
    change.after.category = OpportunityCategory::Omitted.into();
    change.after.close_date = day::of(change.call.now_us);
}

/// Back to the stage that the pipeline has for it. What was won is not undone without a word.
fn reopen(
    change: &mut Change<'_, Opportunity>,
    before: &Opportunity,
    pipeline: &Pipeline,
) -> Result<(), Refusal> {
    if before.status == WON && change.call.reason.is_empty() {
        let mut violations = Violations::default();
        violations.add(
            "reason",
            "is empty; say why a won opportunity is opened again",
        );
        return Err(violations.into());
    }
    let to = match pipeline.reopen_stage.as_str() {
        "" => pipeline.stages.first(),
        key => stage(pipeline, key),
    };
    let Some(to) = to else {
        return Err(wrong_state(
            change.id,
            "its pipeline has no stage to go back to; ask who configures it",
        ));
    };
    change.after.loss_reason = String::new();
    change.after.category = OpportunityCategory::Pipeline.into();
    change.after.probability = Some(to.probability);
    enter(&mut change.after, to, change.call.now_us);
    Ok(())
}

fn enter(after: &mut Opportunity, stage: &PipelineStage, now_us: i64) {
    stage.key.clone_into(&mut after.stage);
    after.stage_since = Some(timestamp(now_us));
}

/// The first field that the stage requires and the opportunity lacks.
fn unfilled<'a>(stage: &'a PipelineStage, opportunity: &Opportunity) -> Option<&'a str> {
    let is_filled = |field: &&String| match field.as_str() {
        "amount" => opportunity.amount.is_some() || !opportunity.lines.is_empty(),
        "close_date" => !opportunity.close_date.is_empty(),
        "next_step" => !opportunity.next_step.is_empty(),
        "lines" => !opportunity.lines.is_empty(),
        "competitors" => !opportunity.competitors.is_empty(),
        _ => true,
    };
    let mut required = stage.required_fields.iter();
    required.find(|field| !is_filled(field)).map(String::as_str)
}

fn no_stage(pipeline: &Pipeline, key: &str) -> String {
    let keys = pipeline.stages.iter().map(|stage| stage.key.as_str());
    let keys: Vec<&str> = keys.collect();
    format!(
        "{} is no stage of its pipeline; give `{}`",
        quote(key),
        keys.join("`, `")
    )
}

fn wrong_state(id: &str, problem: impl Into<String>) -> Refusal {
    Refusal::wrong_state(OPPORTUNITY.reference(id), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_names_the_first_field_that_is_missing() {
        let stage = PipelineStage {
            required_fields: vec!["amount".to_owned(), "close_date".to_owned()],
            ..PipelineStage::default()
        };
        let mut opportunity = Opportunity::default();
        assert_eq!(unfilled(&stage, &opportunity), Some("amount"));
        opportunity.amount = Some(menshen_proto::crm::v1::Money::default());
        assert_eq!(unfilled(&stage, &opportunity), Some("close_date"));
        opportunity.close_date = "2026-12-31".to_owned();
        assert_eq!(unfilled(&stage, &opportunity), None);
    }
}
