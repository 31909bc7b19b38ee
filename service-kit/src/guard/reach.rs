//! The reach of a caller over records that the method's rule does not name: what a segment selects, a
//! report sums up, an export takes out.
//!
//! The rule of such a method is about the segment or the report. What it shows of other records is asked
//! here, for whoever calls and not for whoever wrote it, and fails closed: no answer, no reach.

use super::batch::{Answers, Batch};
use super::core::counted;
use super::decider::Decider;
use super::fields::{rules_below, rules_of_path};
use super::plan::Right;
use super::refusal;
use crate::caller::Caller;
use crate::status;
use menshen_proto::authz::v1::{ContextualRelation, Predicate};
use menshen_proto::rules::FieldRule;
use prost_reflect::MessageDescriptor;
use tonic::Status;

/// Which records are meant.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The permission, for example `view`.
    pub permission: &'a str,
    /// Their type in the model, for example `customer`.
    pub resource_type: &'a str,
    /// What their rows hold.
    pub contextual: Vec<ContextualRelation>,
    /// Their message, whose fields have rules.
    pub message: &'a MessageDescriptor,
}

/// What of these records the caller may see, and which of their fields.
pub struct Reached {
    predicate: Predicate,
    message: MessageDescriptor,
    rules: Vec<&'static FieldRule>,
    answers: Answers,
}

/// Asks which records of a type the caller may see, and which of their fields.
///
/// # Errors
/// `PERMISSION_DENIED`: the module or the function is out of reach altogether. UNAVAILABLE: no decision
/// could be had.
pub async fn reach(
    decider: &dyn Decider,
    caller: &Caller,
    about: About<'_>,
) -> Result<Reached, Status> {
    let rules = rules_below(about.message);
    let mut batch = Batch::default();
    for rule in &rules {
        batch.ask_right(Right {
            permission: rule.read,
            resource: rule.resource,
        });
    }
    let answer = decider
        .filter(
            caller,
            about.permission,
            about.resource_type,
            about.contextual,
        )
        .await;
    let answer = counted(answer)?;
    if let Some(denial) = &answer.denial {
        let denial = Some((denial, answer.decision_id.as_str()));
        let what = about.resource_type;
        return Err(refusal::denied_about(what, about.permission, denial));
    }
    let (questions, rights) = batch.into_parts();
    let count = questions.len();
    let answers = match count {
        0 => Vec::new(),
        _ => counted(decider.check(caller, questions).await)?,
    };
    Ok(Reached {
        predicate: answer.predicate,
        message: about.message.clone(),
        rules,
        answers: Answers::of(answers, count, rights)?,
    })
}

impl Reached {
    /// Selects the records.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// Makes sure that each of these fields, named in the expression of this name, is there and may be
    /// read: whoever compares, groups or adds up a field learns what it holds.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: there is no such field. `PERMISSION_DENIED`, layer FIELD: it may not be read.
    pub fn admit<'a>(
        &self,
        expression: &str,
        fields: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Status> {
        for field in fields {
            let rules = rules_of_path(&self.message, field)
                .map_err(|unknown| status::invalid_field(expression, unknown.to_string()))?;
            for rule in rules {
                self.answers.admit_read(rule)?;
            }
        }
        Ok(())
    }

    /// The fields that the caller may not read: what is shown of the records leaves them out.
    pub fn hidden(&self) -> Vec<&'static FieldRule> {
        let rules = self.rules.iter().copied();
        rules.filter(|rule| !self.answers.may_read(rule)).collect()
    }
}
