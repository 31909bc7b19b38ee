//! A relationship as columns.

use crate::engine::reference::{ObjectRef, SubjectPart, SubjectRef};
use crate::engine::relationship::{ConditionUse, Relationship};
use service_kit::db::Col;

/// Stands for every subject of a type.
const WILDCARD: &str = "*";

/// The identity and the traits of a relationship, as `relationships` and `changes` hold them.
#[derive(sqlx::FromRow)]
pub(super) struct RelationshipRow {
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) relation: String,
    pub(super) subject_type: String,
    pub(super) subject_id: String,
    pub(super) subject_relation: String,
    pub(super) condition_name: String,
    pub(super) condition_context: String,
    pub(super) expires_at_us: Option<i64>,
}

/// A stored relationship and where it comes from.
#[derive(Clone, Debug)]
pub struct StoredGrant {
    /// The relationship.
    pub relationship: Relationship,
    /// `user:…` or `service:…`
    pub granted_by: String,
    /// Microseconds since the Unix epoch.
    pub granted_at_us: i64,
    /// Why.
    pub reason: String,
}

/// A row that this program cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("the stored relationship of `{resource}` is damaged: {problem}")]
pub struct DamagedRow {
    resource: String,
    problem: String,
}

impl RelationshipRow {
    /// The relationship.
    pub(super) fn read(self) -> Result<Relationship, DamagedRow> {
        let resource = format!("{}:{}", self.resource_type, self.resource_id);
        let damaged = |problem: String| DamagedRow {
            resource: resource.clone(),
            problem,
        };
        let subject = match (self.subject_id.as_str(), self.subject_relation.as_str()) {
            (WILDCARD, _) => SubjectRef::parse(&format!("{}:{WILDCARD}", self.subject_type)),
            (id, relation) => ObjectRef::new(&self.subject_type, id).map(|object| {
                if relation.is_empty() {
                    SubjectRef::Object(object)
                } else {
                    SubjectRef::Set(object, relation.into())
                }
            }),
        };
        let context = match self.condition_context.as_str() {
            "" => serde_json::Map::new(),
            text => serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?,
        };
        let condition = (!self.condition_name.is_empty()).then(|| ConditionUse {
            name: self.condition_name.into(),
            context,
        });
        Ok(Relationship {
            resource: ObjectRef::new(&self.resource_type, &self.resource_id)
                .map_err(|error| damaged(error.to_string()))?,
            relation: self.relation.into(),
            subject: subject.map_err(|error| damaged(error.to_string()))?,
            condition,
            expires_at_us: self.expires_at_us,
        })
    }
}

/// Resource type and id, relation, subject type, id and relation: a relationship's identity.
pub(super) fn identity(resource: &ObjectRef, relation: &str, subject: &SubjectRef) -> [Col; 6] {
    let parts = subject.parts();
    let (id, subject_relation) = match parts.form {
        SubjectPart::Object(id) => (id, ""),
        SubjectPart::Wildcard => (WILDCARD, ""),
        SubjectPart::Set(id, subject_relation) => (id, subject_relation),
    };
    [
        resource.object_type().into(),
        resource.id().into(),
        relation.into(),
        parts.subject_type.into(),
        id.into(),
        subject_relation.into(),
    ]
}

/// Condition name, condition context and expiry: a relationship's traits.
pub(super) fn traits(relationship: &Relationship) -> [Col; 3] {
    let (name, context) = match &relationship.condition {
        None => ("", String::new()),
        Some(condition) if condition.context.is_empty() => (&*condition.name, String::new()),
        Some(condition) => (
            &*condition.name,
            serde_json::Value::Object(condition.context.clone()).to_string(),
        ),
    };
    [
        name.into(),
        context.into(),
        relationship.expires_at_us.into(),
    ]
}
