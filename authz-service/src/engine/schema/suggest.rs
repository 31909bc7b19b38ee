//! "Did you mean": the nearest known name.

use super::model::{Schema, TypeId};

/// The candidate nearest to `name`, if a slip of the hand explains the difference: at most one
/// edit in three characters.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most_edits = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= most_edits)
        .min()
        .map(|(_, candidate)| candidate)
}

impl Schema {
    /// The type whose name is nearest to `name`, if any is near.
    pub fn suggest_type(&self, name: &str) -> Option<&str> {
        nearest(name, self.types.iter().map(|t| &*t.name))
    }

    /// The relation or permission of a type whose name is nearest to `name`, if any is near.
    pub fn suggest_member(&self, owner: TypeId, name: &str) -> Option<&str> {
        let members = &self.type_def(owner).members;
        nearest(name, members.iter().map(|id| &*self.member(*id).name))
    }

    /// The condition whose name is nearest to `name`, if any is near.
    pub fn suggest_condition(&self, name: &str) -> Option<&str> {
        nearest(
            name,
            self.conditions.iter().map(|condition| &*condition.name),
        )
    }
}
