//! Which parts of a permission failed, in the words of the three questions.
//!
//! A permission is an intersection at its top: access, function and data, less the restrictions.
//! Parts that are intersections themselves, and have no layer of their own, are opened.

mod describe;
#[cfg(test)]
mod tests;

use super::budget::{Budget, Timer};
use super::check::scope::{Scope, State};
use super::check::truth::Truth;
use super::check::walk::Walk;
use super::check::{CheckError, Question};
use super::schema::{Expr, Layer, MemberId, MemberKind};
use super::snapshot::Snapshot;

/// What stood in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// Every part that failed, in the order of the schema. Empty where the answer is an allow.
    pub failed: Vec<FailedOperand>,
    /// The first layer that failed, in the order access, function, data, restriction.
    pub layer: Option<Layer>,
}

/// One part of a permission that failed, or a restriction that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedOperand {
    /// Which question it answers, where the schema says so.
    pub layer: Option<Layer>,
    /// What the subject would have to hold (of a restriction: must not hold):
    /// `module:customers#reader`, `customer:42#reach_read`.
    pub missing: String,
    /// How a refused person asks for it, where the schema says so.
    pub ask: Option<Box<str>>,
}

/// Says which top-level parts of the asked permission failed, all of them in one go. Where none
/// failed for sure, it names those that wait for values of conditions.
///
/// # Errors
/// As [`check`](super::check::check).
pub fn explain_denial(
    snapshot: &Snapshot,
    question: &Question<'_>,
    now_us: i64,
    budget: &Budget,
) -> Result<Denial, CheckError> {
    let (asked, facts) = question.resolve(snapshot, now_us)?;
    let timer = Timer::new(budget);
    let scope = Scope::new(facts, asked.subject, question.context, budget, &timer);
    let mut search = Search {
        scope: &scope,
        walk: Walk::new(&scope),
        opened: vec![],
        found: vec![],
    };
    search.member(asked.state())?;
    Ok(search.into_denial())
}

struct Search<'s> {
    scope: &'s Scope<'s>,
    walk: Walk<'s>,
    /// Permissions that were opened, so that one that names itself ends.
    opened: Vec<MemberId>,
    found: Vec<Found>,
}

struct Found {
    operand: FailedOperand,
    is_sure: bool,
}

impl<'s> Search<'s> {
    fn member(&mut self, at: State) -> Result<(), CheckError> {
        let scope = self.scope;
        self.opened.push(at.member);
        match &scope.member(at.member).kind {
            MemberKind::Permission(expr) => self.part(at, expr, None),
            MemberKind::Relation(_) => {
                let truth = self.walk.answer(at)?;
                self.note(truth, at, &Expr::Member(at.member), None);
                Ok(())
            }
        }
    }

    fn part(&mut self, at: State, expr: &'s Expr, layer: Option<Layer>) -> Result<(), CheckError> {
        match expr {
            Expr::Intersection(operands) => operands
                .iter()
                .try_for_each(|operand| self.part(at, &operand.expr, operand.layer)),
            Expr::Exclusion(kept, taken) => {
                self.part(at, &kept.expr, kept.layer)?;
                // A restriction that only may apply is enough to stand in the way.
                if self.walk.answer_part(at, &taken.expr)? != Truth::No {
                    self.note(Truth::No, at, &taken.expr, Some(Layer::Restriction));
                }
                Ok(())
            }
            Expr::Member(member) if layer.is_none() && self.opens(*member) => self.member(State {
                member: *member,
                ..at
            }),
            _ => {
                let truth = self.walk.answer_part(at, expr)?;
                self.note(truth, at, expr, layer);
                Ok(())
            }
        }
    }

    /// Whether a permission is itself made of parts that each have to hold.
    fn opens(&self, member: MemberId) -> bool {
        let kind = &self.scope.member(member).kind;
        let is_made_of_parts = matches!(
            kind,
            MemberKind::Permission(Expr::Intersection(_) | Expr::Exclusion(..) | Expr::Member(_))
        );
        is_made_of_parts && !self.opened.contains(&member)
    }

    fn note(&mut self, truth: Truth, at: State, expr: &Expr, layer: Option<Layer>) {
        if truth != Truth::Yes {
            let operand = describe::operand(self.scope, at, expr, layer);
            self.found.push(Found {
                operand,
                is_sure: truth == Truth::No,
            });
        }
    }

    fn into_denial(self) -> Denial {
        let some_are_sure = self.found.iter().any(|found| found.is_sure);
        let failed = self
            .found
            .into_iter()
            .filter(|found| found.is_sure || !some_are_sure);
        let failed: Vec<_> = failed.map(|found| found.operand).collect();
        let layer = failed.iter().filter_map(|operand| operand.layer).min();
        Denial { failed, layer }
    }
}
