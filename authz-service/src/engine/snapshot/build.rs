//! Loading many relationships: intern, collect, then sort once.

use super::adjacency::pair;
use super::attributes::Attributes;
use super::edges::Edges;
use super::names::{NameTable, Names};
use super::{Snapshot, SnapshotError};
use crate::engine::reference::SubjectRef;
use crate::engine::relationship::Relationship;
use crate::engine::schema::{Schema, TypeId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Collects what [`Snapshot::build`] is given.
pub(super) struct Builder {
    /// Without relationships; knows the layout.
    empty: Snapshot,
    names: Vec<NameTable>,
    edges: Vec<Collected>,
}

/// The edges of one kind, unsorted.
#[derive(Default)]
struct Collected {
    pairs: Vec<u64>,
    attributes: FxHashMap<(u32, u32), Attributes>,
}

impl Builder {
    pub(super) fn new(schema: Arc<Schema>, revision: u64) -> Self {
        let empty = Snapshot::empty(schema, revision);
        let names = empty.names.iter().map(|_| NameTable::default()).collect();
        let edges = empty.edges.iter().map(|_| Collected::default()).collect();
        Self {
            empty,
            names,
            edges,
        }
    }

    pub(super) fn add(&mut self, relationship: &Relationship) -> Result<(), SnapshotError> {
        let kind = self.empty.kind_of(relationship)?;
        let attributes = Attributes::of(&self.empty.schema, relationship)?;
        let resource = self.intern(kind.resource_type, relationship.resource.id())?;
        let subject = match &relationship.subject {
            SubjectRef::Wildcard(_) => 0,
            SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
                self.intern(kind.subject_type, object.id())?
            }
        };
        if let Some(edges) = self.edges.get_mut(usize::from(kind.id.0)) {
            edges.pairs.push(pair(resource, subject));
            match attributes {
                Some(found) => drop(edges.attributes.insert((resource, subject), found)),
                // Of duplicates the last counts.
                None if edges.attributes.is_empty() => {}
                None => drop(edges.attributes.remove(&(resource, subject))),
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Snapshot {
        let names = self.names.into_iter().map(Names::from_table).collect();
        let build = |collected: Collected| Edges::build(collected.pairs, collected.attributes);
        let edges = self.edges.into_iter().map(build).collect();
        Snapshot {
            names,
            edges,
            ..self.empty
        }
    }

    fn intern(&mut self, object_type: TypeId, id: &str) -> Result<u32, SnapshotError> {
        let names = self.names.get_mut(usize::from(object_type.0));
        names.ok_or(SnapshotError::TooLarge)?.intern(id)
    }
}
