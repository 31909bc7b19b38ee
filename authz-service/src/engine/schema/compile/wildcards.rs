//! Where a wildcard may not be reached: through a subject relation, and on an arrow's left.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::{Compiler, Source};
use crate::engine::schema::model::{MemberId, MemberKind, SubjectForm, TypeId};
use crate::engine::schema::syntax::{ExpressionKind, Relation, TypeForm};

/// By relation: the relation with the wildcard, and the wildcard's type.
type Reached = FxHashMap<MemberId, (MemberId, TypeId)>;

impl Compiler<'_, '_, '_> {
    pub(super) fn check_wildcards(&mut self) {
        let reached = self.reached_wildcards();
        for (id, source) in self.members() {
            match source {
                Source::Relation(relation) => self.check_subject_relations(relation, &reached),
                Source::Permission(permission) => {
                    let owner = self.schema.member(id).owner;
                    permission.expression.walk(&mut |expression| {
                        let ExpressionKind::Arrow { relation, .. } = &expression.kind else { return };
                        let id = self.schema.member_id(owner, &relation.text);
                        let Some(wildcard) = id.and_then(|id| self.wildcard(&reached, id)) else { return };
                        let message = format!(
                            "an arrow cannot start from `{}`: it allows the wildcard {wildcard}",
                            relation.text
                        );
                        self.report
                            .error("wildcard-in-arrow", relation.span, message)
                            .help("a wildcard stands for every object and cannot be walked to: give the arrow a relation without one");
                    });
                }
            }
        }
    }

    fn check_subject_relations(&mut self, relation: &Relation, reached: &Reached) {
        for reference in &relation.types {
            let TypeForm::Set(set) = &reference.form else {
                continue;
            };
            let owner = self.schema.type_id(&reference.name.text);
            let id = owner.and_then(|owner| self.schema.member_id(owner, &set.text));
            let Some(wildcard) = id.and_then(|id| self.wildcard(reached, id)) else {
                continue;
            };
            let message = format!(
                "`{}#{}` reaches the wildcard {wildcard}, which a subject relation may not",
                reference.name.text, set.text
            );
            self.report
                .error("transitive-wildcard", reference.span, message)
                .help("allow the wildcard on this relation itself instead");
        }
    }

    /// For each relation the relation whose wildcard it reaches, itself or through subject
    /// relations; permissions are not looked into.
    fn reached_wildcards(&self) -> Reached {
        let mut containing: FxHashMap<MemberId, Vec<MemberId>> = FxHashMap::default();
        let mut reached = Reached::default();
        let mut open = VecDeque::new();
        for (id, _) in self.members() {
            let MemberKind::Relation(allowed) = &self.schema.member(id).kind else {
                continue;
            };
            for subject in allowed {
                match subject.form {
                    SubjectForm::Set(inner) => containing.entry(inner).or_default().push(id),
                    SubjectForm::Wildcard if !reached.contains_key(&id) => {
                        reached.insert(id, (id, subject.subject_type));
                        open.push_back(id);
                    }
                    _ => {}
                }
            }
        }
        while let Some(inner) = open.pop_front() {
            let Some(source) = reached.get(&inner).copied() else {
                continue;
            };
            for outer in containing.get(&inner).into_iter().flatten() {
                if !reached.contains_key(outer) {
                    reached.insert(*outer, source);
                    open.push_back(*outer);
                }
            }
        }
        reached
    }

    /// "`user:*` of `team#member`"
    fn wildcard(&self, reached: &Reached, id: MemberId) -> Option<String> {
        let (source, subject_type) = reached.get(&id)?;
        let source = self.schema.member(*source);
        let owner = &self.schema.type_def(source.owner).name;
        let subject_type = &self.schema.type_def(*subject_type).name;
        Some(format!("`{subject_type}:*` of `{owner}#{}`", source.name))
    }
}
