//! Every relationship at one revision, in memory, immutable, cheap to share.
//!
//! A snapshot is a base (interned names, and for each relation and kind of subject two compact
//! arrays, one a direction) and an overlay of what changed since the base was built. [`apply`]
//! makes the next snapshot from changes and shares everything else; [`merged`] folds the overlay
//! into a new base. Readers hold an `Arc<Snapshot>` and never wait.
//!
//! [`apply`]: Snapshot::apply
//! [`merged`]: Snapshot::merged

mod adjacency;
mod attributes;
mod build;
mod deltas;
mod edges;
mod error;
mod layout;
mod names;
mod node;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use attributes::{Attributes, BoundCondition};
pub(crate) use edges::{Edge, Edges, EdgesIter};
pub(crate) use layout::{Kind, KindId, Layout, Use};
pub(crate) use node::{Node, Subject};

pub use error::SnapshotError;

use super::reference::{ObjectRef, SubjectRef};
use super::relationship::Relationship;
use super::schema::Schema;
use names::Names;
use std::sync::Arc;

/// Overlay entries that are always worth keeping over a merge.
const SMALL_OVERLAY: usize = 8_192;
/// An overlay of this fraction of all relationships slows checks measurably.
const OVERLAY_FRACTION: usize = 256;

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Snapshot {
    schema: Arc<Schema>,
    layout: Arc<Layout>,
    revision: u64,
    /// By type.
    names: Vec<Names>,
    /// By kind.
    edges: Vec<Edges>,
    /// What a kind of no layout would have: never reached, but there must be an answer.
    nothing: Edges,
}

/// One step from a revision to a later one.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Written, or written again: condition and expiry are replaced.
    Write(Relationship),
    /// Removed, whatever its condition and expiry. Removing what is not there changes nothing.
    Delete {
        /// The object that the fact was about.
        resource: ObjectRef,
        /// Its relation.
        relation: Box<str>,
        /// Who held the relation.
        subject: SubjectRef,
    },
}

impl Snapshot {
    /// A snapshot without relationships.
    pub fn empty(schema: Arc<Schema>, revision: u64) -> Self {
        let layout = Arc::new(Layout::new(&schema));
        let names = vec![Names::default(); schema.types.len()];
        let edges = vec![Edges::default(); layout.kinds.len()];
        Self {
            schema,
            layout,
            revision,
            names,
            edges,
            nothing: Edges::default(),
        }
    }

    /// Loads many relationships at once, in any order; of duplicates the last counts.
    ///
    /// # Errors
    /// A type, relation or condition that the schema does not know, a subject that the relation
    /// does not take, or more than fits 32-bit numbers. Whether a condition or an expiry is allowed
    /// there is the writer's business ([`Schema`]'s type rules), not checked again.
    pub fn build(
        schema: Arc<Schema>,
        revision: u64,
        relationships: impl Iterator<Item = Relationship>,
    ) -> Result<Self, SnapshotError> {
        let mut builder = build::Builder::new(schema, revision);
        for relationship in relationships {
            builder.add(&relationship)?;
        }
        Ok(builder.finish())
    }

    /// The snapshot after these changes, in order. It shares the base with this one, so that the
    /// cost is that of the changes alone.
    ///
    /// # Errors
    /// As [`Snapshot::build`]; this snapshot stays as it is.
    pub fn apply(&self, revision: u64, changes: &[Change]) -> Result<Self, SnapshotError> {
        let mut next = self.clone();
        next.revision = revision;
        for change in changes {
            match change {
                Change::Write(relationship) => next.write(relationship)?,
                Change::Delete {
                    resource,
                    relation,
                    subject,
                } => {
                    next.delete(resource, relation, subject);
                }
            }
        }
        Ok(next)
    }

    /// Whether the overlay has grown enough to be worth a [`merged`](Self::merged).
    pub fn needs_merge(&self) -> bool {
        let changes: usize = self.edges.iter().map(Edges::changes).sum();
        changes > SMALL_OVERLAY + self.relationship_count() / OVERLAY_FRACTION
    }

    /// The same relationships at the same revision with an empty overlay.
    ///
    /// Takes as long as sorting the relations that changed: run it in the background, and then
    /// [`apply`](Self::apply) to its result, in order, the changes of the revisions after
    /// [`revision`](Self::revision). The outcome equals the snapshot that took them all.
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`].
    pub fn merged(&self) -> Result<Self, SnapshotError> {
        if self.has_mostly_forgotten_names() {
            return self.with_schema(Arc::clone(&self.schema));
        }
        let names = self
            .names
            .iter()
            .map(Names::merged)
            .collect::<Result<_, _>>()?;
        let edges = self.edges.iter().map(Edges::merged).collect();
        Ok(Self {
            names,
            edges,
            ..self.clone()
        })
    }

    /// The same relationships at the same revision under another schema.
    ///
    /// # Errors
    /// As [`Snapshot::build`]: a relationship that the new schema has no place for.
    pub fn with_schema(&self, schema: Arc<Schema>) -> Result<Self, SnapshotError> {
        Self::build(schema, self.revision, self.relationships())
    }

    /// The revision that it reflects.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The schema that its relationships follow.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// How many relationships there are, expired ones included.
    pub fn relationship_count(&self) -> usize {
        self.edges.iter().map(Edges::count).sum()
    }

    fn write(&mut self, relationship: &Relationship) -> Result<(), SnapshotError> {
        let kind = self.kind_of(relationship)?;
        let attributes = Attributes::of(&self.schema, relationship)?;
        let resource = self.intern(kind.resource_type, relationship.resource.id())?;
        let subject = match &relationship.subject {
            SubjectRef::Wildcard(_) => 0,
            SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
                self.intern(kind.subject_type, object.id())?
            }
        };
        if let Some(edges) = self.edges.get_mut(usize::from(kind.id.0)) {
            edges.put(resource, subject, attributes);
        }
        Ok(())
    }

    fn delete(&mut self, resource: &ObjectRef, relation: &str, subject: &SubjectRef) {
        let Some((kind, resource, subject)) = self.locate(resource, relation, subject) else {
            return;
        };
        if let Some(edges) = self.edges.get_mut(usize::from(kind.id.0)) {
            edges.remove(resource, subject);
        }
    }

    /// A relationship names at most two objects, so more names than that are left over.
    fn has_mostly_forgotten_names(&self) -> bool {
        let names: usize = self.names.iter().map(|names| names.len() as usize).sum();
        names > SMALL_OVERLAY + 2 * self.relationship_count()
    }
}
