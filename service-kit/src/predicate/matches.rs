//! A predicate judged on one row in memory: what the SQL is held to in tests.

use super::condition::Unmapped;
use menshen_proto::authz::v1::Predicate;
use menshen_proto::authz::v1::predicate::Kind;

/// A row.
pub trait Row {
    /// Its id, without the type.
    fn id(&self) -> &str;

    /// Its subjects of a relation, as references (`user:u05`); `None`: it has no such relation.
    fn subjects(&self, relation: &str) -> Option<Vec<String>>;

    /// The rows of a type that a relation leads to.
    fn follow(&self, relation: &str, resource_type: &str) -> Vec<&dyn Row>;
}

/// Whether a predicate selects a row.
///
/// # Errors
/// It has a part of an unknown kind, or names a relation that the row does not have.
pub fn matches(predicate: &Predicate, row: &dyn Row) -> Result<bool, Unmapped> {
    match predicate.kind.as_ref().ok_or(Unmapped::Kind)? {
        Kind::Constant(constant) => Ok(*constant),
        Kind::AllOf(parts) => parts
            .predicates
            .iter()
            .try_fold(true, |all, part| Ok(matches(part, row)? && all)),
        Kind::AnyOf(parts) => parts
            .predicates
            .iter()
            .try_fold(false, |any, part| Ok(matches(part, row)? || any)),
        Kind::Not(part) => Ok(!matches(part, row)?),
        Kind::Ids(ids) => Ok(ids.ids.iter().any(|id| id == row.id())),
        Kind::In(part) => holds(row, &part.relation, &part.subjects),
        Kind::Under(part) => holds(row, &part.relation, &part.members),
        Kind::Via(via) => {
            let predicate = via.predicate.as_ref().ok_or(Unmapped::Kind)?;
            let rows = row.follow(&via.relation, &via.resource_type);
            rows.into_iter()
                .try_fold(false, |any, row| Ok(matches(predicate, row)? || any))
        }
    }
}

fn holds(row: &dyn Row, relation: &str, subjects: &[String]) -> Result<bool, Unmapped> {
    let held = row.subjects(relation).ok_or_else(|| Unmapped::Relation {
        resource_type: "",
        relation: relation.to_owned(),
    })?;
    Ok(held.iter().any(|subject| subjects.contains(subject)))
}
