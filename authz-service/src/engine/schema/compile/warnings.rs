//! What the language allows and its author probably did not mean.

use super::Compiler;
use crate::engine::schema::model::{Expr, MemberId, MemberKind, Quantifier, SubjectForm, TypeId};
use crate::engine::schema::span::Span;
use crate::engine::schema::syntax::{Expression, ExpressionKind, Name};

/// An arrow as written, with what it starts from.
struct Arrow<'e> {
    owner: TypeId,
    relation: &'e Name,
    start: MemberId,
    target: &'e Name,
    span: Span,
    text: String,
}

impl Compiler<'_, '_, '_> {
    pub(super) fn remark(&mut self) {
        for (id, source) in self.members() {
            self.remark_type_in_name(id, source.name());
        }
        for (id, permission) in self.permissions() {
            let owner = self.schema.member(id).owner;
            let taken = self.schema.taken_in_a_circle(id);
            if let Some(taken) = taken {
                self.remark_self_exclusion(&permission.name, taken);
            }
            permission
                .expression
                .walk(&mut |expression| match &expression.kind {
                    ExpressionKind::Member(name)
                        if *name == permission.name.text && taken.is_none() =>
                    {
                        let message =
                            format!("permission `{name}` names itself, which adds nothing to it");
                        self.report
                            .warning("permission-references-itself", expression.span, message)
                            .help("remove it, or name the relation or permission that was meant");
                    }
                    ExpressionKind::Arrow {
                        relation,
                        quantifier,
                        target,
                    } => {
                        let Some(start) = self.schema.member_id(owner, &relation.text) else {
                            return;
                        };
                        let text = match quantifier {
                            Quantifier::Any => format!("{}->{}", relation.text, target.text),
                            Quantifier::All => format!("{}.all({})", relation.text, target.text),
                        };
                        let span = expression.span;
                        self.remark_arrow(&Arrow {
                            owner,
                            relation,
                            start,
                            target,
                            span,
                            text,
                        });
                    }
                    ExpressionKind::Chain(operator, operands) => {
                        for operand in operands {
                            if let ExpressionKind::Chain(inner, _) = &operand.kind {
                                self.remark_mixed(
                                    operator.symbol(),
                                    inner.symbol(),
                                    expression,
                                    operand,
                                );
                            }
                        }
                    }
                    _ => {}
                });
        }
    }

    fn remark_self_exclusion(&mut self, name: &Name, taken: MemberId) {
        let (name_text, taken) = (&name.text, &self.schema.member(taken).name);
        let message = if taken == name_text {
            format!("permission `{name_text}` takes itself away")
        } else {
            format!("permission `{name_text}` takes away `{taken}`, which depends on `{name_text}`")
        };
        self.report
            .warning("permission-excludes-itself", name.span, message)
            .help("a check of it is refused; take away something that does not depend on it");
    }

    fn remark_mixed(&mut self, outer: char, inner: char, whole: &Expression, operand: &Expression) {
        let message =
            format!("`{inner}` binds tighter than `{outer}` here: `+` before `&` before `-`");
        let text = self.schema.text();
        let operand = text
            .get(operand.span.start..operand.span.end)
            .unwrap_or_default();
        let help = format!("write `({operand})` to say that this is meant");
        self.report
            .warning("mixed-operators-without-parentheses", whole.span, message)
            .help(help);
    }

    fn remark_type_in_name(&mut self, id: MemberId, name: &Name) {
        let type_name = &self.schema.type_def(self.schema.member(id).owner).name;
        let last = type_name.rsplit('/').next().unwrap_or_default();
        if name.text.ends_with(last) {
            let what = if self.is_relation(id) {
                "relation"
            } else {
                "permission"
            };
            let message = format!(
                "{what} `{}` repeats the name of its type `{type_name}`",
                name.text
            );
            self.report
                .warning("relation-name-references-parent", name.span, message)
                .help("drop the type from the name");
        }
    }

    fn remark_arrow(&mut self, arrow: &Arrow<'_>) {
        let MemberKind::Relation(allowed) = &self.schema.member(arrow.start).kind else {
            return;
        };
        let mut types: Vec<TypeId> = allowed.iter().map(|subject| subject.subject_type).collect();
        types.dedup();
        let set = allowed.iter().find_map(|subject| match subject.form {
            SubjectForm::Set(member) => Some(member),
            _ => None,
        });
        let (text, relation, target) = (&arrow.text, &arrow.relation.text, &arrow.target.text);
        if !types.is_empty()
            && types
                .iter()
                .all(|t| self.schema.member_id(*t, target).is_none())
        {
            let nearest = types
                .iter()
                .filter(|_| !self.report.is_full())
                .find_map(|t| self.schema.suggest_member(*t, target));
            let message =
                format!("`{text}` never holds: no subject type of `{relation}` has `{target}`");
            self.report
                .warning("arrow-references-unreachable-relation", arrow.span, message)
                .did_you_mean(nearest);
        }
        if let Some(member) = set.map(|set| self.schema.member(set)) {
            let subject_type = &self.schema.type_def(member.owner).name;
            let message = format!(
                "`{text}` walks to the `{subject_type}` itself: the `#{}` of `{relation}` is ignored",
                member.name
            );
            self.report
                .warning("arrow-walks-subject-relation", arrow.span, message)
                .help(format!(
                    "give the arrow a relation of plain `{subject_type}` subjects"
                ));
        }
        for subject_type in types {
            self.remark_bypassed_permission(arrow, subject_type);
        }
    }

    /// An arrow to a relation, where the subject's own type has a permission that grants it and
    /// perhaps more.
    fn remark_bypassed_permission(&mut self, arrow: &Arrow<'_>, subject_type: TypeId) {
        let Some(target) = self.schema.member_id(subject_type, &arrow.target.text) else {
            return;
        };
        if subject_type == arrow.owner || !self.is_relation(target) {
            return;
        }
        let type_def = self.schema.type_def(subject_type);
        let permission = type_def.members.iter().map(|id| self.schema.member(*id)).find(|member| {
            matches!(&member.kind, MemberKind::Permission(expr) if grants(expr, target))
        });
        let Some(permission) = permission else { return };
        let message = format!(
            "`{}` names a relation of `{}`, whose permission `{}` includes it",
            arrow.text, type_def.name, permission.name
        );
        self.report
            .warning("arrow-references-relation", arrow.span, message)
            .help(format!("point the arrow at `{}`", permission.name));
    }
}

/// Whether holding `relation` is enough for `expr`.
fn grants(expr: &Expr, relation: MemberId) -> bool {
    match expr {
        Expr::Member(id) => *id == relation,
        Expr::Union(operands) => operands
            .iter()
            .any(|operand| grants(&operand.expr, relation)),
        _ => false,
    }
}
