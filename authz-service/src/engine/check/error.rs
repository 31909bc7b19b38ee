//! Why a question has no answer. None of these is ever an allow.

use crate::engine::budget::Limit;
use crate::engine::condition::ConditionError;
use crate::engine::reference::InvalidReference;
use crate::engine::schema::RelationshipError;

/// Most contextual relationships of one question.
pub const MAX_CONTEXTUAL_RELATIONSHIPS: usize = 100;

/// A question that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Subject or resource is not written as it should be.
    #[error(transparent)]
    Reference(#[from] InvalidReference),
    /// `user:*` asks about everybody at once, and no single answer is right.
    #[error("`{0}` cannot be asked about: name one subject, as in `user:alice`")]
    WildcardSubject(String),
    /// No such `definition`.
    #[error("the schema has no type `{name}`{}", did_you_mean(suggestion.as_deref()))]
    UnknownType {
        /// The type as given.
        name: Box<str>,
        /// The nearest name that exists.
        suggestion: Option<Box<str>>,
    },
    /// No such relation or permission.
    #[error(
        "type `{object_type}` has no relation or permission `{name}`{}",
        did_you_mean(suggestion.as_deref())
    )]
    UnknownMember {
        /// The type that was asked about.
        object_type: Box<str>,
        /// The relation or permission as given.
        name: Box<str>,
        /// The nearest name that exists there.
        suggestion: Option<Box<str>>,
    },
    /// More than [`MAX_CONTEXTUAL_RELATIONSHIPS`].
    #[error(
        "{given} contextual relationships are too many: give at most \
         {MAX_CONTEXTUAL_RELATIONSHIPS}, about the resource and the objects its rules walk to"
    )]
    TooManyContextual {
        /// How many were given.
        given: usize,
    },
    /// A contextual relationship that could not be stored either.
    #[error("contextual relationship {position}: {problem}")]
    Contextual {
        /// Its position among the contextual relationships, from 0.
        position: usize,
        /// What is wrong with it.
        #[source]
        problem: RelationshipError,
    },
    /// A contextual relationship given twice, with another condition or expiry.
    #[error(
        "contextual relationships {first} and {position} are the same with another condition or \
         expiry: give it once"
    )]
    Contradiction {
        /// The position of the first, from 0.
        first: usize,
        /// The position of the second.
        position: usize,
    },
    /// A condition on the way could not be evaluated.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The answer takes more work than one question may cost.
    #[error("the answer takes more than {allowed} {limit}: the limit on the work of one question")]
    BudgetExceeded {
        /// Which limit.
        limit: Limit,
        /// Its value.
        allowed: u64,
    },
    /// What is taken away depends on what is left.
    #[error(
        "`{object}#{permission}` takes away something that depends on itself: break the cycle in \
         {}",
        if *in_schema { "the schema" } else { "the relationships behind it" }
    )]
    NegativeCycle {
        /// An object of the cycle.
        object: String,
        /// The permission with the exclusion.
        permission: Box<str>,
        /// The schema alone makes the cycle, whatever the relationships are.
        in_schema: bool,
    },
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}
