//! Giving a customer to somebody who can do something with it.

use super::row::Customer;
use crate::authz::existing_department;
use crate::crm::Crm;
use crate::customers::place::Place;
use crate::records::refusal::Refusal;
use menshen_proto::authz::v1::Denial;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::Permit;
use service_kit::status::Reason;

/// What the caller is told after a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// They still see the customer.
    InSight,
    /// They gave it away.
    OutOfSight,
}

/// Makes sure that the new owner could see the customer, and finds out whether the caller still will.
///
/// # Errors
/// FAILED_PRECONDITION: an unknown department, or an owner who could not see it, with what is missing.
pub(crate) async fn admit(crm: &Crm, permit: &Permit<Customer>) -> Result<Afterwards, Refusal> {
    let place = Place::of(permit.target(), permit.id());
    if let Some(department) = &place.department {
        existing_department(&*crm.directory, department).await?;
    }
    let view = |subject: String| Question {
        subject,
        permission: "view".to_owned(),
        resource: format!("customer:{}", permit.id()),
        contextual: permit.target().to_vec(),
    };
    let owner = place.owner.map(|id| format!("user:{id}"));
    let mut questions = vec![view(String::new())];
    questions.extend(owner.clone().map(view));
    let mut answers = crm
        .decider
        .check(permit.caller(), questions)
        .await?
        .into_iter();
    let afterwards = match answers.next() {
        Some(Answer::Allowed) => Afterwards::InSight,
        _ => Afterwards::OutOfSight,
    };
    match (owner, answers.next()) {
        (None, _) | (Some(_), Some(Answer::Allowed)) => Ok(afterwards),
        (Some(owner), Some(Answer::Denied(denial, _))) => Err(cannot_see(owner, &denial)),
        (Some(owner), None) => Err(cannot_see(owner, &Denial::default())),
    }
}

fn cannot_see(owner: String, denial: &Denial) -> Refusal {
    let missing: Vec<&str> = denial
        .failed
        .iter()
        .map(|operand| operand.missing.as_str())
        .collect();
    let message = format!(
        "{owner} could not see the customer ({}: {}); give it to somebody else, or ask for what is missing first",
        denial.layer().as_str_name(),
        missing.join(", "),
    );
    Refusal::Precondition {
        reason: Reason::ReceiverCannotSee,
        subject: owner,
        message,
    }
}
