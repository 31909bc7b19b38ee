//! Ids that callers choose for new records.

use super::place::MODULE;
use crate::crm::Crm;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use service_kit::guard::decider::Question;
use service_kit::guard::permit::{Admission, Resource};

/// The id that a new record gets: the one that was made for it, or the one that the caller chose.
///
/// Whoever chooses ids is told which ones are taken, also by records that they may not see. So that
/// takes a right of its own, and without it no chosen id is looked at.
///
/// # Errors
/// What is no id; PERMISSION_DENIED: the caller may not choose.
pub(crate) async fn id_of_new<R: Resource>(
    crm: &Crm,
    admission: &Admission<R>,
    chosen: &str,
) -> Result<String, Refusal> {
    if chosen.is_empty() {
        return Ok(admission.id().to_owned());
    }
    let field = format!("{}_id", R::TYPE);
    let mut violations = Violations::default();
    violations.id(&field, chosen);
    violations.or(())?;
    let question = Question {
        subject: String::new(),
        permission: "import".to_owned(),
        resource: MODULE.to_owned(),
        contextual: Vec::new(),
    };
    let problem =
        format!("you may not choose the id of a record; leave `{field}` empty and one is made");
    crm.due(admission.caller(), question, &problem).await?;
    Ok(chosen.to_owned())
}
