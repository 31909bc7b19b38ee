//! Why not, in words for the person refused.

use crate::engine::budget::Budget;
use crate::engine::check::{CheckError, Question};
use crate::engine::denial::{self, FailedOperand};
use crate::engine::schema;
use crate::engine::snapshot::Snapshot;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::Layer;

/// Says which parts of the permission failed. Only called for denials: it costs as much as they do.
///
/// # Errors
/// As of the question itself.
pub fn explain(
    snapshot: &Snapshot,
    question: &Question<'_>,
    now_us: i64,
) -> Result<proto::Denial, CheckError> {
    explain_within(snapshot, question, now_us, &Budget::default())
}

/// As [`explain`], with what is left of a budget.
///
/// # Errors
/// As of the question itself.
pub fn explain_within(
    snapshot: &Snapshot,
    question: &Question<'_>,
    now_us: i64,
    budget: &Budget,
) -> Result<proto::Denial, CheckError> {
    let found = denial::explain_denial(snapshot, question, now_us, budget)?;
    Ok(message(question, question.resource, &found))
}

/// As [`explain`], of a question that stands for every record of a kind: `named` is how the sentence
/// speaks of it.
///
/// # Errors
/// As of the question itself.
pub fn explain_kind(
    snapshot: &Snapshot,
    question: &Question<'_>,
    named: &str,
    now_us: i64,
) -> Result<proto::Denial, CheckError> {
    let found = denial::explain_denial(snapshot, question, now_us, &Budget::default())?;
    Ok(message(question, named, &found))
}

/// The denial of somebody who is locked out, whatever they were granted.
pub fn locked_out(subject: &str) -> proto::Denial {
    proto::Denial {
        layer: Layer::Access.into(),
        failed: Vec::new(),
        message: format!("`{subject}` is disabled."),
        how_to_ask: "Ask an administrator to enable the account.".to_owned(),
    }
}

fn message(question: &Question<'_>, named: &str, found: &denial::Denial) -> proto::Denial {
    let first = found
        .failed
        .iter()
        .find(|operand| operand.layer == found.layer);
    let first = first.or_else(|| found.failed.first());
    let failed = found.failed.iter().map(|operand| proto::FailedOperand {
        layer: layer(operand.layer).into(),
        missing: operand.missing.clone(),
    });
    proto::Denial {
        layer: layer(found.layer).into(),
        failed: failed.collect(),
        message: sentence(question, named, found.layer, first),
        how_to_ask: first.map(how_to_ask).unwrap_or_default(),
    }
}

fn sentence(
    question: &Question<'_>,
    named: &str,
    layer: Option<schema::Layer>,
    first: Option<&FailedOperand>,
) -> String {
    let Question {
        subject,
        permission,
        ..
    } = question;
    let missing = first.map_or("", |operand| operand.missing.as_str());
    let object = missing
        .split_once('#')
        .map_or(missing, |(object, _)| object);
    let refused = format!("`{subject}` may not `{permission}` `{named}`");
    match layer {
        Some(schema::Layer::Access) => format!("{refused}: there is no access to `{object}`."),
        Some(schema::Layer::Function) => {
            format!("{refused}: no role gives this operation, `{missing}`.")
        }
        Some(schema::Layer::Data) => {
            format!("{refused}: it is out of reach, `{missing}` is missing.")
        }
        Some(schema::Layer::Restriction) => {
            format!("{refused}: a restriction, `{missing}`, takes it away.")
        }
        None if missing.is_empty() => format!("{refused}."),
        None => format!("{refused}: `{missing}` is missing."),
    }
}

fn how_to_ask(operand: &FailedOperand) -> String {
    if let Some(ask) = &operand.ask {
        return ask.to_string();
    }
    match operand.layer {
        Some(schema::Layer::Restriction) => {
            format!("Ask whoever set `{}` to lift it.", operand.missing)
        }
        _ => format!("Ask for `{}`.", operand.missing),
    }
}

fn layer(layer: Option<schema::Layer>) -> Layer {
    match layer {
        None => Layer::Unspecified,
        Some(schema::Layer::Access) => Layer::Access,
        Some(schema::Layer::Function) => Layer::Function,
        Some(schema::Layer::Data) => Layer::Data,
        Some(schema::Layer::Restriction) => Layer::Restriction,
    }
}
