//! Changing the schema in force.

use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::engine::schema::Compiled;
use crate::engine::schema::{Diagnostic, Removal, Schema, removed};
use crate::engine::snapshot::Snapshot;
use crate::model::{self, Model};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::relationships::Written;
use crate::store::schemas::SchemaRow;
use crate::write::{Author, Write, identity};
use service_kit::status::Reason;
use std::fmt;
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

/// A schema that somebody wants in force.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The application's part.
    pub text: String,
    /// What to do with it.
    pub mode: Mode,
    /// The version that it was made from. None: whichever is in force.
    pub expected_version: Option<i64>,
}

/// Puts a schema in force. Relationships that have no place in it and have expired are deleted.
///
/// # Errors
/// INVALID_ARGUMENT: it does not compile. ABORTED: another version than the expected one is in force.
/// FAILED_PRECONDITION: relationships would lose their place.
pub async fn write(
    org: &Organization,
    author: &Author,
    proposal: Proposal,
) -> Result<Accepted, Refusal> {
    let Proposal {
        text,
        mode,
        expected_version,
    } = proposal;
    let (text, compiled) = blocking(move || {
        let compiled = model::compile(&text);
        (text, compiled)
    })
    .await?;
    let Compiled {
        schema, warnings, ..
    } = compiled.map_err(Refusal::InvalidSchema)?;
    let mut write = Write::begin(org).await?;
    let in_force = write.model().version;
    if let Some(expected) = expected_version.filter(|expected| *expected != in_force) {
        return Err(Refusal::SchemaChanged { expected, in_force });
    }
    let version = in_force + 1;
    let schema = Arc::new(schema);
    let (draft, now_us) = (write.draft().clone(), write.now_us());
    let expired = {
        let schema = Arc::clone(&schema);
        blocking(move || expired_orphans(&draft, &schema, now_us)).await??
    };
    if mode == Mode::Validate {
        return Ok(Accepted {
            token: String::new(),
            version: 0,
            warnings,
        });
    }
    write.delete(author, &expired).await?;
    let draft = write.draft().clone();
    let moved = {
        let schema = Arc::clone(&schema);
        blocking(move || draft.with_schema(schema)).await?
    };
    let moved = moved.map_err(Refusal::internal)?;
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

type Identity = (ObjectRef, Box<str>, SubjectRef);

/// Relationships that the new schema has no place for: those that have expired, and nobody can see.
///
/// # Errors
/// There are others. They are told by what the schema drops.
fn expired_orphans(
    snapshot: &Snapshot,
    schema: &Schema,
    now_us: i64,
) -> Result<Vec<Identity>, Refusal> {
    let removals = removed(snapshot.schema(), schema);
    let mut expired = Vec::new();
    let mut told: Vec<Orphans> = Vec::new();
    for relationship in snapshot.relationships() {
        // Where nothing is dropped, only a condition's parameters can have changed.
        if removals.is_empty() && relationship.condition.is_none() {
            continue;
        }
        let Err(problem) = schema.validate(&relationship) else {
            continue;
        };
        if relationship.expires_at_us.is_some_and(|at| at <= now_us) {
            let Relationship {
                resource,
                relation,
                subject,
                ..
            } = relationship;
            expired.push((resource, relation, subject));
            continue;
        }
        let dropped = removals
            .iter()
            .find(|removal| concerns(removal, &relationship));
        let cause = match dropped {
            Some(dropped) => Cause::Dropped(dropped.to_string()),
            None => Cause::Problem(problem.to_string()),
        };
        if let Some(known) = told.iter_mut().find(|known| known.cause == cause) {
            known.count += 1;
        } else if told.len() < MAX_TOLD {
            told.push(Orphans {
                cause,
                count: 1,
                example: identity(&relationship),
            });
        }
    }
    if told.is_empty() {
        return Ok(expired);
    }
    let sentences: Vec<_> = told.iter().map(ToString::to_string).collect();
    let description = format!(
        "relationships would lose their place: {}; revoke them first, or keep it",
        sentences.join("; ")
    );
    Err(Refusal::precondition(
        Reason::SchemaInUse,
        "schema",
        description,
    ))
}

/// Relationships that would lose their place for one cause.
struct Orphans {
    cause: Cause,
    count: usize,
    example: String,
}

#[derive(PartialEq, Eq)]
enum Cause {
    /// What the schema drops.
    Dropped(String),
    /// What is wrong with them under it.
    Problem(String),
}

impl fmt::Display for Orphans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cause,
            count,
            example,
        } = self;
        let ending = if *count == 1 { "" } else { "s" };
        match cause {
            Cause::Dropped(what) => write!(
                f,
                "{what} still has {count} relationship{ending}, for example `{example}`"
            ),
            Cause::Problem(problem) => write!(
                f,
                "{count} relationship{ending}, for example `{example}`: {problem}"
            ),
        }
    }
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
