//! Lists of people in a record: who is mentioned, who is invited.

use crate::authz::receiver;
use crate::crm::Crm;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};

/// So many facts about who sees a record are as many as a question carries; see `Joined::MOST`.
pub(super) const MOST: usize = 20;

/// Each an id, none twice, not too many.
pub(super) fn check(field: &str, people: &[String], violations: &mut Violations) {
    if people.len() > MOST {
        let given = people.len();
        violations.add(field, format!("has {given} people; give at most {MOST}"));
    }
    for (index, person) in people.iter().enumerate() {
        violations.id(field, person);
        if people.iter().take(index).any(|earlier| earlier == person) {
            violations.add(
                field,
                format!("names {} twice; name it once", quote(person)),
            );
        }
    }
}

/// Makes sure that those who are new in a list can sign in.
///
/// # Errors
/// FAILED_PRECONDITION: somebody is unknown or disabled.
pub(super) async fn admit(crm: &Crm, before: &[String], after: &[String]) -> Result<(), Refusal> {
    for person in after.iter().filter(|person| !before.contains(person)) {
        receiver(&*crm.directory, person).await?;
    }
    Ok(())
}
