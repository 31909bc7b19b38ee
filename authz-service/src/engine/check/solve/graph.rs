//! Which states depend on which, without saying how.

use super::super::evaluate::target;
use super::super::scope::{Scope, State};
use super::super::truth::Truth;
use super::super::walk::Memo;
use crate::engine::check::CheckError;
use crate::engine::schema::{Expr, MemberKind, SubjectForm};
use rustc_hash::FxHashMap;

/// States in the order they were found, each with what it depends on.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    states: Vec<State>,
    positions: FxHashMap<State, u32>,
    /// Hops from the nearest root.
    depths: Vec<u32>,
    /// By position, one more than there are states.
    starts: Vec<usize>,
    dependencies: Vec<Dependency>,
    /// By position: whether its value has to be found.
    open: Vec<bool>,
}

/// An edge of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dependency {
    pub(crate) to: u32,
    /// Through the right side of an exclusion.
    pub(crate) negated: bool,
}

impl Graph {
    /// Collects what the roots depend on. What `memo` knows is a leaf.
    pub(crate) fn explore(
        scope: &Scope<'_>,
        roots: &[State],
        memo: &Memo,
    ) -> Result<Self, CheckError> {
        let mut graph = Self::default();
        for root in roots {
            graph.intern(*root, 0);
        }
        let mut found = Vec::new();
        let mut position = 0;
        while let Some(state) = graph.states.get(position).copied() {
            graph.starts.push(graph.dependencies.len());
            let depth = graph.depths.get(position).copied().unwrap_or(0);
            position += 1;
            let is_open = !scope.is_subject(state) && !memo.contains_key(&state);
            graph.open.push(is_open);
            if !is_open {
                continue;
            }
            scope.spend_node()?;
            dependencies_of(scope, state, &mut |state, negated| {
                found.push((state, negated));
            });
            if depth >= scope.budget.depth && !found.is_empty() {
                return Err(scope.exhausted_depth());
            }
            for (state, negated) in found.drain(..) {
                scope.spend_edge()?;
                let to = graph.intern(state, depth + 1);
                graph.dependencies.push(Dependency { to, negated });
            }
        }
        graph.starts.push(graph.dependencies.len());
        Ok(graph)
    }

    pub(crate) fn states(&self) -> &[State] {
        &self.states
    }

    pub(crate) fn position(&self, state: State) -> Option<u32> {
        self.positions.get(&state).copied()
    }

    /// The state, unless its value was known from the start.
    pub(crate) fn open_state(&self, position: u32) -> Option<State> {
        let is_open = *self.open.get(position as usize)?;
        if is_open {
            self.states.get(position as usize).copied()
        } else {
            None
        }
    }

    pub(crate) fn dependencies(&self, position: u32) -> &[Dependency] {
        let position = position as usize;
        let bounds = self.starts.get(position).zip(self.starts.get(position + 1));
        let found = bounds.and_then(|(start, end)| self.dependencies.get(*start..*end));
        found.unwrap_or_default()
    }

    /// No, but for what is known: the subject's own set, and what `memo` has.
    pub(crate) fn initial_values(&self, memo: &Memo) -> Vec<Truth> {
        let known = |(state, is_open): (&State, &bool)| match is_open {
            true => Truth::No,
            false => memo.get(state).copied().unwrap_or(Truth::Yes),
        };
        self.states.iter().zip(&self.open).map(known).collect()
    }

    fn intern(&mut self, state: State, depth: u32) -> u32 {
        if let Some(position) = self.positions.get(&state) {
            return *position;
        }
        // The budget of nodes ends long before this number does.
        let position = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        self.states.push(state);
        self.depths.push(depth);
        self.positions.insert(state, position);
        position
    }
}

fn dependencies_of(scope: &Scope<'_>, state: State, found: &mut dyn FnMut(State, bool)) {
    match &scope.member(state.member).kind {
        MemberKind::Permission(expr) => mentioned(scope, state, expr, found),
        MemberKind::Relation(_) => {
            for kind in scope.kinds_of(state.member) {
                let SubjectForm::Set(member) = kind.form else {
                    continue;
                };
                for edge in scope.facts.subjects(kind.id, state.object) {
                    found(
                        State {
                            member,
                            object: edge.other,
                        },
                        false,
                    );
                }
            }
        }
    }
}

/// The states that a part of the permission `at` looks at, and whether through an exclusion.
pub(crate) fn mentioned(
    scope: &Scope<'_>,
    at: State,
    expr: &Expr,
    found: &mut dyn FnMut(State, bool),
) {
    match expr {
        Expr::Nil | Expr::SelfRef => {}
        Expr::Member(member) => found(
            State {
                member: *member,
                ..at
            },
            false,
        ),
        Expr::Arrow(arrow) => {
            for kind in scope.kinds_of(arrow.relation) {
                let Some(member) = target(arrow, *kind) else {
                    continue;
                };
                for edge in scope.facts.subjects(kind.id, at.object) {
                    found(
                        State {
                            member,
                            object: edge.other,
                        },
                        false,
                    );
                }
            }
        }
        Expr::Union(operands) | Expr::Intersection(operands) => {
            for operand in operands {
                mentioned(scope, at, &operand.expr, found);
            }
        }
        Expr::Exclusion(kept, taken) => {
            mentioned(scope, at, &kept.expr, found);
            mentioned(scope, at, &taken.expr, &mut |state, _| found(state, true));
        }
    }
}
