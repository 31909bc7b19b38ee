//! What must hold beside the guard's decision for a customer to be written.

use super::domain::CustomerFields;
use super::row::Customer;
use crate::authz::{existing_department, receiver};
use crate::crm::Crm;
use crate::customers::place::Place;
use crate::records::refusal::Refusal;
use crate::settings::store as settings;
use menshen_proto::crm::v1;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::{Admission, Permit};
use service_kit::status;

/// The fields of a new customer, whose owner and department exist.
///
/// # Errors
/// A field that cannot be accepted; an owner who is unknown or locked out; an unknown department.
pub(crate) async fn admit(
    crm: &Crm,
    admission: &Admission<Customer>,
    proposed: &v1::Customer,
) -> Result<CustomerFields, Refusal> {
    let default_currency = settings::read(&crm.db).await?.default_currency;
    let fields = CustomerFields::parse(proposed, &default_currency)?;
    let place = Place::of(admission.contextual(), admission.id());
    let is_caller = |owner: &str| admission.caller().subject.strip_prefix("user:") == Some(owner);
    if let Some(owner) = place.owner.as_deref().filter(|owner| !is_caller(owner)) {
        receiver(&*crm.directory, owner).await?;
    }
    if !proposed.department.is_empty() {
        existing_department(&*crm.directory, &proposed.department).await?;
    }
    Ok(fields)
}

/// Whether the caller may decide which teams work on a customer. That shows it to them for writing,
/// so it takes what a share for writing takes.
///
/// # Errors
/// PERMISSION_DENIED, with what is missing.
pub(crate) async fn admit_teams(crm: &Crm, permit: &Permit<Customer>) -> Result<(), Refusal> {
    let permission = "share_write".to_owned();
    let question = Question {
        subject: String::new(),
        permission: permission.clone(),
        resource: format!("customer:{}", permit.id()),
        contextual: permit.contextual().to_vec(),
    };
    let answers = crm.decider.check(permit.caller(), vec![question]).await?;
    let (denial, decision_id) = match answers.into_iter().next() {
        Some(Answer::Allowed) => return Ok(()),
        Some(Answer::Denied(denial, decision_id)) => (*denial, decision_id),
        None => {
            return Err(status::internal_message("the decider left a question unanswered").into());
        }
    };
    Err(status::permission_denied(status::Refusal {
        layer: denial.layer(),
        permission,
        message: "you may not decide which teams work on this customer: it takes the right to share it for writing"
            .to_owned(),
        how_to_ask: denial.how_to_ask,
        decision_id,
    })
    .into())
}
