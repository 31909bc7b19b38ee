//! The sure way: cycles and deep chains, by a graph on the heap.
//!
//! Collects every state that the roots may depend on, breadth first; cuts the graph into its
//! strongly connected components; then settles them, what others depend on first. Within a
//! component values start at no and rise until nothing changes: the least fixed point. An exclusion
//! whose right side is in its own component has no such point, and is refused.

mod components;
mod graph;

pub(crate) use graph::mentioned;

use super::error::CheckError;
use super::evaluate::{self, Resolve};
use super::scope::{Scope, State, Stop};
use super::truth::Truth;
use super::walk::Memo;
use components::components;
use graph::Graph;
use std::collections::VecDeque;

/// Settles the roots, and all that they depend on, into `memo`.
pub(crate) fn solve<'s>(
    scope: &'s Scope<'s>,
    roots: &[State],
    memo: &mut Memo,
) -> Result<(), CheckError> {
    let graph = Graph::explore(scope, roots, memo)?;
    let mut table = Table {
        scope,
        graph: &graph,
        values: graph.initial_values(memo),
    };
    for component in components(&graph) {
        table.settle(&component)?;
    }
    memo.extend(graph.states().iter().copied().zip(table.values));
    Ok(())
}

/// The values so far, by position in the graph.
struct Table<'g, 's> {
    scope: &'s Scope<'s>,
    graph: &'g Graph,
    values: Vec<Truth>,
}

impl<'s> Resolve<'s> for Table<'_, 's> {
    fn scope(&self) -> &'s Scope<'s> {
        self.scope
    }

    fn value(&mut self, state: State) -> Result<Truth, Stop> {
        let position = self.graph.position(state);
        let value = position.and_then(|position| self.values.get(position as usize));
        // INVARIANT: the graph has every state that an evaluation may ask for.
        value
            .copied()
            .ok_or_else(|| self.scope.exhausted_depth().into())
    }
}

impl Table<'_, '_> {
    fn settle(&mut self, component: &[u32]) -> Result<(), CheckError> {
        let [single] = component else {
            return self.settle_cycle(component);
        };
        if self
            .graph
            .dependencies(*single)
            .iter()
            .any(|edge| edge.to == *single)
        {
            return self.settle_cycle(component);
        }
        self.raise(*single).map(drop)
    }

    fn settle_cycle(&mut self, component: &[u32]) -> Result<(), CheckError> {
        let members: rustc_hash::FxHashSet<u32> = component.iter().copied().collect();
        let mut dependents: rustc_hash::FxHashMap<u32, Vec<u32>> = rustc_hash::FxHashMap::default();
        for position in component {
            for edge in self.graph.dependencies(*position) {
                if !members.contains(&edge.to) {
                    continue;
                }
                if edge.negated {
                    return Err(self.negative_cycle(*position));
                }
                dependents.entry(edge.to).or_default().push(*position);
            }
        }
        let mut queue: VecDeque<u32> = component.iter().copied().collect();
        let mut queued = members;
        while let Some(position) = queue.pop_front() {
            queued.remove(&position);
            if !self.raise(position)? {
                continue;
            }
            for dependent in dependents.get(&position).into_iter().flatten() {
                if queued.insert(*dependent) {
                    queue.push_back(*dependent);
                }
            }
        }
        Ok(())
    }

    /// Evaluates once more. True if the value rose.
    fn raise(&mut self, position: u32) -> Result<bool, CheckError> {
        let Some(state) = self.graph.open_state(position) else {
            return Ok(false);
        };
        let found = evaluate::state(self, state).map_err(|stop| match stop {
            Stop::Refused(error) => *error,
            Stop::NeedsSolver => self.scope.exhausted_depth(),
        })?;
        let Some(value) = self.values.get_mut(position as usize) else {
            return Ok(false);
        };
        let rose = found > *value;
        *value = found.or(*value);
        Ok(rose)
    }

    fn negative_cycle(&self, position: u32) -> CheckError {
        let state = self.graph.states().get(position as usize).copied();
        let Some(state) = state else {
            return self.scope.exhausted_depth();
        };
        let member = self.scope.member(state.member);
        let schema = self.scope.facts.snapshot.schema();
        let object = self.scope.facts.object(member.owner, state.object);
        CheckError::NegativeCycle {
            object: object.map(|object| object.to_string()).unwrap_or_default(),
            permission: member.name.clone(),
            in_schema: schema.taken_in_a_circle(state.member).is_some(),
        }
    }
}
