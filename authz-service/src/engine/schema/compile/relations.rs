//! A relation's allowed subjects.

use super::{Compiler, Source};
use crate::engine::schema::model::{AllowedSubject, ConditionId, MemberKind, SubjectForm, TypeId};
use crate::engine::schema::syntax::{Name, Relation, TypeForm, TypeReference};

impl Compiler<'_, '_, '_> {
    pub(super) fn resolve_relations(&mut self) {
        for (id, source) in self.members() {
            if let Source::Relation(relation) = source {
                let allowed = self.allowed_subjects(relation);
                self.set_kind(id, MemberKind::Relation(allowed));
            }
        }
    }

    fn allowed_subjects(&mut self, relation: &Relation) -> Vec<AllowedSubject> {
        let mut allowed = Vec::with_capacity(relation.types.len());
        for reference in &relation.types {
            let Some(subject) = self.allowed_subject(reference) else {
                continue;
            };
            if allowed.contains(&subject) {
                let message = format!(
                    "relation `{}` allows this subject already",
                    relation.name.text
                );
                self.report
                    .error("duplicate-allowed-type", reference.span, message)
                    .help("remove one of the two");
            } else {
                allowed.push(subject);
            }
        }
        allowed
    }

    fn allowed_subject(&mut self, reference: &TypeReference) -> Option<AllowedSubject> {
        let condition = match &reference.caveat {
            None => Some(None),
            Some(name) => self.condition(name).map(Some),
        };
        let subject_type = self.subject_type(&reference.name)?;
        let form = match &reference.form {
            TypeForm::Object => SubjectForm::Object,
            TypeForm::Wildcard => SubjectForm::Wildcard,
            TypeForm::Set(relation) => SubjectForm::Set(self.member(subject_type, relation)?),
        };
        Some(AllowedSubject {
            subject_type,
            form,
            condition: condition?,
            expiration: reference.expiration,
        })
    }

    /// Finds a type, or says that there is none.
    pub(super) fn subject_type(&mut self, name: &Name) -> Option<TypeId> {
        let found = self.schema.type_id(&name.text);
        if found.is_none() {
            let message = format!("there is no type `{}`", name.text);
            let nearest = (!self.report.is_full())
                .then(|| self.schema.suggest_type(&name.text))
                .flatten();
            self.report
                .error("unknown-type", name.span, message)
                .did_you_mean(nearest);
        }
        found
    }

    fn condition(&mut self, name: &Name) -> Option<ConditionId> {
        let found = self.schema.condition_id(&name.text);
        if found.is_some() {
            return found;
        }
        let message = format!("there is no caveat `{}`", name.text);
        let nearest = (!self.report.is_full())
            .then(|| self.schema.suggest_condition(&name.text))
            .flatten();
        let error = self.report.error("unknown-caveat", name.span, message);
        error.did_you_mean(nearest);
        if &*name.text == "expiration" {
            error.help("`with expiration` needs the line `use expiration` at the top");
        }
        None
    }
}
