//! The meaning of relations and expressions, whoever provides the values they depend on.
//!
//! A condition that fails to be evaluated is a maybe, so that the order of operands never decides
//! between an answer and an error: only a maybe that nothing else settles is looked into, and told
//! as the error that it is.

use super::scope::{Scope, State, Stop};
use super::truth::Truth;
use crate::engine::schema::{Arrow, Expr, MemberId, MemberKind, Operand, Quantifier, SubjectForm};
use crate::engine::snapshot::{Edge, Kind};
use smallvec::SmallVec;

/// Provides the value of other states: by recursion, or from a table.
pub(crate) trait Resolve<'s> {
    fn scope(&self) -> &'s Scope<'s>;
    fn value(&mut self, state: State) -> Result<Truth, Stop>;
}

/// Whether the subject has the relation or permission.
pub(crate) fn state<'s, R: Resolve<'s>>(resolve: &mut R, state: State) -> Result<Truth, Stop> {
    match &resolve.scope().member(state.member).kind {
        MemberKind::Relation(_) => relation(resolve, state),
        MemberKind::Permission(expr) => expression(resolve, state, expr),
    }
}

/// Whether the subject has what `expr`, a part of the permission `at`, says.
pub(crate) fn expression<'s, R: Resolve<'s>>(
    resolve: &mut R,
    at: State,
    expr: &'s Expr,
) -> Result<Truth, Stop> {
    match expr {
        Expr::Nil => Ok(Truth::No),
        Expr::SelfRef => Ok(resolve.scope().is_object_itself(at)),
        Expr::Member(member) => resolve.value(State {
            member: *member,
            ..at
        }),
        Expr::Arrow(arrow) => match arrow.quantifier {
            Quantifier::Any => any(resolve, at.object, arrow),
            Quantifier::All => all(resolve, at.object, arrow),
        },
        Expr::Union(operands) => union(resolve, at, operands),
        Expr::Intersection(operands) => intersection(resolve, at, operands),
        Expr::Exclusion(kept, taken) => {
            let kept = expression(resolve, at, &kept.expr)?;
            if kept == Truth::No {
                return Ok(Truth::No);
            }
            let taken = expression(resolve, at, &taken.expr)?;
            Ok(kept.and(taken.negated()))
        }
    }
}

/// The subject itself first, without a condition before under one; then the sets that it may be in.
fn relation<'s, R: Resolve<'s>>(resolve: &mut R, state: State) -> Result<Truth, Stop> {
    let scope = resolve.scope();
    let mut conditional = SmallVec::<[Edge<'_>; 4]>::new();
    for kind in scope.kinds_of(state.member) {
        let Some(edge) = scope.direct_edge(*kind, state.object) else {
            continue;
        };
        if edge.condition().is_none() {
            return Ok(Truth::Yes);
        }
        conditional.push(edge);
    }
    let mut best = Truth::No;
    for edge in &conditional {
        best = best.or(scope.condition(edge)?);
        if best == Truth::Yes {
            return Ok(best);
        }
    }
    for kind in scope.kinds_of(state.member) {
        let SubjectForm::Set(member) = kind.form else {
            continue;
        };
        for edge in scope.facts.subjects(kind.id, state.object) {
            let holder = State {
                member,
                object: edge.other,
            };
            best = best.or(through(resolve, &edge, holder)?);
            if best == Truth::Yes {
                return Ok(best);
            }
        }
    }
    Ok(best)
}

fn any<'s, R: Resolve<'s>>(resolve: &mut R, object: u32, arrow: &Arrow) -> Result<Truth, Stop> {
    let scope = resolve.scope();
    let mut best = Truth::No;
    for kind in scope.kinds_of(arrow.relation) {
        let Some(member) = target(arrow, *kind) else {
            continue;
        };
        for edge in scope.facts.subjects(kind.id, object) {
            let holder = State {
                member,
                object: edge.other,
            };
            best = best.or(through(resolve, &edge, holder)?);
            if best == Truth::Yes {
                return Ok(best);
            }
        }
    }
    Ok(best)
}

fn all<'s, R: Resolve<'s>>(resolve: &mut R, object: u32, arrow: &Arrow) -> Result<Truth, Stop> {
    let scope = resolve.scope();
    let mut worst = None;
    for kind in scope.kinds_of(arrow.relation) {
        for edge in scope.facts.subjects(kind.id, object) {
            let Some(member) = target(arrow, *kind) else {
                return Ok(Truth::No);
            };
            let holder = State {
                member,
                object: edge.other,
            };
            let truth = through(resolve, &edge, holder)?;
            if truth == Truth::No {
                return Ok(Truth::No);
            }
            worst = Some(worst.map_or(truth, |worst: Truth| worst.and(truth)));
        }
    }
    Ok(worst.unwrap_or(Truth::No))
}

/// Whether an edge leads to an object on which the subject has what is asked there.
fn through<'s, R: Resolve<'s>>(
    resolve: &mut R,
    edge: &Edge<'_>,
    holder: State,
) -> Result<Truth, Stop> {
    resolve.scope().spend_edge()?;
    let held = resolve.value(holder)?;
    if held == Truth::No || edge.attributes.is_none() {
        return Ok(held);
    }
    Ok(held.and(resolve.scope().condition(edge)?))
}

fn union<'s, R: Resolve<'s>>(
    resolve: &mut R,
    at: State,
    operands: &'s [Operand],
) -> Result<Truth, Stop> {
    let mut best = Truth::No;
    for operand in operands {
        best = best.or(expression(resolve, at, &operand.expr)?);
        if best == Truth::Yes {
            break;
        }
    }
    Ok(best)
}

fn intersection<'s, R: Resolve<'s>>(
    resolve: &mut R,
    at: State,
    operands: &'s [Operand],
) -> Result<Truth, Stop> {
    let mut worst = Truth::Yes;
    for operand in operands {
        worst = worst.and(expression(resolve, at, &operand.expr)?);
        if worst == Truth::No {
            break;
        }
    }
    Ok(worst)
}

/// What an arrow asks of one kind of subject. Arrows walk objects, and wildcards are none.
pub(crate) fn target(arrow: &Arrow, kind: Kind) -> Option<MemberId> {
    if kind.form == SubjectForm::Wildcard {
        return None;
    }
    let mut targets = arrow.targets.iter();
    targets
        .find(|(subject_type, _)| *subject_type == kind.subject_type)
        .map(|(_, id)| *id)
}
