//! What a question is answered from: a snapshot, the contextual relationships, and the time.

use super::contextual::{Contextual, SubjectsIter};
use crate::engine::reference::ObjectRef;
use crate::engine::schema::TypeId;
use crate::engine::snapshot::{Edge, EdgesIter, Kind, KindId, Node, Snapshot};

/// Stored relationships, replaced and joined by contextual ones, without the expired.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) snapshot: &'a Snapshot,
    contextual: Contextual<'a>,
    now_us: i64,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, contextual: Contextual<'a>, now_us: i64) -> Self {
        Self {
            snapshot,
            contextual,
            now_us,
        }
    }

    /// The edge between two objects, if it is there now.
    #[inline]
    pub(crate) fn edge(&self, kind: Kind, resource: u32, subject: u32) -> Option<Edge<'_>> {
        let edge = if self.contextual.is_empty() {
            self.snapshot.edges(kind.id).get(resource, subject)?
        } else {
            let contextual = self.contextual.get(kind.id, resource, subject);
            contextual.or_else(|| self.snapshot.edges(kind.id).get(resource, subject))?
        };
        self.is_current(&edge).then_some(edge)
    }

    /// The edges of a resource that are there now.
    #[inline]
    pub(crate) fn subjects(&self, kind: KindId, resource: u32) -> Subjects<'_> {
        let contextual = if self.contextual.is_empty() {
            SubjectsIter::default()
        } else {
            self.contextual.subjects(kind, resource)
        };
        let stored = self.snapshot.edges(kind).subjects(resource);
        Subjects {
            facts: self,
            kind,
            resource,
            stored,
            contextual,
        }
    }

    /// The edges of a subject that are there now. Contextual relationships are not among them.
    pub(crate) fn resources(&self, kind: KindId, subject: u32) -> impl Iterator<Item = Edge<'_>> {
        self.snapshot
            .edges(kind)
            .resources(subject)
            .filter(|edge| self.is_current(edge))
    }

    /// Every edge of a kind that is there now, with its resource. No contextual ones.
    pub(crate) fn all(&self, kind: KindId) -> impl Iterator<Item = (u32, Edge<'_>)> {
        self.snapshot
            .edges(kind)
            .iter()
            .filter(|(_, edge)| self.is_current(edge))
    }

    /// The object's id, whoever knows it.
    pub(crate) fn id(&self, node: Node) -> &str {
        let stored = self.snapshot.object_id(node.object_type, node.index);
        stored
            .or_else(|| self.contextual.stranger_id(node.index))
            .unwrap_or_default()
    }

    pub(crate) fn object(&self, object_type: TypeId, index: u32) -> Option<ObjectRef> {
        let id = self.id(Node { object_type, index });
        ObjectRef::new(&self.snapshot.schema().type_def(object_type).name, id).ok()
    }

    #[inline]
    fn is_current(&self, edge: &Edge<'_>) -> bool {
        edge.attributes
            .is_none_or(|attributes| !attributes.is_expired(self.now_us))
    }
}

/// Iterates over the edges of one resource.
pub(crate) struct Subjects<'a> {
    facts: &'a Facts<'a>,
    kind: KindId,
    resource: u32,
    stored: EdgesIter<'a>,
    contextual: SubjectsIter<'a>,
}

impl<'a> Iterator for Subjects<'a> {
    type Item = Edge<'a>;

    #[inline]
    fn next(&mut self) -> Option<Edge<'a>> {
        let Self {
            facts,
            kind,
            resource,
            stored,
            contextual,
        } = self;
        let mut current = stored.by_ref().filter(|edge| facts.is_current(edge));
        let mut kept = current.by_ref().filter(|edge| {
            let replaced = &facts.contextual;
            replaced.is_empty() || replaced.get(*kind, *resource, edge.other).is_none()
        });
        kept.next()
            .or_else(|| contextual.find(|edge| facts.is_current(edge)))
    }
}
