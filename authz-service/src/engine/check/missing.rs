//! Which values a conditional answer waits for, or which failure stands behind it.

use super::error::CheckError;
use super::evaluate::target;
use super::scope::{Scope, State};
use super::truth::Truth;
use super::walk::Walk;
use crate::engine::schema::{Expr, MemberKind, SubjectForm};
use crate::engine::snapshot::Edge;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// The names behind every conditional part of a conditional answer, sorted.
///
/// # Errors
/// A condition behind one of them that fails to be evaluated: no value that is missing could help.
pub(crate) fn missing<'s>(
    scope: &'s Scope<'s>,
    walk: &mut Walk<'s>,
    asked: State,
) -> Result<Vec<Box<str>>, CheckError> {
    let seen = FxHashSet::from_iter([asked]);
    let mut search = Search {
        scope,
        walk,
        seen,
        open: vec![asked],
        names: BTreeSet::new(),
    };
    while let Some(state) = search.open.pop() {
        match &scope.member(state.member).kind {
            MemberKind::Relation(_) => search.relation(state)?,
            MemberKind::Permission(expr) => search.expression(state, expr)?,
        }
    }
    Ok(search.names.into_iter().collect())
}

/// Follows what is conditional and only that: what is settled waits for nothing.
struct Search<'w, 's> {
    scope: &'s Scope<'s>,
    walk: &'w mut Walk<'s>,
    seen: FxHashSet<State>,
    open: Vec<State>,
    names: BTreeSet<Box<str>>,
}

impl<'s> Search<'_, 's> {
    fn relation(&mut self, state: State) -> Result<(), CheckError> {
        let scope = self.scope;
        for kind in scope.kinds_of(state.member) {
            if let Some(edge) = scope.direct_edge(*kind, state.object) {
                self.names.extend(scope.missing(&edge)?);
            }
            let SubjectForm::Set(member) = kind.form else {
                continue;
            };
            for edge in scope.facts.subjects(kind.id, state.object) {
                self.edge(
                    &edge,
                    State {
                        member,
                        object: edge.other,
                    },
                )?;
            }
        }
        Ok(())
    }

    fn expression(&mut self, at: State, expr: &'s Expr) -> Result<(), CheckError> {
        match expr {
            Expr::Nil | Expr::SelfRef => Ok(()),
            Expr::Member(member) => self.state(State {
                member: *member,
                ..at
            }),
            Expr::Arrow(arrow) => {
                let scope = self.scope;
                for kind in scope.kinds_of(arrow.relation) {
                    let Some(member) = target(arrow, *kind) else {
                        continue;
                    };
                    for edge in scope.facts.subjects(kind.id, at.object) {
                        self.edge(
                            &edge,
                            State {
                                member,
                                object: edge.other,
                            },
                        )?;
                    }
                }
                Ok(())
            }
            Expr::Union(operands) | Expr::Intersection(operands) => operands
                .iter()
                .try_for_each(|operand| self.part(at, &operand.expr)),
            Expr::Exclusion(kept, taken) => {
                self.part(at, &kept.expr)?;
                self.part(at, &taken.expr)
            }
        }
    }

    fn part(&mut self, at: State, expr: &'s Expr) -> Result<(), CheckError> {
        match self.walk.answer_part(at, expr)? {
            Truth::Maybe => self.expression(at, expr),
            Truth::No | Truth::Yes => Ok(()),
        }
    }

    fn edge(&mut self, edge: &Edge<'s>, holder: State) -> Result<(), CheckError> {
        let held = self.walk.answer(holder)?;
        if held == Truth::No || self.scope.condition(edge)? == Truth::No {
            return Ok(());
        }
        self.names.extend(self.scope.missing(edge)?);
        self.state(holder)
    }

    fn state(&mut self, state: State) -> Result<(), CheckError> {
        if self.walk.answer(state)? == Truth::Maybe && self.seen.insert(state) {
            self.open.push(state);
        }
        Ok(())
    }
}
