//! What rows hold: conditions on the record's own relations.

use super::evaluate::Evaluation;
use super::pair::Pair;
use super::predicate::Predicate;
use super::sources::Held;
use super::{FilterError, trees};
use crate::engine::check::scope::State;
use crate::engine::check::truth::Truth;
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::schema::{AllowedSubject, MemberId, MemberKind, SubjectForm, TypeId};
use crate::engine::snapshot::{Kind, Subject};

impl Evaluation<'_> {
    /// The subject itself, everybody of its type, or a set it is in: `relation IN (…)`.
    pub(super) fn varying_relation(&mut self, relation: MemberId) -> Result<Pair, FilterError> {
        let mut subjects = Vec::new();
        for kind in self.row_kinds(relation) {
            if let SubjectForm::Set(member) = kind.form {
                if self.sources.depends(member) {
                    return Err(self.other_rows(relation, member));
                }
                for (object, truth) in self.holders(member)?.iter() {
                    subjects.extend(self.subject(kind, *object).map(|subject| (subject, *truth)));
                }
            } else if let Some(held) = self.scope.held_as(kind) {
                subjects.extend(
                    self.subject(kind, held)
                        .map(|subject| (subject, Truth::Yes)),
                );
            }
        }
        let name = &self.scope.member(relation).name;
        Ok(Pair::of(subjects, |subjects| {
            Predicate::is_in(name, subjects)
        }))
    }

    /// Whether a fixed subject is, or contains, the subject.
    pub(super) fn fixed_holds(
        &mut self,
        relation: MemberId,
        held: Held,
    ) -> Result<Truth, FilterError> {
        let Subject { node, member } = self.scope.subject;
        let is_held = match held.form {
            SubjectForm::Object => member.is_none() && held.node == node,
            SubjectForm::Wildcard => member.is_none() && held.node.object_type == node.object_type,
            SubjectForm::Set(set) => {
                if self.sources.depends(set) {
                    return Err(self.other_rows(relation, set));
                }
                let state = State {
                    member: set,
                    object: held.node.index,
                };
                return Ok(self.walk.answer(state)?);
            }
        };
        Ok(if is_held { Truth::Yes } else { Truth::No })
    }

    /// The record's relation leads to an object of this type where the subject holds the target.
    pub(super) fn varying_walk(
        &mut self,
        relation: MemberId,
        object_type: TypeId,
        target: MemberId,
    ) -> Result<Pair, FilterError> {
        if self.sources.depends(target) {
            let found = self.member_of_other(target)?;
            let type_name = &self
                .scope
                .facts
                .snapshot
                .schema()
                .type_def(object_type)
                .name;
            return Ok(found.via(&self.scope.member(relation).name, type_name));
        }
        let held = self.holders(target)?;
        let forms: Vec<SubjectForm> = self.row_forms(relation, object_type);
        let pair = Pair::of(held.to_vec(), |objects| {
            self.leads_to(relation, object_type, target, &forms, &objects)
        });
        Ok(pair)
    }

    /// The kinds of subject that a row may hold: those without condition and expiry.
    pub(super) fn row_kinds(&self, relation: MemberId) -> Vec<Kind> {
        let MemberKind::Relation(allowed) = &self.scope.member(relation).kind else {
            return Vec::new();
        };
        let is_plain = |kind: &&Kind| {
            allowed.contains(&AllowedSubject {
                subject_type: kind.subject_type,
                form: kind.form,
                condition: None,
                expiration: false,
            })
        };
        self.scope
            .kinds_of(relation)
            .iter()
            .filter(is_plain)
            .copied()
            .collect()
    }

    /// The types of object that a row may lead to, each once.
    pub(super) fn row_types(&self, relation: MemberId) -> Vec<TypeId> {
        let kinds = self.row_kinds(relation);
        let walked = kinds
            .iter()
            .filter(|kind| kind.form != SubjectForm::Wildcard);
        let mut types: Vec<_> = walked.map(|kind| kind.subject_type).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    fn row_forms(&self, relation: MemberId, object_type: TypeId) -> Vec<SubjectForm> {
        let kinds = self.row_kinds(relation).into_iter();
        let walked = kinds
            .filter(|kind| kind.subject_type == object_type && kind.form != SubjectForm::Wildcard);
        walked.map(|kind| kind.form).collect()
    }

    /// `relation IN objects`, by their roots where they are whole trees.
    fn leads_to(
        &self,
        relation: MemberId,
        object_type: TypeId,
        target: MemberId,
        forms: &[SubjectForm],
        objects: &[u32],
    ) -> Predicate {
        let name = &self.scope.member(relation).name;
        let object = |index: &u32| self.scope.facts.object(object_type, *index);
        if forms == [SubjectForm::Object]
            && let Some(trees) = trees::trees(self.scope, target, objects)
        {
            let sorted = |numbers: &[u32]| {
                let mut objects: Vec<ObjectRef> = numbers.iter().filter_map(object).collect();
                objects.sort_unstable();
                objects
            };
            return Predicate::Under {
                relation: name.to_string(),
                roots: sorted(&trees.roots),
                through: self.scope.member(trees.through).name.to_string(),
                members: sorted(objects),
            };
        }
        let as_held = |object: &ObjectRef, form: &SubjectForm| match form {
            SubjectForm::Set(member) => {
                SubjectRef::Set(object.clone(), self.scope.member(*member).name.clone())
            }
            SubjectForm::Object | SubjectForm::Wildcard => SubjectRef::Object(object.clone()),
        };
        let subjects = objects.iter().filter_map(object).flat_map(|object| {
            forms
                .iter()
                .map(|form| as_held(&object, form))
                .collect::<Vec<_>>()
        });
        Predicate::is_in(name, subjects.collect())
    }

    /// The subject of a row as the row would hold it.
    pub(super) fn subject(&self, kind: Kind, index: u32) -> Option<SubjectRef> {
        let schema = self.scope.facts.snapshot.schema();
        let object = || self.scope.facts.object(kind.subject_type, index);
        Some(match kind.form {
            SubjectForm::Wildcard => {
                SubjectRef::Wildcard(schema.type_def(kind.subject_type).name.clone())
            }
            SubjectForm::Object => SubjectRef::Object(object()?),
            SubjectForm::Set(member) => {
                SubjectRef::Set(object()?, schema.member(member).name.clone())
            }
        })
    }
}
