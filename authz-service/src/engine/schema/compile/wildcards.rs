//! Where a wildcard may not be reached: through a subject relation, and on an arrow's left.

use super::{Compiler, Source};
use crate::engine::schema::model::{MemberId, MemberKind, SubjectForm};
use crate::engine::schema::syntax::{ExpressionKind, Relation, TypeForm};

impl Compiler<'_, '_, '_> {
    pub(super) fn check_wildcards(&mut self) {
        let reached: Vec<Option<String>> = self
            .members()
            .map(|(id, _)| self.reached_wildcard(id))
            .collect();
        for (id, source) in self.members() {
            match source {
                Source::Relation(relation) => self.check_subject_relations(relation, &reached),
                Source::Permission(permission) => {
                    let owner = self.schema.member(id).owner;
                    permission.expression.walk(&mut |expression| {
                        let ExpressionKind::Arrow { relation, .. } = &expression.kind else { return };
                        let id = self.schema.member_id(owner, &relation.text);
                        let Some(wildcard) = id.and_then(|id| found(&reached, id)) else { return };
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

    fn check_subject_relations(&mut self, relation: &Relation, reached: &[Option<String>]) {
        for reference in &relation.types {
            let TypeForm::Set(set) = &reference.form else {
                continue;
            };
            let owner = self.schema.type_id(&reference.name.text);
            let id = owner.and_then(|owner| self.schema.member_id(owner, &set.text));
            let Some(wildcard) = id.and_then(|id| found(reached, id)) else {
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

    /// The first wildcard that a relation allows, itself or through subject relations; permissions
    /// are not looked into.
    fn reached_wildcard(&self, start: MemberId) -> Option<String> {
        let mut seen = vec![start];
        let mut at = 0;
        while let Some(id) = seen.get(at).copied() {
            at += 1;
            let member = self.schema.member(id);
            let MemberKind::Relation(allowed) = &member.kind else {
                continue;
            };
            for subject in allowed {
                match subject.form {
                    SubjectForm::Wildcard => {
                        let subject_type = &self.schema.type_def(subject.subject_type).name;
                        let owner = &self.schema.type_def(member.owner).name;
                        return Some(format!("`{subject_type}:*` of `{owner}#{}`", member.name));
                    }
                    SubjectForm::Set(next) if !seen.contains(&next) => seen.push(next),
                    _ => {}
                }
            }
        }
        None
    }
}

fn found(reached: &[Option<String>], id: MemberId) -> Option<&str> {
    reached.get(usize::from(id.0))?.as_deref()
}
