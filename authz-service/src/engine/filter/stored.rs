//! Stored grants: which records they are on.

use super::FilterError;
use super::evaluate::Evaluation;
use super::pair::Pair;
use super::sources::Rows;
use crate::engine::check::scope::State;
use crate::engine::check::truth::Truth;
use crate::engine::schema::{MemberId, SubjectForm};
use crate::engine::snapshot::Kind;
use rustc_hash::FxHashMap;

/// Records by number.
type Found = FxHashMap<u32, Truth>;

impl Evaluation<'_> {
    /// A relation of the record that rows have a say in: grants, and what the row itself holds.
    pub(super) fn relation(&mut self, relation: MemberId) -> Result<Pair, FilterError> {
        let stored = self.stored_relation(relation)?;
        let from_rows = match self.sources.rows(relation) {
            None => Pair::constant(Truth::No),
            Some(Rows::Varying) => self.varying_relation(relation)?,
            Some(Rows::Fixed(fixed)) => {
                let mut best = Truth::No;
                for held in fixed {
                    best = best.or(self.fixed_holds(relation, *held)?);
                }
                Pair::constant(best)
            }
        };
        Ok(Pair::any(vec![stored, from_rows]))
    }

    fn stored_relation(&mut self, relation: MemberId) -> Result<Pair, FilterError> {
        let mut found = Found::default();
        for kind in self.scope.kinds_of(relation) {
            if let Some(held) = self.scope.held_as(*kind) {
                self.add(&mut found, *kind, held, Truth::Yes)?;
            }
            if let SubjectForm::Set(member) = kind.form {
                self.add_holders(&mut found, *kind, member)?;
            }
        }
        Ok(self.records(relation, found))
    }

    /// The records whose stored relationships of a relation lead to an object where the subject
    /// holds the target that `targets` names for each kind.
    pub(super) fn stored_walk(
        &mut self,
        relation: MemberId,
        target: impl Fn(Kind) -> Option<MemberId>,
    ) -> Result<Pair, FilterError> {
        let mut found = Found::default();
        for kind in self.scope.kinds_of(relation) {
            if let Some(member) = target(*kind) {
                self.add_holders(&mut found, *kind, member)?;
            }
        }
        Ok(self.records(relation, found))
    }

    /// The truth of a target on the object that a stored relationship leads to.
    pub(super) fn stored_target(
        &mut self,
        kind: Kind,
        member: MemberId,
        object: u32,
    ) -> Result<Truth, FilterError> {
        if self.sources.depends(member) {
            return Err(self.other_rows(kind.relation, member));
        }
        Ok(self.walk.answer(State { member, object })?)
    }

    fn add_holders(
        &mut self,
        found: &mut Found,
        kind: Kind,
        member: MemberId,
    ) -> Result<(), FilterError> {
        if self.scope.facts.snapshot.edges(kind.id).count() == 0 {
            return Ok(());
        }
        if self.sources.depends(member) {
            return Err(self.other_rows(kind.relation, member));
        }
        for (object, truth) in self.holders(member)?.iter() {
            self.add(found, kind, *object, *truth)?;
        }
        Ok(())
    }

    fn add(
        &self,
        found: &mut Found,
        kind: Kind,
        subject: u32,
        truth: Truth,
    ) -> Result<(), FilterError> {
        for edge in self.scope.facts.resources(kind.id, subject) {
            self.scope.spend_edge()?;
            let truth = truth.and(self.scope.condition(&edge)?);
            let best = found.entry(edge.other).or_insert(Truth::No);
            *best = best.or(truth);
        }
        Ok(())
    }

    fn records(&self, relation: MemberId, found: Found) -> Pair {
        let held: Vec<_> = found.into_iter().collect();
        self.ids(self.scope.member(relation).owner, &held)
    }

    pub(super) fn other_rows(&self, relation: MemberId, target: MemberId) -> FilterError {
        let schema = self.scope.facts.snapshot.schema();
        let (relation, target) = (schema.member(relation), schema.member(target));
        FilterError::OtherRows {
            object_type: schema.type_def(relation.owner).name.clone(),
            relation: relation.name.clone(),
            target: format!("{}#{}", schema.type_def(target.owner).name, target.name),
        }
    }
}
