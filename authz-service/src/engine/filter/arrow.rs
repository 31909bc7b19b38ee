//! `relation->target`: some object that the record leads to.

use super::FilterError;
use super::evaluate::Evaluation;
use super::pair::Pair;
use super::sources::{Held, Rows};
use crate::engine::check::evaluate::target;
use crate::engine::check::scope::State;
use crate::engine::check::truth::Truth;
use crate::engine::schema::{Arrow, MemberId, SubjectForm, TypeId};

impl Evaluation<'_> {
    pub(super) fn any(&mut self, arrow: &Arrow) -> Result<Pair, FilterError> {
        let mut found = vec![self.stored_walk(arrow.relation, |kind| target(arrow, kind))?];
        match self.sources.rows(arrow.relation) {
            None => {}
            Some(Rows::Fixed(fixed)) => {
                for held in fixed {
                    let there = self.fixed_target(arrow, *held)?;
                    found.push(Pair::constant(there.unwrap_or(Truth::No)));
                }
            }
            Some(Rows::Varying) => {
                for object_type in self.row_types(arrow.relation) {
                    if let Some(target) = target_in(arrow, object_type) {
                        found.push(self.varying_walk(arrow.relation, object_type, target)?);
                    }
                }
            }
        }
        Ok(Pair::any(found))
    }

    /// Whether the subject holds the target on a fixed object. None for a wildcard, which is none.
    pub(super) fn fixed_target(
        &mut self,
        arrow: &Arrow,
        held: Held,
    ) -> Result<Option<Truth>, FilterError> {
        if held.form == SubjectForm::Wildcard {
            return Ok(None);
        }
        let Some(member) = target_in(arrow, held.node.object_type) else {
            return Ok(Some(Truth::No));
        };
        if self.sources.depends(member) {
            return Err(self.other_rows(arrow.relation, member));
        }
        Ok(Some(self.walk.answer(State {
            member,
            object: held.node.index,
        })?))
    }
}

/// What an arrow asks of a type of object.
pub(super) fn target_in(arrow: &Arrow, object_type: TypeId) -> Option<MemberId> {
    let mut targets = arrow.targets.iter();
    targets
        .find(|(of, _)| *of == object_type)
        .map(|(_, member)| *member)
}
