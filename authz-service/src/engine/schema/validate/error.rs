//! Why a relationship was refused.

use std::fmt::Display;

use crate::engine::condition::ContextError;
use crate::engine::schema::orphans::NamedSubject;

/// A relationship that the schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelationshipError {
    /// The resource's or the subject's type is not in the schema.
    #[error("there is no type `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownType {
        /// The name as given.
        name: Box<str>,
        /// A name of the schema that is near it.
        nearest: Option<Box<str>>,
    },
    /// The type has no such relation.
    #[error("`{object_type}` has no relation `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownRelation {
        /// The resource's or the subject's type.
        object_type: Box<str>,
        /// The name as given.
        name: Box<str>,
        /// A name of the type that is near it.
        nearest: Option<Box<str>>,
    },
    /// The condition is not in the schema.
    #[error("there is no condition `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownCondition {
        /// The name as given.
        name: Box<str>,
        /// A name of the schema that is near it.
        nearest: Option<Box<str>>,
    },
    /// A permission is computed and cannot be written.
    #[error(
        "`{name}` of `{object_type}` is a permission, which is computed: write one of its relations, {}",
        list(relations)
    )]
    Permission {
        /// The resource's type.
        object_type: Box<str>,
        /// The permission's name.
        name: Box<str>,
        /// What can be written instead.
        relations: Vec<Box<str>>,
    },
    /// The relation does not allow this form of subject with these traits.
    #[error(
        "relation `{relation}` of `{object_type}` does not allow `{refused}`: it allows {}",
        list(allowed)
    )]
    SubjectNotAllowed {
        /// The resource's type.
        object_type: Box<str>,
        /// The relation's name.
        relation: Box<str>,
        /// The form and traits as given.
        refused: NamedSubject,
        /// What is allowed.
        allowed: Vec<NamedSubject>,
    },
    /// The expiry is not a time that a calendar can spell.
    #[error("the expiry {expires_at_us} µs is outside of the years 1 to 9999")]
    ExpiryOutOfRange {
        /// Microseconds since the Unix epoch, as given.
        expires_at_us: i64,
    },
    /// A value of the condition is not declared, or of the wrong type.
    #[error(transparent)]
    Context(#[from] ContextError),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

fn list<T: Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items
        .iter()
        .map(|item| format!("`{item}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
