//! Whether relationships can be written or deleted under the schema in force.

use super::order::{Kind, Order};
use crate::engine::relationship::Relationship;
use crate::engine::schema::{RelationshipError, Schema};
use crate::refusal::{Refusal, Violation};
use crate::store::{Either, Pattern};

/// Holds every relationship to the schema; of a grant, also that it has not expired already. A
/// precondition over what the schema does not have would guard nothing.
///
/// # Errors
/// Every relationship that cannot be written or deleted, every precondition that can never match.
pub(super) fn validate(schema: &Schema, order: &Order, now_us: i64) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    for (position, relationship) in order.relationships.iter().enumerate() {
        let at = format!("relationships[{position}]");
        let problem = match order.kind {
            Kind::Grant => schema.validate(relationship).err(),
            Kind::Revoke => identity_problem(schema, relationship),
        };
        let blamed = |problem: &RelationshipError| match problem {
            RelationshipError::Context(_) => format!("{at}.condition.context"),
            _ => at.clone(),
        };
        wrong.extend(problem.map(|problem| Violation::new(blamed(&problem), problem.to_string())));
        if order.kind == Kind::Grant && relationship.expires_at_us.is_some_and(|at| at <= now_us) {
            let problem = "is in the past: the relationship would never count";
            wrong.push(Violation::new(format!("{at}.expires_at"), problem));
        }
    }
    for (position, (_, pattern)) in order.preconditions.iter().enumerate() {
        let at = |part| format!("preconditions[{position}].pattern.{part}");
        let misnamed = misnamed(schema, pattern).err();
        wrong.extend(misnamed.map(|(part, problem)| Violation::new(at(part), problem)));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// Whether everything that a pattern names is in the schema.
///
/// # Errors
/// The part that is not, and why.
pub(super) fn misnamed(schema: &Schema, pattern: &Pattern) -> Result<(), (&'static str, String)> {
    let resource_type = match &pattern.resource {
        None => None,
        Some(Either::Type(name)) => Some(&**name),
        Some(Either::One(object)) => Some(object.object_type()),
    };
    let within = |part| move |problem: RelationshipError| (part, problem.to_string());
    if let Some(name) = resource_type {
        schema.require_type(name).map_err(within("resource"))?;
    }
    match (resource_type, &pattern.relation) {
        (_, None) => {}
        (Some(owner), Some(name)) => {
            let found = schema.require_relation(owner, name);
            found.map_err(within("relation"))?;
        }
        (None, Some(name)) if schema.has_relation(name) => {}
        (None, Some(name)) => {
            return Err(("relation", format!("no type has a relation `{name}`")));
        }
    }
    match &pattern.subject {
        None => Ok(()),
        Some(Either::Type(name)) => schema.require_type(name).map(drop),
        Some(Either::One(subject)) => schema.require_subject(subject),
    }
    .map_err(within("subject"))
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
