//! The type rules of a relationship: what a schema lets be written.

mod error;

pub use error::RelationshipError;

use super::model::{
    AllowedSubject, ConditionId, Member, MemberId, MemberKind, Schema, SubjectForm, TypeId,
};
use crate::engine::reference::{SubjectPart, SubjectRef};
use crate::engine::relationship::{ConditionUse, Relationship};

/// The ids of a relationship that the schema allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidRelationship {
    /// The resource's type.
    pub resource_type: TypeId,
    /// A relation of it.
    pub relation: MemberId,
    /// The subject's type.
    pub subject_type: TypeId,
    /// Object, wildcard or set.
    pub subject_form: SubjectForm,
    /// The condition that it carries.
    pub condition: Option<ConditionId>,
}

impl Schema {
    /// Holds a relationship to the type rules, its condition's values included.
    ///
    /// A relationship matches exactly one of its relation's allowed subjects, traits included: a
    /// relation that allows only `user with tz` refuses a bare `user`.
    ///
    /// # Errors
    /// See [`RelationshipError`]: each names what was refused and what is allowed instead.
    pub fn validate(&self, written: &Relationship) -> Result<ValidRelationship, RelationshipError> {
        let (resource_type, relation) =
            self.require_relation(written.resource.object_type(), &written.relation)?;
        let member = self.member(relation);
        let allowed = match &member.kind {
            MemberKind::Relation(allowed) => allowed.as_slice(),
            MemberKind::Permission(_) => &[],
        };
        let (subject_type, subject_form) = self.known_subject(&written.subject)?;
        let condition = written
            .condition
            .as_ref()
            .map(|used| self.known_condition(used))
            .transpose()?;
        let subject = AllowedSubject {
            subject_type,
            form: subject_form,
            condition,
            expiration: written.expires_at_us.is_some(),
        };
        if !allowed.contains(&subject) {
            return Err(self.subject_refused(member, allowed, &subject));
        }
        check_expiry(written.expires_at_us)?;
        if let (Some(id), Some(used)) = (condition, &written.condition) {
            self.condition(id).check_written(&used.context)?;
        }
        Ok(ValidRelationship {
            resource_type,
            relation,
            subject_type,
            subject_form,
            condition,
        })
    }

    /// The type of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn require_type(&self, name: &str) -> Result<TypeId, RelationshipError> {
        self.type_id(name)
            .ok_or_else(|| RelationshipError::UnknownType {
                name: name.into(),
                nearest: self.suggest_type(name).map(Into::into),
            })
    }

    /// The type, and the relation of this name that it has.
    ///
    /// # Errors
    /// There is no such type, it has nothing of that name, or a permission.
    pub fn require_relation(
        &self,
        object_type: &str,
        name: &str,
    ) -> Result<(TypeId, MemberId), RelationshipError> {
        let owner = self.require_type(object_type)?;
        let id = self.known_member(owner, name)?;
        match self.member(id).kind {
            MemberKind::Relation(_) => Ok((owner, id)),
            MemberKind::Permission(_) => Err(self.permission_refused(self.member(id))),
        }
    }

    /// Whether some type has a relation of this name.
    pub fn has_relation(&self, name: &str) -> bool {
        let mut members = self.members().iter();
        members.any(|one| *one.name == *name && matches!(one.kind, MemberKind::Relation(_)))
    }

    /// Whether the type of a subject is there; of a set, also what it is a set of.
    ///
    /// # Errors
    /// It is not.
    pub fn require_subject(&self, subject: &SubjectRef) -> Result<(), RelationshipError> {
        self.known_subject(subject).map(drop)
    }

    fn known_member(&self, owner: TypeId, name: &str) -> Result<MemberId, RelationshipError> {
        self.member_id(owner, name)
            .ok_or_else(|| RelationshipError::UnknownRelation {
                object_type: self.type_def(owner).name.clone(),
                name: name.into(),
                nearest: self.suggest_member(owner, name).map(Into::into),
            })
    }

    fn known_subject(
        &self,
        subject: &SubjectRef,
    ) -> Result<(TypeId, SubjectForm), RelationshipError> {
        let parts = subject.parts();
        let subject_type = self.require_type(parts.subject_type)?;
        let form = match parts.form {
            SubjectPart::Object(_) => SubjectForm::Object,
            SubjectPart::Wildcard => SubjectForm::Wildcard,
            SubjectPart::Set(_, relation) => {
                SubjectForm::Set(self.known_member(subject_type, relation)?)
            }
        };
        Ok((subject_type, form))
    }

    fn known_condition(&self, used: &ConditionUse) -> Result<ConditionId, RelationshipError> {
        self.condition_id(&used.name)
            .ok_or_else(|| RelationshipError::UnknownCondition {
                name: used.name.clone(),
                nearest: self.suggest_condition(&used.name).map(Into::into),
            })
    }

    fn permission_refused(&self, member: &Member) -> RelationshipError {
        let owner = self.type_def(member.owner);
        let relations = owner.members.iter().map(|id| self.member(*id));
        let relations = relations.filter(|m| matches!(m.kind, MemberKind::Relation(_)));
        RelationshipError::Permission {
            object_type: owner.name.clone(),
            name: member.name.clone(),
            relations: relations.map(|member| member.name.clone()).collect(),
        }
    }

    fn subject_refused(
        &self,
        member: &Member,
        allowed: &[AllowedSubject],
        refused: &AllowedSubject,
    ) -> RelationshipError {
        RelationshipError::SubjectNotAllowed {
            object_type: self.type_def(member.owner).name.clone(),
            relation: member.name.clone(),
            refused: self.describe(refused),
            allowed: allowed
                .iter()
                .map(|subject| self.describe(subject))
                .collect(),
        }
    }
}

fn check_expiry(expires_at_us: Option<i64>) -> Result<(), RelationshipError> {
    let calendar = Relationship::MIN_EXPIRY_US..=Relationship::MAX_EXPIRY_US;
    match expires_at_us {
        Some(expires_at_us) if !calendar.contains(&expires_at_us) => {
            Err(RelationshipError::ExpiryOutOfRange { expires_at_us })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
