//! Messages to the engine's values and back.

mod condition_values;

pub use condition_values::{context, structure};

use crate::engine::reference::{ObjectRef, SubjectRef, name};
use crate::engine::relationship::{ConditionUse, Relationship};
use crate::refusal::Violation;
use menshen_proto::authz::v1 as proto;
use service_kit::clock::{microseconds, timestamp};

/// Reads relationships of a request; `field` is the repeated field's name.
///
/// # Errors
/// The first part of each that cannot be right.
pub fn relationships(
    field: &str,
    given: &[proto::Relationship],
) -> Result<Vec<Relationship>, Vec<Violation>> {
    let mut read = Vec::with_capacity(given.len());
    let mut wrong = Vec::new();
    for (position, one) in given.iter().enumerate() {
        match relationship(one) {
            Ok(relationship) => read.push(relationship),
            Err((part, description)) => {
                wrong.push(Violation::new(
                    format!("{field}[{position}].{part}"),
                    description,
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(wrong)
    }
}

fn relationship(given: &proto::Relationship) -> Result<Relationship, (&'static str, String)> {
    let resource =
        ObjectRef::parse(&given.resource).map_err(|error| ("resource", error.to_string()))?;
    name::check_relation(&given.relation).map_err(|error| ("relation", error.to_string()))?;
    let subject =
        SubjectRef::parse(&given.subject).map_err(|error| ("subject", error.to_string()))?;
    let condition = given.condition.as_ref().map(condition).transpose()?;
    let expires_at_us = given.expires_at.as_ref().map(expiry).transpose()?;
    Ok(Relationship {
        resource,
        relation: given.relation.as_str().into(),
        subject,
        condition,
        expires_at_us,
    })
}

fn condition(given: &proto::Condition) -> Result<ConditionUse, (&'static str, String)> {
    name::check_condition(&given.name).map_err(|error| ("condition.name", error.to_string()))?;
    let values = given.context.as_ref().map(context).transpose();
    Ok(ConditionUse {
        name: given.name.as_str().into(),
        context: values
            .map_err(|error| ("condition.context", error))?
            .unwrap_or_default(),
    })
}

/// Rounded down: a grant never lasts longer than asked for.
fn expiry(given: &prost_types::Timestamp) -> Result<i64, (&'static str, String)> {
    microseconds(given).ok_or_else(|| {
        (
            "expires_at",
            "must be a time of the years 1 to 9999, nanos 0 to 999999999".to_owned(),
        )
    })
}

/// A relationship as a message.
pub fn message(relationship: &Relationship) -> proto::Relationship {
    proto::Relationship {
        resource: relationship.resource.to_string(),
        relation: relationship.relation.to_string(),
        subject: relationship.subject.to_string(),
        condition: relationship
            .condition
            .as_ref()
            .map(|condition| proto::Condition {
                name: condition.name.to_string(),
                context: (!condition.context.is_empty()).then(|| structure(&condition.context)),
            }),
        expires_at: relationship.expires_at_us.map(timestamp),
    }
}
