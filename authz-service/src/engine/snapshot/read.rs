//! From names to numbers and back.

use super::names::Names;
use super::{Attributes, Edge, Edges, Kind, KindId, Layout, Snapshot, SnapshotError};
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::engine::schema::{MemberId, MemberKind, SubjectForm, TypeId};

impl Snapshot {
    /// How many relationships a relation has, expired ones included. 0 for an unknown one.
    pub fn count(&self, object_type: &str, relation: &str) -> usize {
        let Some(object_type) = self.schema.type_id(object_type) else {
            return 0;
        };
        let Some(relation) = self.schema.member_id(object_type, relation) else {
            return 0;
        };
        self.layout
            .kinds_of(relation)
            .iter()
            .map(|kind| self.edges(kind.id).count())
            .sum()
    }

    /// How many object ids are known, all types together.
    pub fn name_count(&self) -> usize {
        self.names.iter().map(|names| names.len() as usize).sum()
    }

    /// Memory of the base: of the relationships in both directions, and of the object ids.
    pub fn size_bytes(&self) -> (usize, usize) {
        let relationships = self.edges.iter().map(Edges::size_bytes).sum();
        (
            relationships,
            self.names.iter().map(Names::size_bytes).sum(),
        )
    }

    /// A relationship with its condition and expiry, if it is there, expired or not.
    pub fn find(
        &self,
        resource: &ObjectRef,
        relation: &str,
        subject: &SubjectRef,
    ) -> Option<Relationship> {
        let (kind, resource, subject) = self.locate(resource, relation, subject)?;
        let edge = self.edges(kind.id).get(resource, subject)?;
        self.relationship(kind, resource, edge)
    }

    /// Every relationship, in no particular order.
    pub fn relationships(&self) -> impl Iterator<Item = Relationship> + '_ {
        self.layout.kinds.iter().flat_map(move |kind| {
            let edges = self.edges(kind.id).iter();
            edges.filter_map(move |(resource, edge)| self.relationship(*kind, resource, edge))
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    #[inline]
    pub(crate) fn edges(&self, kind: KindId) -> &Edges {
        // INVARIANT: one entry for each kind of the layout.
        self.edges.get(usize::from(kind.0)).unwrap_or(&self.nothing)
    }

    pub(crate) fn find_object(&self, object_type: TypeId, id: &str) -> Option<u32> {
        self.names.get(usize::from(object_type.0))?.find(id)
    }

    pub(crate) fn object_id(&self, object_type: TypeId, index: u32) -> Option<&str> {
        self.names.get(usize::from(object_type.0))?.get(index)
    }

    pub(crate) fn object(&self, object_type: TypeId, index: u32) -> Option<ObjectRef> {
        ObjectRef::new(
            &self.schema.type_def(object_type).name,
            self.object_id(object_type, index)?,
        )
        .ok()
    }

    pub(super) fn intern(&mut self, object_type: TypeId, id: &str) -> Result<u32, SnapshotError> {
        let names = self.names.get_mut(usize::from(object_type.0));
        names.ok_or(SnapshotError::TooLarge)?.intern(id)
    }

    /// The kind that a relationship belongs to.
    pub(crate) fn kind_of(&self, relationship: &Relationship) -> Result<Kind, SnapshotError> {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = relationship;
        let type_id = |name: &str| {
            self.schema
                .type_id(name)
                .ok_or_else(|| SnapshotError::UnknownType(name.into()))
        };
        let resource_type = type_id(resource.object_type())?;
        let relation_id = self.relation_id(resource_type, relation).ok_or_else(|| {
            let object_type = resource.object_type().into();
            SnapshotError::UnknownRelation {
                object_type,
                relation: relation.clone(),
            }
        })?;
        let subject_type = type_id(subject.subject_type())?;
        let form = self.form_of(subject_type, subject);
        let kind = form.and_then(|form| self.layout.kind(relation_id, subject_type, form));
        kind.ok_or_else(|| SnapshotError::SubjectNotAllowed {
            object_type: resource.object_type().into(),
            relation: relation.clone(),
            subject: subject.to_string(),
        })
    }

    /// Kind, resource and subject of a relationship whose names are all known.
    pub(super) fn locate(
        &self,
        resource: &ObjectRef,
        relation: &str,
        subject: &SubjectRef,
    ) -> Option<(Kind, u32, u32)> {
        let resource_type = self.schema.type_id(resource.object_type())?;
        let subject_type = self.schema.type_id(subject.subject_type())?;
        let form = self.form_of(subject_type, subject)?;
        let relation = self.relation_id(resource_type, relation)?;
        let kind = self.layout.kind(relation, subject_type, form)?;
        let resource = self.find_object(resource_type, resource.id())?;
        let subject = match subject {
            SubjectRef::Wildcard(_) => 0,
            SubjectRef::Object(object) | SubjectRef::Set(object, _) => {
                self.find_object(subject_type, object.id())?
            }
        };
        Some((kind, resource, subject))
    }

    fn relation_id(&self, object_type: TypeId, name: &str) -> Option<MemberId> {
        let id = self.schema.member_id(object_type, name)?;
        matches!(self.schema.member(id).kind, MemberKind::Relation(_)).then_some(id)
    }

    fn form_of(&self, subject_type: TypeId, subject: &SubjectRef) -> Option<SubjectForm> {
        Some(match subject {
            SubjectRef::Object(_) => SubjectForm::Object,
            SubjectRef::Wildcard(_) => SubjectForm::Wildcard,
            SubjectRef::Set(_, relation) => {
                SubjectForm::Set(self.schema.member_id(subject_type, relation)?)
            }
        })
    }

    fn relationship(&self, kind: Kind, resource: u32, edge: Edge<'_>) -> Option<Relationship> {
        Some(Relationship {
            resource: self.object(kind.resource_type, resource)?,
            relation: self.schema.member(kind.relation).name.clone(),
            subject: self.subject(kind, edge.other)?,
            condition: edge
                .attributes
                .and_then(|found| found.condition_use(&self.schema)),
            expires_at_us: edge.attributes.and_then(Attributes::expires_at_us),
        })
    }

    /// The subject of an edge as it is written.
    pub(crate) fn subject(&self, kind: Kind, index: u32) -> Option<SubjectRef> {
        Some(match kind.form {
            SubjectForm::Wildcard => {
                SubjectRef::Wildcard(self.schema.type_def(kind.subject_type).name.clone())
            }
            SubjectForm::Object => SubjectRef::Object(self.object(kind.subject_type, index)?),
            SubjectForm::Set(member) => {
                let object = self.object(kind.subject_type, index)?;
                SubjectRef::Set(object, self.schema.member(member).name.clone())
            }
        })
    }
}
