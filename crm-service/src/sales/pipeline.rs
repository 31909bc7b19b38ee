//! Pipelines 销售管道: the stages through which an opportunity goes, and which may follow which.

use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::message::from_text;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, PipelineStage};
use menshen_proto::standard::Resource as _;
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about pipelines.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline;

/// The one that there is before anybody makes another.
pub(super) const STANDARD: &str = "standard";

pub(crate) static PIPELINE: Kind = Kind {
    name: "pipeline",
    message: "menshen.crm.v1.Pipeline",
    table: "pipelines",
    module: "module:pipelines",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::json("stages"),
        Field::line("reopen_stage", 0, KEY_CHARS),
        Field::flag("is_retired"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const KEY_CHARS: usize = 40;
const MAX_STAGES: usize = 30;
const MAX_ROT_DAYS: i64 = 3_650;
/// Fields of an opportunity that a stage may require.
pub(super) const REQUIRABLE: &[&str] =
    &["amount", "close_date", "next_step", "lines", "competitors"];

const READ: &str = "
    SELECT stages, reopen_stage, is_retired
    FROM pipelines
    WHERE id = $1";
const IN_USE: &str = "
    SELECT DISTINCT stage
    FROM opportunities
    WHERE pipeline_id = $1 AND deleted_at_us IS NULL
    ORDER BY stage";

impl Resource for Pipeline {
    const TYPE: &'static str = "pipeline";
}

impl Entity for Pipeline {
    type Message = v1::Pipeline;

    fn kind() -> &'static Kind {
        &PIPELINE
    }

    fn check(change: &mut Change<'_, v1::Pipeline>, violations: &mut Violations) {
        if change.cause.touches("stages") || change.cause.touches("reopen_stage") {
            check_stages(&change.after.stages, violations);
            let to = &change.after.reopen_stage;
            if !to.is_empty() && stage(&change.after, to).is_none() {
                let problem = format!(
                    "{} is not the key of a stage; give one or nothing",
                    quote(to)
                );
                violations.add("reopen_stage", problem);
            }
        }
    }

    /// An opportunity is never left in a stage that there is not.
    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Pipeline>) -> Result<(), Refusal> {
        if !matches!(change.cause, Cause::Update(paths) if paths.contains("stages")) {
            return Ok(());
        }
        let in_use = Stmt::new(IN_USE).bind(change.id);
        let in_use: Vec<(String,)> = tx.fetch_all(in_use).await?;
        let left = in_use
            .iter()
            .find(|(key,)| stage(&change.after, key).is_none());
        let Some((key,)) = left else { return Ok(()) };
        let problem =
            format!("opportunities stand in the stage `{key}`; leave it in, or advance them first");
        Err(Refusal::wrong_state(PIPELINE.reference(change.id), problem))
    }
}

/// A pipeline as opportunities go by it.
///
/// # Errors
/// The database fails.
pub(super) async fn read(db: &Db, id: &str) -> Result<Option<v1::Pipeline>, Refusal> {
    let read = Stmt::new(READ).bind(id);
    let found: Option<(Option<String>, String, bool)> = db.fetch_optional(read).await?;
    let Some((stages, reopen_stage, is_retired)) = found else {
        return Ok(None);
    };
    let kept: v1::Pipeline = from_text(v1::Pipeline::MESSAGE, stages.as_deref().unwrap_or("{}"))?;
    Ok(Some(v1::Pipeline {
        reopen_stage,
        is_retired,
        ..kept
    }))
}

/// The stage with this key.
pub(super) fn stage<'a>(pipeline: &'a v1::Pipeline, key: &str) -> Option<&'a PipelineStage> {
    pipeline.stages.iter().find(|stage| stage.key == key)
}

fn check_stages(stages: &[PipelineStage], violations: &mut Violations) {
    if stages.is_empty() || stages.len() > MAX_STAGES {
        let problem = format!("{} stages; give 1 to {MAX_STAGES}", stages.len());
        violations.add("stages", problem);
    }
    let keys: Vec<&str> = stages.iter().map(|stage| stage.key.as_str()).collect();
    for (at, stage) in stages.iter().enumerate() {
        let is_twice = keys.iter().take(at).any(|key| *key == stage.key);
        check_stage(at, stage, &keys, violations);
        if is_twice {
            let problem = format!(
                "{} stands twice; give each stage its own",
                quote(&stage.key)
            );
            violations.add(&format!("stages[{at}].key"), problem);
        }
    }
}

fn check_stage(at: usize, stage: &PipelineStage, keys: &[&str], violations: &mut Violations) {
    let field = |name: &str| format!("stages[{at}].{name}");
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let length = stage.key.chars().count();
    if !(1..=KEY_CHARS).contains(&length) || !stage.key.chars().all(is_part) {
        let quoted = quote(&stage.key);
        let problem = format!("{quoted} is not a key; give 1 to {KEY_CHARS} of `a-z 0-9 _`");
        violations.add(&field("key"), problem);
    }
    violations.line(&field("display_name"), &stage.display_name, 1..=100);
    violations.number(&field("probability"), stage.probability.into(), 0..=100);
    violations.number(&field("rot_days"), stage.rot_days.into(), 0..=MAX_ROT_DAYS);
    for next in &stage.next {
        if !keys.contains(&next.as_str()) || *next == stage.key {
            let problem = format!("{} is not the key of another stage", quote(next));
            violations.add(
                &field("next"),
                format!("{problem}; name one of this pipeline"),
            );
        }
    }
    for required in &stage.required_fields {
        if !REQUIRABLE.contains(&required.as_str()) {
            let known = REQUIRABLE.join("`, `");
            let problem = format!(
                "{} cannot be required; name any of `{known}`",
                quote(required)
            );
            violations.add(&field("required_fields"), problem);
        }
    }
}
