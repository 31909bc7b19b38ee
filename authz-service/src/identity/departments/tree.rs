//! Departments form a tree: each is below one that is there, and none is below itself.

use super::super::account_id::check_id;
use super::TYPE;
use crate::engine::reference::SubjectRef;
use crate::engine::relationship::Relationship;
use crate::refusal::Refusal;
use crate::store;
use crate::write::Write;
use rustc_hash::{FxHashMap, FxHashSet};
use service_kit::status::Reason;

/// Holds `department#parent` relationships that are to be granted to what a department's own update
/// is held to.
///
/// # Errors
/// A department that is not there; FAILED_PRECONDITION: one would be below itself.
pub async fn check_granted_parents(
    write: &mut Write<'_>,
    granted: &[Relationship],
) -> Result<(), Refusal> {
    let mut edges = Vec::new();
    for (position, relationship) in granted.iter().enumerate() {
        let Some((id, parent)) = edge(relationship) else {
            continue;
        };
        let at = |part| format!("relationships[{position}].{part}");
        require_department(write, &at("resource"), id).await?;
        require_department(write, &at("subject"), parent).await?;
        edges.push((id, parent));
    }
    refuse_cycle(write, &edges).await
}

/// The department and the one above it, where a relationship says that.
fn edge(relationship: &Relationship) -> Option<(&str, &str)> {
    let SubjectRef::Object(parent) = &relationship.subject else {
        return None;
    };
    let types = (relationship.resource.object_type(), parent.object_type());
    let is_edge = types == (TYPE, TYPE) && &*relationship.relation == "parent";
    is_edge.then(|| (relationship.resource.id(), parent.id()))
}

/// Climbs from each new parent: whoever meets the department itself would be below themselves.
///
/// # Errors
/// FAILED_PRECONDITION.
pub(super) async fn refuse_cycle(
    write: &mut Write<'_>,
    added: &[(&str, &str)],
) -> Result<(), Refusal> {
    let now_us = write.now_us();
    let mut above: FxHashMap<String, Vec<String>> = FxHashMap::default();
    for (id, parent) in added {
        let mut next = vec![(*parent).to_owned()];
        let mut seen = FxHashSet::default();
        while let Some(current) = next.pop() {
            if current == *id {
                return Err(below_itself(id, parent));
            }
            if !seen.insert(current.clone()) {
                continue;
            }
            if !above.contains_key(&current) {
                let mut parents = store::departments::parents(write.tx(), &current, now_us).await?;
                let new = added.iter().filter(|(child, _)| *child == current);
                parents.extend(new.map(|(_, parent)| (*parent).to_owned()));
                above.insert(current.clone(), parents);
            }
            next.extend(above.get(&current).into_iter().flatten().cloned());
        }
    }
    Ok(())
}

fn below_itself(id: &str, parent: &str) -> Refusal {
    let problem = format!(
        "`{id}` would be below itself: `{parent}` is `{id}` or below it; choose another parent"
    );
    Refusal::precondition(Reason::WrongState, format!("{TYPE}:{id}"), problem)
}

/// Whether a department is there. `field` names it in the request.
///
/// # Errors
/// It is not.
pub(super) async fn require_department(
    write: &mut Write<'_>,
    field: &str,
    id: &str,
) -> Result<(), Refusal> {
    check_id(field, id)?;
    let now_us = write.now_us();
    if store::departments::find(write.tx(), id, now_us)
        .await?
        .is_none()
    {
        let problem = format!("there is no department `{id}`: create it first");
        return Err(Refusal::field(field, problem));
    }
    Ok(())
}
