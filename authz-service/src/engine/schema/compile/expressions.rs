//! A permission's expression: its names to ids, its arrows to their targets.

use super::Compiler;
use crate::engine::schema::model::{
    Arrow, Expr, Layer, Member, MemberId, MemberKind, Operand, Quantifier, TypeId,
};
use crate::engine::schema::syntax::{Expression, ExpressionKind, Name, Operator};

/// Deepest expression: what an evaluation's stack bears.
const MAX_DEPTH: usize = 64;

impl Compiler<'_, '_, '_> {
    pub(super) fn resolve_permissions(&mut self) {
        for (id, permission) in self.permissions() {
            let expression = &permission.expression;
            if depth(expression) > MAX_DEPTH {
                let message = format!("the expression is more than {MAX_DEPTH} operators deep");
                self.report
                    .error("expression-too-deep", expression.span, message)
                    .help("give a part of it a permission of its own");
                continue;
            }
            let owner = self.schema.member(id).owner;
            if let Some(operand) = self.operand(owner, expression) {
                self.set_kind(id, MemberKind::Permission(operand.expr));
            }
        }
    }

    fn operand(&mut self, owner: TypeId, expression: &Expression) -> Option<Operand> {
        let bare = |expr| Some(Operand { expr, layer: None });
        match &expression.kind {
            ExpressionKind::Nil => bare(Expr::Nil),
            ExpressionKind::SelfReference => bare(Expr::SelfRef),
            ExpressionKind::Member(text) => {
                let name = Name {
                    text: text.clone(),
                    span: expression.span,
                };
                let id = self.member(owner, &name)?;
                Some(Operand {
                    expr: Expr::Member(id),
                    layer: self.schema.member(id).layer,
                })
            }
            ExpressionKind::Arrow {
                relation,
                quantifier,
                target,
            } => self.arrow(owner, relation, *quantifier, target),
            ExpressionKind::Group(inner) => self.operand(owner, inner),
            ExpressionKind::Chain(operator, operands) => {
                bare(self.chain(owner, *operator, operands)?)
            }
        }
    }

    fn chain(
        &mut self,
        owner: TypeId,
        operator: Operator,
        operands: &[Expression],
    ) -> Option<Expr> {
        // Every operand is looked at before giving up: each may have its own error.
        let operands: Vec<_> = operands
            .iter()
            .map(|operand| self.operand(owner, operand))
            .collect();
        let operands: Option<Vec<Operand>> = operands.into_iter().collect();
        match operator {
            Operator::Union => Some(Expr::Union(operands?)),
            Operator::Intersection => Some(Expr::Intersection(operands?)),
            Operator::Exclusion => operands?
                .into_iter()
                .reduce(|left, right| Operand {
                    expr: Expr::Exclusion(Box::new(left), Box::new(right)),
                    layer: None,
                })
                .map(|operand| operand.expr),
        }
    }

    fn arrow(
        &mut self,
        owner: TypeId,
        relation: &Name,
        quantifier: Quantifier,
        target: &Name,
    ) -> Option<Operand> {
        let id = self.member(owner, relation)?;
        let MemberKind::Relation(allowed) = &self.schema.member(id).kind else {
            let message = format!(
                "`{}` is a permission; an arrow starts from a relation",
                relation.text
            );
            self.report
                .error("arrow-over-permission", relation.span, message)
                .help("name the relation whose subjects the arrow walks to");
            return None;
        };
        let mut targets: Vec<(TypeId, MemberId)> = Vec::new();
        for subject in allowed {
            let subject_type = subject.subject_type;
            if let Some(member) = self.schema.member_id(subject_type, &target.text)
                && !targets.contains(&(subject_type, member))
            {
                targets.push((subject_type, member));
            }
        }
        let layer = self.common_layer(&targets);
        let arrow = Arrow {
            relation: id,
            quantifier,
            target: target.text.clone(),
            targets,
        };
        Some(Operand {
            expr: Expr::Arrow(arrow),
            layer,
        })
    }

    fn common_layer(&self, targets: &[(TypeId, MemberId)]) -> Option<Layer> {
        let mut layers = targets
            .iter()
            .map(|(_, member)| self.schema.member(*member).layer);
        let first = layers.next()??;
        layers.all(|layer| layer == Some(first)).then_some(first)
    }

    /// Finds a relation or permission of a type, or says that there is none.
    pub(super) fn member(&mut self, owner: TypeId, name: &Name) -> Option<MemberId> {
        let found = self.schema.member_id(owner, &name.text);
        if found.is_some() {
            return found;
        }
        let type_name = &self.schema.type_def(owner).name;
        let message = format!(
            "`{type_name}` has no relation or permission `{}`",
            name.text
        );
        let nearest = (!self.report.is_full())
            .then(|| self.schema.suggest_member(owner, &name.text))
            .flatten();
        let error = self.report.error("unknown-relation", name.span, message);
        error.did_you_mean(nearest);
        if &*name.text == "self" {
            error.help("`self` needs the line `use self` at the top");
        }
        None
    }

    /// Whether a member is a relation, and which subjects it allows.
    pub(super) fn is_relation(&self, id: MemberId) -> bool {
        matches!(
            self.schema.member(id),
            Member {
                kind: MemberKind::Relation(_),
                ..
            }
        )
    }
}

/// How deep the compiled expression will be: a chain of exclusions nests to the left.
fn depth(expression: &Expression) -> usize {
    match &expression.kind {
        ExpressionKind::Group(inner) => depth(inner),
        ExpressionKind::Chain(operator, operands) => {
            let last = operands.len().saturating_sub(1);
            let own = operands.iter().enumerate().map(|(at, operand)| {
                let levels = match operator {
                    Operator::Exclusion => (last - at + 1).min(last),
                    _ => 1,
                };
                levels + depth(operand)
            });
            own.max().unwrap_or_default()
        }
        _ => 1,
    }
}
