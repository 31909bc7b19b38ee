//! `permission view: user = …` under `use typechecking`: the annotation names every type that the
//! permission can answer yes for.

use rustc_hash::FxHashSet;

use super::Compiler;
use crate::engine::schema::model::{Expr, MemberId, MemberKind, SubjectForm, TypeId};

impl Compiler<'_, '_, '_> {
    pub(super) fn check_annotations(&mut self) {
        for (id, permission) in self.permissions() {
            if permission.annotation.is_empty() {
                continue;
            }
            let written: Vec<_> = permission
                .annotation
                .iter()
                .map(|name| self.subject_type(name))
                .collect();
            let Some(written) = written.into_iter().collect::<Option<Vec<TypeId>>>() else {
                continue;
            };
            let reached = self.subject_types(id);
            let name = &permission.name;
            for type_id in reached.iter().filter(|type_id| !written.contains(type_id)) {
                let type_name = &self.schema.type_def(*type_id).name;
                let message = format!(
                    "`{}` can hold for a `{type_name}`, which its annotation leaves out",
                    name.text
                );
                self.report
                    .error("annotation-mismatch", name.span, message)
                    .help(format!(
                        "add `| {type_name}` to the annotation, or change the rule"
                    ));
            }
            for (type_id, annotated) in written.iter().zip(&permission.annotation) {
                if !reached.contains(type_id) {
                    let message =
                        format!("`{}` can never hold for a `{}`", name.text, annotated.text);
                    self.report
                        .warning("annotation-unreachable", annotated.span, message)
                        .help("remove it from the annotation");
                }
            }
        }
    }

    /// The types of the objects that a relation or permission can hold for, in the order found.
    /// What an exclusion takes away is counted too.
    fn subject_types(&self, start: MemberId) -> Vec<TypeId> {
        let mut seen = FxHashSet::default();
        let mut open = vec![start];
        let mut types = Vec::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let member = self.schema.member(id);
            match &member.kind {
                MemberKind::Permission(expr) => reach(expr, member.owner, &mut types, &mut open),
                MemberKind::Relation(allowed) => {
                    for subject in allowed {
                        match subject.form {
                            SubjectForm::Set(next) => open.push(next),
                            _ => add(&mut types, subject.subject_type),
                        }
                    }
                }
            }
        }
        types
    }
}

fn reach(expr: &Expr, owner: TypeId, types: &mut Vec<TypeId>, open: &mut Vec<MemberId>) {
    match expr {
        Expr::Union(operands) | Expr::Intersection(operands) => {
            for operand in operands {
                reach(&operand.expr, owner, types, open);
            }
        }
        Expr::Exclusion(left, right) => {
            reach(&left.expr, owner, types, open);
            reach(&right.expr, owner, types, open);
        }
        Expr::Nil => {}
        Expr::SelfRef => add(types, owner),
        Expr::Member(id) => open.push(*id),
        Expr::Arrow(arrow) => open.extend(arrow.targets.iter().map(|(_, target)| *target)),
    }
}

fn add(types: &mut Vec<TypeId>, type_id: TypeId) {
    if !types.contains(&type_id) {
        types.push(type_id);
    }
}
