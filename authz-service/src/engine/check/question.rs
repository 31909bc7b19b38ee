//! A question, and its names turned into numbers.

use super::contextual::Contextual;
use super::error::CheckError;
use super::facts::Facts;
use super::scope::State;
use crate::engine::reference::{SubjectPart, split_object, split_subject};
use crate::engine::relationship::{Context, Relationship};
use crate::engine::schema::{MemberId, TypeId};
use crate::engine::snapshot::{Node, Snapshot, Subject};

/// May `subject` do `permission` to `resource`?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// `user:alice`, `role:sales_rep#member`; not a wildcard.
    pub subject: &'a str,
    /// A permission or relation of the resource's type.
    pub permission: &'a str,
    /// `customer:42`; an id that nobody has heard of is legal, and denied.
    pub resource: &'a str,
    /// Relationships that hold for this question as if they were stored; at most 100.
    pub contextual: &'a [Relationship],
    /// Values for conditions.
    pub context: &'a Context,
}

/// Subject, permission and resource as numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) subject: Subject,
    pub(crate) permission: MemberId,
    pub(crate) resource: Node,
}

impl Asked {
    pub(crate) fn state(&self) -> State {
        State {
            member: self.permission,
            object: self.resource.index,
        }
    }
}

impl<'a> Question<'a> {
    /// Looks up every name. The [`Facts`] are what the question is answered from.
    pub(crate) fn resolve(
        &self,
        snapshot: &'a Snapshot,
        now_us: i64,
    ) -> Result<(Asked, Facts<'a>), CheckError> {
        let mut contextual = Contextual::new(snapshot, self.contextual)?;
        let asked = self.asked(snapshot, &mut contextual)?;
        Ok((asked, Facts::new(snapshot, contextual, now_us)))
    }

    pub(crate) fn asked(
        &self,
        snapshot: &Snapshot,
        contextual: &mut Contextual<'a>,
    ) -> Result<Asked, CheckError> {
        let (resource_type_name, resource_id) = split_object(self.resource)?;
        let resource_type = find_type(snapshot, resource_type_name)?;
        let permission = find_member(snapshot, resource_type, self.permission)?;
        let subject = resolve_subject(snapshot, contextual, self.subject)?;
        let resource = contextual.node(snapshot, resource_type, resource_id);
        Ok(Asked {
            subject,
            permission,
            resource,
        })
    }
}

/// Parses and looks up a subject; one that nobody has heard of gets a number of its own.
pub(crate) fn resolve_subject<'a>(
    snapshot: &Snapshot,
    contextual: &mut Contextual<'a>,
    text: &'a str,
) -> Result<Subject, CheckError> {
    let parts = split_subject(text)?;
    let subject_type = find_type(snapshot, parts.subject_type)?;
    let (id, member) = match parts.form {
        SubjectPart::Wildcard => return Err(CheckError::WildcardSubject(text.to_owned())),
        SubjectPart::Object(id) => (id, None),
        SubjectPart::Set(id, member) => (id, Some(find_member(snapshot, subject_type, member)?)),
    };
    Ok(Subject {
        node: contextual.node(snapshot, subject_type, id),
        member,
    })
}

pub(crate) fn find_type(snapshot: &Snapshot, name: &str) -> Result<TypeId, CheckError> {
    let schema = snapshot.schema();
    schema.type_id(name).ok_or_else(|| CheckError::UnknownType {
        name: name.into(),
        suggestion: schema.suggest_type(name).map(Into::into),
    })
}

pub(crate) fn find_member(
    snapshot: &Snapshot,
    object_type: TypeId,
    name: &str,
) -> Result<MemberId, CheckError> {
    let schema = snapshot.schema();
    schema
        .member_id(object_type, name)
        .ok_or_else(|| CheckError::UnknownMember {
            object_type: schema.type_def(object_type).name.clone(),
            name: name.into(),
            suggestion: schema.suggest_member(object_type, name).map(Into::into),
        })
}
