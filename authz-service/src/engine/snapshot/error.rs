//! Why relationships could not be loaded.

/// A relationship that the schema has no place for, or too many of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// No such `definition`.
    #[error("the schema has no type `{0}`")]
    UnknownType(Box<str>),
    /// No such relation; a permission holds no relationships.
    #[error("type `{object_type}` has no relation `{relation}`")]
    UnknownRelation {
        /// The resource's type.
        object_type: Box<str>,
        /// The relation as given.
        relation: Box<str>,
    },
    /// The relation exists and takes other subjects.
    #[error("relation `{object_type}#{relation}` does not take subjects like `{subject}`")]
    SubjectNotAllowed {
        /// The resource's type.
        object_type: Box<str>,
        /// The relation.
        relation: Box<str>,
        /// The subject as given.
        subject: String,
    },
    /// No such `caveat`.
    #[error("the schema has no condition `{0}`")]
    UnknownCondition(Box<str>),
    /// More than 4 billion names, or 4 GiB of their text, in one type.
    #[error("too many or too long object ids in one type: at most 2^32 of them, 4 GiB together")]
    TooLarge,
}
