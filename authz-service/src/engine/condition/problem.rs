//! What can be wrong with a condition: when it is compiled, when its values are written, when it
//! is evaluated.

use std::ops::Range;

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
    /// More values than an evaluation may cost; lists and maps count with all that is in them.
    #[error("the context of condition `{condition}` holds more than {max_values} values")]
    TooManyValues {
        /// The condition's name.
        condition: Box<str>,
        /// The limit.
        max_values: usize,
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

/// Why the values written with a relationship were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// No parameter has this name.
    #[error(
        "condition `{condition}` has no parameter `{name}`: its parameters are {}",
        parameters.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    Undeclared {
        /// The condition's name.
        condition: Box<str>,
        /// The key as given.
        name: Box<str>,
        /// What is declared.
        parameters: Vec<Box<str>>,
    },
    /// A value that could never be evaluated.
    #[error(transparent)]
    Value(#[from] ConditionError),
}

/// Something wrong with a caveat's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) place: Place,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

/// Where in a caveat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The parameter declared at this index.
    Parameter(usize),
    /// Bytes of the expression's text.
    Expression(Range<usize>),
}

impl Problem {
    pub(crate) fn new(place: Place, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            place,
            code,
            message: message.into(),
            suggestion: None,
        }
    }

    pub(crate) fn help(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}
