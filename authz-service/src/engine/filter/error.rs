//! Why there is no filter. None of these ever selects a record.

use crate::engine::check::CheckError;
use crate::engine::schema::RelationshipError;

/// A question that cannot be turned into a condition on rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The question itself is refused, or takes too much work.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// Records hold relations; permissions are computed.
    #[error("`{object_type}#{name}` is a permission: list the relations that it is made of")]
    NotARelation {
        /// The type.
        object_type: Box<str>,
        /// The permission that was listed as a contextual relation.
        name: Box<str>,
    },
    /// The same contextual relation twice.
    #[error("contextual relation `{object_type}#{relation}` is listed twice")]
    ListedTwice {
        /// The type.
        object_type: Box<str>,
        /// The relation.
        relation: Box<str>,
    },
    /// A fixed subject that the relation does not take.
    #[error("fixed subject `{subject}`: {problem}")]
    FixedSubject {
        /// The subject as given.
        subject: String,
        /// What is wrong with it.
        #[source]
        problem: RelationshipError,
    },
    /// The rule goes from record to record without end, over a relation that only rows know.
    #[error(
        "`{object_type}#{permission}` depends on itself on another record: no condition on one row \
         can say that; store the relation, or check records one by one"
    )]
    Recursive {
        /// The type.
        object_type: Box<str>,
        /// The permission.
        permission: Box<str>,
    },
    /// What somebody holds on a record that only its row knows decides about another record, and
    /// the way there is not a contextual relation of the record.
    #[error(
        "`{object_type}#{relation}` leads to `{target}`, which depends on rows that are not the \
         record's own: list the relation as contextual and varying, or check records one by one"
    )]
    OtherRows {
        /// The type of the relation.
        object_type: Box<str>,
        /// The relation.
        relation: Box<str>,
        /// Type and name of what it leads to.
        target: String,
    },
}
