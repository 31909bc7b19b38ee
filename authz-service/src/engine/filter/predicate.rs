//! A condition on a record's own columns and id.

mod simplify;
#[cfg(test)]
mod tests;

use crate::engine::reference::{ObjectRef, SubjectRef};

/// Which records are selected. Lists are sorted and hold each entry once.
///
/// The order is only there to make equal filters look equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Predicate {
    /// Every record.
    All,
    /// No record.
    None,
    /// The record's id is one of these.
    Ids(Vec<String>),
    /// The record's own contextual relation holds one of these.
    In {
        /// A contextual relation of the record's type.
        relation: String,
        /// Exactly as the record would hold them: an object, `user:*`, or a set.
        subjects: Vec<SubjectRef>,
    },
    /// The same as [`Predicate::In`] over `members`, which are exactly the trees below `roots`.
    Under {
        /// A contextual relation of the record's type.
        relation: String,
        /// The tops of the trees.
        roots: Vec<ObjectRef>,
        /// The relation by which a member leads to its parent, as in `parent`.
        through: String,
        /// The roots and everything below them.
        members: Vec<ObjectRef>,
    },
    /// Some object that the record's contextual relation leads to satisfies the condition on its
    /// own row: a semi-join. A set `team:a#member` leads to `team:a`, a wildcard to nothing.
    Via {
        /// A contextual relation of the record's type.
        relation: String,
        /// Only objects of this type count.
        resource_type: String,
        /// The condition on that object's row. [`Predicate::All`]: there is such an object.
        predicate: Box<Predicate>,
    },
    /// All of these.
    And(Vec<Predicate>),
    /// One of these.
    Or(Vec<Predicate>),
    /// Not this.
    Not(Box<Predicate>),
}

/// What a record says about itself, for [`Predicate::matches`].
pub trait RowFacts {
    /// Its id, without the type.
    fn id(&self) -> &str;
    /// What its own contextual relation holds.
    fn subjects(&self, relation: &str) -> Vec<SubjectRef>;
    /// The row of another record, if it has one that matters.
    fn related(&self, object: &ObjectRef) -> Option<Box<dyn RowFacts + '_>>;
}

/// A row of which nothing is known but its id.
struct Bare<'a>(&'a str);

impl RowFacts for Bare<'_> {
    fn id(&self) -> &str {
        self.0
    }

    fn subjects(&self, _: &str) -> Vec<SubjectRef> {
        Vec::new()
    }

    fn related(&self, _: &ObjectRef) -> Option<Box<dyn RowFacts + '_>> {
        None
    }
}

impl Predicate {
    /// Whether a record is selected.
    pub fn matches(&self, row: &dyn RowFacts) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Ids(ids) => ids.binary_search_by(|id| id.as_str().cmp(row.id())).is_ok(),
            Self::In { relation, subjects } => row
                .subjects(relation)
                .iter()
                .any(|held| subjects.binary_search(held).is_ok()),
            Self::Under {
                relation, members, ..
            } => row.subjects(relation).iter().any(|held| match held {
                SubjectRef::Object(object) => members.binary_search(object).is_ok(),
                SubjectRef::Wildcard(_) | SubjectRef::Set(..) => false,
            }),
            Self::Via {
                relation,
                resource_type,
                predicate,
            } => row.subjects(relation).iter().any(|held| match held {
                SubjectRef::Wildcard(_) => false,
                SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
                    object.object_type() == resource_type && predicate.leads(row, object)
                }
            }),
            Self::And(operands) => operands.iter().all(|operand| operand.matches(row)),
            Self::Or(operands) => operands.iter().any(|operand| operand.matches(row)),
            Self::Not(operand) => !operand.matches(row),
        }
    }

    fn leads(&self, row: &dyn RowFacts, object: &ObjectRef) -> bool {
        match row.related(object) {
            Some(related) => self.matches(&*related),
            None => self.matches(&Bare(object.id())),
        }
    }
}
