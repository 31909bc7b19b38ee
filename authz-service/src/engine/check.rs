//! May this subject do this to that?
//!
//! Answers are three-valued. Cycles in relationships are legal: the answer is the least fixed
//! point. Most questions are answered by a short walk on the machine's stack (`walk`); one that
//! runs into a cycle or a deep chain goes to a solver that needs no stack (`solve`). Both share
//! one meaning (`evaluate`).

mod batch;
pub(crate) mod contextual;
mod error;
pub(crate) mod evaluate;
pub(crate) mod facts;
mod missing;
pub(crate) mod question;
pub(crate) mod scope;
mod solve;
pub(crate) mod truth;
pub(crate) mod walk;

#[cfg(test)]
mod tests;

pub use batch::check_batch;
pub use error::{CheckError, MAX_CONTEXTUAL_RELATIONSHIPS};
pub use question::Question;

use super::budget::{Budget, Timer};
use super::snapshot::Snapshot;
use scope::{Scope, State};
use truth::Truth;
use walk::Walk;

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Yes.
    Allowed,
    /// No.
    Denied,
    /// It depends on the values of these condition parameters, sorted, each once.
    Conditional(Vec<Box<str>>),
}

/// Answers one question from one snapshot. Relationships that expire at or before `now_us`
/// (microseconds since the Unix epoch) do not exist.
///
/// # Errors
/// See [`CheckError`]. A caller that cannot tell them apart treats each as a denial.
pub fn check(
    snapshot: &Snapshot,
    question: &Question<'_>,
    now_us: i64,
    budget: &Budget,
) -> Result<Outcome, CheckError> {
    let (asked, facts) = question.resolve(snapshot, now_us)?;
    let timer = Timer::new(budget);
    let scope = Scope::new(facts, asked.subject, question.context, budget, &timer);
    outcome(&scope, &mut Walk::new(&scope), asked.state())
}

fn outcome<'s>(
    scope: &'s Scope<'s>,
    walk: &mut Walk<'s>,
    asked: State,
) -> Result<Outcome, CheckError> {
    Ok(match walk.answer(asked)? {
        Truth::Yes => Outcome::Allowed,
        Truth::No => Outcome::Denied,
        Truth::Maybe => Outcome::Conditional(missing::missing(scope, walk, asked)?),
    })
}
