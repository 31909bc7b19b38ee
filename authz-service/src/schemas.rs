//! Changing the schema in force.

use crate::engine::relationship::Relationship;
use crate::engine::schema::{Diagnostic, Removal, Schema, removed};
use crate::engine::snapshot::Snapshot;
use crate::engine::schema::Compiled;
use crate::model::{self, Model};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::relationships::Written;
use crate::store::schemas::SchemaRow;
use crate::write::{Author, Write, identity};
use service_kit::status::Reason;
use std::sync::Arc;

/// Examples of relationships that are in the way.
const MAX_TOLD: usize = 20;

/// A schema that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// From which revision it is in force. Empty: it was only validated.
    pub token: String,
    /// Its version. 0: it was only validated.
    pub version: i64,
    /// What looks like a mistake but is allowed.
    pub warnings: Vec<Diagnostic>,
}

/// Whether a schema is written or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Put it in force.
    Write,
    /// Only compile it and look for orphans.
    Validate,
}

/// Puts a schema in force.
///
/// # Errors
/// INVALID_ARGUMENT: it does not compile. FAILED_PRECONDITION: relationships would lose their place.
pub async fn write(
    org: &Organization,
    author: &Author,
    text: String,
    mode: Mode,
) -> Result<Accepted, Refusal> {
    let (text, compiled) = blocking(move || {
        let compiled = model::compile(&text);
        (text, compiled)
    })
    .await?;
    let Compiled {
        schema, warnings, ..
    } = compiled.map_err(Refusal::InvalidSchema)?;
    let mut write = Write::begin(org).await?;
    let version = write.model().version + 1;
    let schema = Arc::new(schema);
    let draft = write.draft().clone();
    let moved = {
        let schema = Arc::clone(&schema);
        blocking(move || move_to(&draft, schema)).await??
    };
    if mode == Mode::Validate {
        return Ok(Accepted {
            token: String::new(),
            version: 0,
            warnings,
        });
    }
    let mut entry = author.entry("schema.write", "schema");
    entry.before = serde_json::json!({"version": version - 1}).to_string();
    entry.after = serde_json::json!({"version": version, "bytes": text.len()}).to_string();
    write.audit(vec![entry]).await?;
    let (revision, at_us) = (write.revision(), write.now_us());
    let row = SchemaRow { version, text };
    let written = Written {
        by: &author.actor,
        at_us,
        reason: &author.reason,
        revision,
    };
    store::schemas::insert(write.tx(), &row, written).await?;
    write.replace_model(
        Model {
            schema,
            text: row.text.into(),
            version,
        },
        moved,
    );
    let token = write.commit().await?.into();
    Ok(Accepted {
        token,
        version,
        warnings,
    })
}

/// The same relationships under another schema.
fn move_to(snapshot: &Snapshot, schema: Arc<Schema>) -> Result<Snapshot, Refusal> {
    refuse_orphans(snapshot, &schema)?;
    snapshot.with_schema(schema).map_err(Refusal::internal)
}

/// Relationships that the new schema has no place for, told by what it drops.
fn refuse_orphans(snapshot: &Snapshot, schema: &Schema) -> Result<(), Refusal> {
    let removals = removed(snapshot.schema(), schema);
    let mut told: Vec<(String, usize, Relationship)> = Vec::new();
    for relationship in snapshot.relationships() {
        // Where nothing is dropped, only a condition's parameters can have changed.
        if removals.is_empty() && relationship.condition.is_none() {
            continue;
        }
        let Err(problem) = schema.validate(&relationship) else {
            continue;
        };
        let dropped = removals
            .iter()
            .find(|removal| concerns(removal, &relationship));
        let what = dropped.map_or_else(|| problem.to_string(), ToString::to_string);
        if let Some((_, count, _)) = told.iter_mut().find(|(other, ..)| *other == what) {
            *count += 1;
        } else if told.len() < MAX_TOLD {
            told.push((what, 1, relationship));
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let sentences = told.iter().map(|(what, count, example)| {
        let example = identity(example);
        format!("{what} still has {count} relationships, for example `{example}`")
    });
    let description = format!(
        "the schema drops what is in use: {}; revoke them first, or keep it",
        sentences.collect::<Vec<_>>().join("; ")
    );
    Err(Refusal::precondition(
        Reason::SchemaInUse,
        "schema",
        description,
    ))
}

/// Whether a relationship is one that a removal leaves without a place.
fn concerns(removal: &Removal, relationship: &Relationship) -> bool {
    let resource_type = relationship.resource.object_type();
    match removal {
        Removal::Type { name } => {
            **name == *resource_type || **name == *relationship.subject.subject_type()
        }
        Removal::Relation {
            object_type,
            relation,
        } => **object_type == *resource_type && *relation == relationship.relation,
        Removal::AllowedSubject {
            object_type,
            relation,
            subject,
        } => {
            **object_type == *resource_type
                && *relation == relationship.relation
                && *subject.subject_type == *relationship.subject.subject_type()
        }
        Removal::Condition { name } => relationship
            .condition
            .as_ref()
            .is_some_and(|condition| condition.name == *name),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Refusal::internal)
}
