//! One fact, as it is written, stored and passed as context.

mod text;

pub use text::InvalidRelationship;

use super::reference::{ObjectRef, SubjectRef};

/// Values for conditions, by parameter name: a JSON object.
pub type Context = serde_json::Map<String, serde_json::Value>;

/// A condition on a relationship, with the values written beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionUse {
    /// The condition's (caveat's) name in the schema.
    pub name: Box<str>,
    /// Values fixed when the relationship was written; they win over a request's.
    pub context: Context,
}

/// `resource#relation@subject`, perhaps under a condition, perhaps until a time.
///
/// Identity is resource, relation and subject; condition and expiry are not part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Relationship {
    /// The object that the fact is about.
    pub resource: ObjectRef,
    /// A relation (not a permission) of the resource's type.
    pub relation: Box<str>,
    /// Who holds the relation.
    pub subject: SubjectRef,
    /// Counts only where this condition holds.
    pub condition: Option<ConditionUse>,
    /// Microseconds since the Unix epoch; at and after it the relationship does not exist.
    pub expires_at_us: Option<i64>,
}

impl Relationship {
    /// Earliest expiry that RFC 3339 can spell: 0001-01-01T00:00:00Z.
    pub const MIN_EXPIRY_US: i64 = -62_135_596_800_000_000;
    /// Latest expiry that RFC 3339 can spell: 9999-12-31T23:59:59.999999Z.
    pub const MAX_EXPIRY_US: i64 = 253_402_300_799_999_999;

    /// Whether both have one identity: one would replace the other.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.resource, &self.relation, &self.subject)
            == (&other.resource, &other.relation, &other.subject)
    }
}

#[cfg(test)]
mod tests;
