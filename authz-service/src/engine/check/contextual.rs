//! Relationships that hold for one question: a small overlay, and names that only it knows.

use super::error::{CheckError, MAX_CONTEXTUAL_RELATIONSHIPS};
use crate::engine::reference::SubjectRef;
use crate::engine::relationship::Relationship;
use crate::engine::schema::{RelationshipError, TypeId, ValidRelationship};
use crate::engine::snapshot::{Attributes, Edge, KindId, Node, Snapshot};

/// The contextual relationships of a question, as numbers.
#[derive(Debug, Default)]
pub(crate) struct Contextual<'a> {
    /// Sorted by kind, resource, subject; one entry each.
    edges: Vec<ContextualEdge>,
    /// Objects that the snapshot has not heard of, numbered down from the highest number.
    strangers: Vec<(TypeId, &'a str)>,
}

#[derive(Debug)]
struct ContextualEdge {
    key: (KindId, u32, u32),
    attributes: Option<Attributes>,
}

impl<'a> Contextual<'a> {
    /// Takes them under the same rules as stored relationships. One that is given twice must say the
    /// same both times.
    pub(crate) fn new(
        snapshot: &Snapshot,
        relationships: &'a [Relationship],
    ) -> Result<Self, CheckError> {
        let given = relationships.len();
        if given > MAX_CONTEXTUAL_RELATIONSHIPS {
            return Err(CheckError::TooManyContextual { given });
        }
        let mut contextual = Self::default();
        contextual.edges.reserve_exact(given);
        for (position, relationship) in relationships.iter().enumerate() {
            contextual
                .add(snapshot, relationship)
                .map_err(|problem| CheckError::Contextual { position, problem })?;
        }
        contextual.edges.sort_by_key(|edge| edge.key);
        contextual.refuse_contradiction(relationships)?;
        contextual.edges.dedup_by_key(|edge| edge.key);
        Ok(contextual)
    }

    fn refuse_contradiction(&self, given: &[Relationship]) -> Result<(), CheckError> {
        let contradicts = |pair: &[ContextualEdge]| match pair {
            [one, other] => one.key == other.key && one.attributes != other.attributes,
            _ => false,
        };
        if !self.edges.windows(2).any(contradicts) {
            return Ok(());
        }
        let found = given.iter().enumerate().find_map(|(position, one)| {
            let before = given.get(..position)?;
            let first = before
                .iter()
                .position(|other| one.is_same(other) && one != other)?;
            Some((first, position))
        });
        // INVARIANT: edges of one key come from relationships of one identity.
        let (first, position) = found.unwrap_or_default();
        Err(CheckError::Contradiction { first, position })
    }

    /// The object's number, one of the question's own if the snapshot has none.
    pub(crate) fn node(&mut self, snapshot: &Snapshot, object_type: TypeId, id: &'a str) -> Node {
        let index = snapshot.find_object(object_type, id);
        let index = index.unwrap_or_else(|| self.stranger(object_type, id));
        Node { object_type, index }
    }

    /// The name behind a number that the snapshot does not have.
    pub(crate) fn stranger_id(&self, index: u32) -> Option<&'a str> {
        let position = (u32::MAX - index) as usize;
        self.strangers.get(position).map(|(_, id)| *id)
    }

    /// How many objects only this question knows.
    pub(crate) fn strangers(&self) -> usize {
        self.strangers.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The contextual edge between two objects.
    pub(crate) fn get(&self, kind: KindId, resource: u32, subject: u32) -> Option<Edge<'_>> {
        let key = (kind, resource, subject);
        let position = self
            .edges
            .binary_search_by_key(&key, |edge| edge.key)
            .ok()?;
        let edge = self.edges.get(position)?;
        Some(Edge {
            other: subject,
            attributes: edge.attributes.as_ref(),
        })
    }

    /// The contextual edges of a resource.
    pub(crate) fn subjects(&self, kind: KindId, resource: u32) -> SubjectsIter<'_> {
        let start = self
            .edges
            .partition_point(|edge| edge.key < (kind, resource, 0));
        let rest = self.edges.get(start..).unwrap_or_default();
        let end = rest.partition_point(|edge| edge.key <= (kind, resource, u32::MAX));
        SubjectsIter(rest.get(..end).unwrap_or_default().iter())
    }

    fn add(
        &mut self,
        snapshot: &Snapshot,
        given: &'a Relationship,
    ) -> Result<(), RelationshipError> {
        let valid = snapshot.schema().validate(given)?;
        let ValidRelationship {
            relation,
            subject_type,
            subject_form,
            condition,
            ..
        } = valid;
        let Some(kind) = snapshot.layout().kind(relation, subject_type, subject_form) else {
            // INVARIANT: the layout has a kind for every subject that the schema allows.
            return Ok(());
        };
        let attributes = Attributes::new(condition, given);
        let resource = self.node(snapshot, kind.resource_type, given.resource.id());
        let subject = match &given.subject {
            SubjectRef::Wildcard(_) => 0,
            SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
                self.node(snapshot, kind.subject_type, object.id()).index
            }
        };
        self.edges.push(ContextualEdge {
            key: (kind.id, resource.index, subject),
            attributes,
        });
        Ok(())
    }

    fn stranger(&mut self, object_type: TypeId, id: &'a str) -> u32 {
        let known = self
            .strangers
            .iter()
            .position(|known| *known == (object_type, id));
        let position = known.unwrap_or_else(|| {
            self.strangers.push((object_type, id));
            self.strangers.len() - 1
        });
        // INVARIANT: at most 512 + 202 strangers, and the snapshot leaves the top 1,024 numbers free.
        u32::MAX - u32::try_from(position).unwrap_or(0)
    }
}

/// Iterates over the contextual edges of one resource.
#[derive(Debug, Default)]
pub(crate) struct SubjectsIter<'a>(std::slice::Iter<'a, ContextualEdge>);

impl<'a> Iterator for SubjectsIter<'a> {
    type Item = Edge<'a>;

    #[inline]
    fn next(&mut self) -> Option<Edge<'a>> {
        let ContextualEdge { key, attributes } = self.0.next()?;
        Some(Edge {
            other: key.2,
            attributes: attributes.as_ref(),
        })
    }
}
