//! `relation.all(target)`: every object that the record leads to, and there is one.

use super::FilterError;
use super::arrow::target_in;
use super::evaluate::Evaluation;
use super::pair::Pair;
use super::predicate::Predicate;
use super::sources::{Held, Rows};
use crate::engine::check::evaluate::target;
use crate::engine::check::truth::Truth;
use crate::engine::reference::SubjectRef;
use crate::engine::schema::Arrow;
use crate::engine::snapshot::{Edge, Kind, Node};
use std::collections::BTreeMap;

/// Records by what their stored relationships say of the target.
#[derive(Default)]
struct Stored {
    /// Records with any.
    some: Vec<(u32, Truth)>,
    /// Records with one that leads nowhere good, and how bad it is: negated truth.
    failed: Vec<(u32, Truth)>,
    /// The same because of its condition alone: a row that holds the same subject replaces it.
    conditional: BTreeMap<SubjectRef, Vec<(u32, Truth)>>,
}

impl Evaluation<'_> {
    pub(super) fn all(&mut self, arrow: &Arrow) -> Result<Pair, FilterError> {
        let owner = self.scope.member(arrow.relation).owner;
        let stored = self.stored_all(arrow)?;
        let mut some = vec![self.ids(owner, &stored.some)];
        let mut failed = vec![self.ids(owner, &stored.failed)];
        let name = &self.scope.member(arrow.relation).name;
        for (subject, records) in stored.conditional {
            let row = Pair::certain(Predicate::is_in(name, vec![subject]));
            failed.push(Pair::all(vec![self.ids(owner, &records), row.negated()]));
        }
        match self.sources.rows(arrow.relation) {
            None => {}
            Some(Rows::Fixed(fixed)) => {
                for held in fixed {
                    let there = self.fixed_target(arrow, *held)?.unwrap_or(Truth::No);
                    some.push(Pair::constant(Truth::Yes));
                    failed.push(Pair::constant(there.negated()));
                }
            }
            Some(Rows::Varying) => self.varying_all(arrow, &mut some, &mut failed)?,
        }
        Ok(Pair::all(vec![
            Pair::any(some),
            Pair::any(failed).negated(),
        ]))
    }

    fn varying_all(
        &mut self,
        arrow: &Arrow,
        some: &mut Vec<Pair>,
        failed: &mut Vec<Pair>,
    ) -> Result<(), FilterError> {
        let name = &self.scope.member(arrow.relation).name;
        for object_type in self.row_types(arrow.relation) {
            let type_name = &self
                .scope
                .facts
                .snapshot
                .schema()
                .type_def(object_type)
                .name;
            some.push(Pair::constant(Truth::Yes).via(name, type_name));
            let there = match target_in(arrow, object_type) {
                None => Pair::constant(Truth::No),
                Some(target) => self.member_of_other(target)?,
            };
            failed.push(there.negated().via(name, type_name));
        }
        Ok(())
    }

    fn stored_all(&mut self, arrow: &Arrow) -> Result<Stored, FilterError> {
        let scope = self.scope;
        let mut stored = Stored::default();
        for kind in scope.kinds_of(arrow.relation) {
            for (record, edge) in scope.facts.all(kind.id) {
                scope.spend_edge()?;
                stored.some.push((record, Truth::Yes));
                self.note(&mut stored, arrow, (*kind, record), &edge)?;
            }
        }
        Ok(stored)
    }

    fn note(
        &mut self,
        stored: &mut Stored,
        arrow: &Arrow,
        (kind, record): (Kind, u32),
        edge: &Edge<'_>,
    ) -> Result<(), FilterError> {
        let there = match target(arrow, kind) {
            None => Truth::No,
            Some(member) => self.stored_target(kind, member, edge.other)?,
        };
        stored.failed.push((record, there.negated()));
        if edge.attributes.is_none() || self.is_replaced(kind, edge) {
            return Ok(());
        }
        let condition = self.scope.condition(edge)?;
        if let Some(subject) = self.subject(kind, edge.other) {
            stored
                .conditional
                .entry(subject)
                .or_default()
                .push((record, condition.negated()));
        }
        Ok(())
    }

    /// Whether every row holds the same subject, without a condition.
    fn is_replaced(&self, kind: Kind, edge: &Edge<'_>) -> bool {
        let node = Node {
            object_type: kind.subject_type,
            index: edge.other,
        };
        let held = Held {
            node,
            form: kind.form,
        };
        match self.sources.rows(kind.relation) {
            Some(Rows::Fixed(fixed)) => fixed.contains(&held),
            Some(Rows::Varying) | None => false,
        }
    }
}
