//! Conditions (caveats): a CEL expression over typed parameters, three-valued.

use super::relationship::Context;

/// A compiled `caveat`. Compiled once per schema, never per call.
#[derive(Debug)]
pub struct Condition {
    /// Its name in the schema.
    pub name: Box<str>,
}

/// Kleene's three values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Values are missing: these parameters, sorted.
    Unknown(Vec<Box<str>>),
}

/// Why a condition could not be evaluated: an error of the whole call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// A value of the wrong type.
    #[error("parameter `{parameter}` of condition `{condition}` {problem}")]
    WrongType {
        /// The condition's name.
        condition: Box<str>,
        /// The parameter's name.
        parameter: Box<str>,
        /// What was given and what is expected.
        problem: String,
    },
    /// The expression failed for a reason other than a missing value.
    #[error("condition `{condition}` failed: {problem}")]
    Failed {
        /// The condition's name.
        condition: Box<str>,
        /// What went wrong.
        problem: String,
    },
}

impl Condition {
    /// Evaluates over the values written with the relationship (they win) and the request's.
    pub fn evaluate(
        &self,
        written: &Context,
        request: &Context,
    ) -> Result<Verdict, ConditionError> {
        let _ = (written, request);
        Ok(Verdict::Fails)
    }
}
