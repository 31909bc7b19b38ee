//! What a new schema no longer has: stored relationships that need it would be orphans.

use std::fmt;

use super::model::{AllowedSubject, MemberKind, Schema, SubjectForm};

/// Something of the old schema that the new one lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// A type, with all its relations.
    Type {
        /// The type's name.
        name: Box<str>,
    },
    /// A relation: gone, or a permission now. Not told of a removed type.
    Relation {
        /// The type's name.
        object_type: Box<str>,
        /// The relation's name.
        relation: Box<str>,
    },
    /// One alternative of a relation that both schemas have.
    AllowedSubject {
        /// The resource's type.
        object_type: Box<str>,
        /// The relation's name.
        relation: Box<str>,
        /// The alternative.
        subject: NamedSubject,
    },
    /// A condition.
    Condition {
        /// The condition's name.
        name: Box<str>,
    },
}

/// [`AllowedSubject`] by name: ids do not outlive their schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSubject {
    /// The subject's type.
    pub subject_type: Box<str>,
    /// Object, wildcard or set.
    pub form: NamedForm,
    /// The condition it had to carry.
    pub condition: Option<Box<str>>,
    /// Whether it had to carry an expiry.
    pub expiration: bool,
}

/// [`SubjectForm`] by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedForm {
    /// `user`
    Object,
    /// `user:*`
    Wildcard,
    /// `team#member`
    Set(Box<str>),
}

/// What `old` has and `new` lacks, in the order of `old`. Ids play no part, only names.
pub fn removed(old: &Schema, new: &Schema) -> Vec<Removal> {
    let mut removals = Vec::new();
    for type_def in old.types() {
        let Some(new_type) = new.type_id(&type_def.name) else {
            removals.push(Removal::Type {
                name: type_def.name.clone(),
            });
            continue;
        };
        for id in &type_def.members {
            let member = old.member(*id);
            let MemberKind::Relation(allowed) = &member.kind else {
                continue;
            };
            let new_kind = new
                .member_id(new_type, &member.name)
                .map(|id| &new.member(id).kind);
            let object_type = type_def.name.clone();
            let relation = member.name.clone();
            if let Some(MemberKind::Relation(new_allowed)) = new_kind {
                let kept: Vec<_> = new_allowed
                    .iter()
                    .map(|subject| named(new, subject))
                    .collect();
                let lost = allowed
                    .iter()
                    .map(|subject| named(old, subject))
                    .filter(|s| !kept.contains(s));
                removals.extend(lost.map(|subject| Removal::AllowedSubject {
                    object_type: object_type.clone(),
                    relation: relation.clone(),
                    subject,
                }));
            } else {
                removals.push(Removal::Relation {
                    object_type,
                    relation,
                });
            }
        }
    }
    let conditions = old
        .conditions()
        .iter()
        .filter(|c| new.condition_id(&c.name).is_none());
    removals.extend(conditions.map(|c| Removal::Condition {
        name: c.name.clone(),
    }));
    removals
}

fn named(schema: &Schema, subject: &AllowedSubject) -> NamedSubject {
    NamedSubject {
        subject_type: schema.type_def(subject.subject_type).name.clone(),
        form: match subject.form {
            SubjectForm::Object => NamedForm::Object,
            SubjectForm::Wildcard => NamedForm::Wildcard,
            SubjectForm::Set(id) => NamedForm::Set(schema.member(id).name.clone()),
        },
        condition: subject
            .condition
            .map(|id| schema.condition(id).name.clone()),
        expiration: subject.expiration,
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { name } => write!(f, "type `{name}`"),
            Self::Relation {
                object_type,
                relation,
            } => write!(f, "relation `{object_type}#{relation}`"),
            Self::AllowedSubject {
                object_type,
                relation,
                subject,
            } => {
                write!(
                    f,
                    "subject `{subject}` of relation `{object_type}#{relation}`"
                )
            }
            Self::Condition { name } => write!(f, "caveat `{name}`"),
        }
    }
}

/// As in a schema: `role#member with business_hours and expiration`.
impl fmt::Display for NamedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject_type)?;
        match &self.form {
            NamedForm::Object => {}
            NamedForm::Wildcard => f.write_str(":*")?,
            NamedForm::Set(relation) => write!(f, "#{relation}")?,
        }
        match (&self.condition, self.expiration) {
            (None, false) => Ok(()),
            (None, true) => f.write_str(" with expiration"),
            (Some(condition), false) => write!(f, " with {condition}"),
            (Some(condition), true) => write!(f, " with {condition} and expiration"),
        }
    }
}

impl Schema {
    /// An allowed subject as it is written in the schema.
    pub fn describe(&self, subject: &AllowedSubject) -> NamedSubject {
        named(self, subject)
    }
}

#[cfg(test)]
mod tests;
