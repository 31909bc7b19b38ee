//! Whether relationships can be written or deleted under the schema in force.

use super::order::{Kind, Order};
use crate::engine::relationship::Relationship;
use crate::engine::schema::{RelationshipError, Schema};
use crate::refusal::{Refusal, Violation};

/// Holds every relationship to the schema; of a grant, also that it has not expired already.
///
/// # Errors
/// Every relationship that cannot be written or deleted.
pub(super) fn validate(schema: &Schema, order: &Order, now_us: i64) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    for (position, relationship) in order.relationships.iter().enumerate() {
        let at = format!("relationships[{position}]");
        let problem = match order.kind {
            Kind::Grant => schema.validate(relationship).err(),
            Kind::Revoke => identity_problem(schema, relationship),
        };
        wrong.extend(problem.map(|problem| Violation::new(at.clone(), problem.to_string())));
        if order.kind == Kind::Grant && relationship.expires_at_us.is_some_and(|at| at <= now_us) {
            let problem = "is in the past: the relationship would never count";
            wrong.push(Violation::new(format!("{at}.expires_at"), problem));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// Condition and expiry are not looked at where something is deleted.
fn identity_problem(schema: &Schema, relationship: &Relationship) -> Option<RelationshipError> {
    let bare = Relationship {
        condition: None,
        expires_at_us: None,
        ..relationship.clone()
    };
    schema
        .validate(&bare)
        .err()
        .filter(|problem| !matches!(problem, RelationshipError::SubjectNotAllowed { .. }))
}
