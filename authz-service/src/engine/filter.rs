//! Which records of a type may this subject do this to? Answered as a condition on their rows.
//!
//! The permission is evaluated with the record unknown. A relation that the caller lists as
//! contextual stays a condition on the record's own row; stored grants become lists of ids. A
//! record is selected if and only if [`check`](super::check::check) would allow it with its row's
//! contextual relationships: what is only conditional is not selected, and under an exclusion
//! counts as taken away. A condition that fails to be evaluated is an error where some record's
//! answer is left open.

mod all;
mod arrow;
mod error;
mod evaluate;
mod pair;
mod predicate;
mod sources;
mod stored;
mod trees;
mod varying;

#[cfg(test)]
mod tests;

pub use error::FilterError;
pub use predicate::{Predicate, RowFacts};

use super::budget::{Budget, Timer};
use super::check::CheckError;
use super::check::contextual::Contextual;
use super::check::facts::Facts;
use super::check::question::{find_member, find_type, resolve_subject};
use super::check::scope::Scope;
use super::reference::SubjectRef;
use super::relationship::Context;
use super::snapshot::Snapshot;
use evaluate::Evaluation;
use sources::Sources;

/// On which records may `subject` do `permission`?
#[derive(Clone, Copy, Debug)]
pub struct FilterQuestion<'a> {
    /// `user:alice`, `role:sales_rep#member`; not a wildcard.
    pub subject: &'a str,
    /// A permission or relation of the records' type.
    pub permission: &'a str,
    /// The records' type.
    pub resource_type: &'a str,
    /// What the records' rows, and those of the records they lead to, know.
    pub contextual: &'a [ContextualRelation],
    /// Values for conditions.
    pub context: &'a Context,
}

/// A relation that a row knows and would pass along with a check of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextualRelation {
    /// The type of the record.
    pub resource_type: String,
    /// One of its relations.
    pub relation: String,
    /// The same subjects on every record of the type, as in `module:customers`. None: it differs
    /// from row to row, and holds subjects without condition and expiry.
    pub fixed: Option<Vec<SubjectRef>>,
}

/// Turns a question about all records of a type into a condition on their rows.
///
/// # Errors
/// See [`FilterError`]. A caller that cannot tell them apart selects nothing.
pub fn filter(
    snapshot: &Snapshot,
    question: &FilterQuestion<'_>,
    now_us: i64,
    budget: &Budget,
) -> Result<Predicate, FilterError> {
    let mut contextual = Contextual::default();
    let resource_type = find_type(snapshot, question.resource_type)?;
    let permission = find_member(snapshot, resource_type, question.permission)?;
    let subject = resolve_subject(snapshot, &mut contextual, question.subject)?;
    let sources = Sources::new(snapshot, &mut contextual, question.contextual)?;
    let facts = Facts::new(snapshot, contextual, now_us);
    let timer = Timer::new(budget);
    let scope = Scope::new(facts, subject, question.context, budget, &timer);
    let pair = Evaluation::new(&scope, &sources).member(permission)?;
    if !pair.is_settled()
        && let Some(failure) = scope.failure()
    {
        return Err(CheckError::from(failure.clone()).into());
    }
    Ok(pair.must)
}
