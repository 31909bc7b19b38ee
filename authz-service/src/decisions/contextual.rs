//! Contextual relationships: who may assert which.

use super::Asker;
use crate::convert;
use crate::engine::check::MAX_CONTEXTUAL_RELATIONSHIPS;
use crate::engine::relationship::Relationship;
use crate::refusal::{Forbidden, Refusal};
use menshen_proto::authz::v1 as proto;

/// Reads the contextual relationships of a request and holds them to what the calling service is
/// registered for.
///
/// # Errors
/// Too many, a malformed one, or one that the caller may not assert.
pub fn admit(
    asker: Asker<'_>,
    given: &[proto::Relationship],
) -> Result<Vec<Relationship>, Refusal> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let field = "contextual_relationships";
    if given.len() > MAX_CONTEXTUAL_RELATIONSHIPS {
        let count = given.len();
        return Err(Refusal::field(
            field,
            format!("{count} are too many: give at most {MAX_CONTEXTUAL_RELATIONSHIPS}"),
        ));
    }
    let relationships = convert::relationships(field, given).map_err(Refusal::Invalid)?;
    for one in &relationships {
        may_assert(asker, one.resource.object_type(), &one.relation)?;
    }
    Ok(relationships)
}

/// Whether the asker may speak of a relation of its own records.
///
/// # Errors
/// It is no service, or it is not registered for the relation.
pub fn may_assert(asker: Asker<'_>, resource_type: &str, relation: &str) -> Result<(), Refusal> {
    let message = match asker.service {
        Some(service) if service.assertable.allows(resource_type, relation) => return Ok(()),
        Some(service) => format!(
            "`{}` may not assert `{resource_type}#{relation}`: register the relation with \
             UpdateServiceAccount",
            service.subject
        ),
        None => format!(
            "`{}` may not assert `{resource_type}#{relation}`: only a service may, about its own \
             records; grant the relationship instead",
            asker.subject
        ),
    };
    let permission = format!("{resource_type}#{relation}");
    Err(Refusal::Forbidden(Box::new(Forbidden {
        message,
        permission,
        denial: None,
    })))
}
