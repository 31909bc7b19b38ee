//! Giving a customer to somebody who can do something with it.

use super::admission::{about, admit_department, usual_place};
use super::domain::SHAPE;
use super::row::Customer;
use super::shares;
use crate::crm::Crm;
use crate::customers::place::Place;
use crate::records::history::previous;
use crate::records::refusal::Refusal;
use menshen_proto::authz::v1::Denial;
use menshen_proto::crm::v1;
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
/// The guard asked about the department that the request names. That must not be a way round the one
/// that the new owner works in, so the caller needs reach for that one, too.
///
/// # Errors
/// PERMISSION_DENIED: the new owner's department is out of reach. FAILED_PRECONDITION: a department that
/// there is not, or that is not the owner's nor above it; an owner who could not see the customer, with
/// what is missing.
pub(crate) async fn admit(crm: &Crm, permit: &Permit<Customer>) -> Result<Afterwards, Refusal> {
    let place = Place::of(permit.target(), permit.id());
    let usual = usual_place(crm, &place).await?;
    if usual != place {
        let question = about(permit.id(), "receive", &usual);
        let problem =
            "you may not give the customer to its new owner: their department is out of your reach";
        crm.due(permit.caller(), question, problem).await?;
    }
    admit_department(crm, &place).await?;
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

/// Ends the shares that the owner made from whom the customer was taken, unless they are to be kept. Safe
/// to repeat: a retried call finds the same owner again.
///
/// # Errors
/// authz-service did not do its part. The customer is transferred all the same: try again.
pub(crate) async fn end_shares(crm: &Crm, transferred: &v1::Customer) -> Result<(), Refusal> {
    let before: Option<v1::Customer> =
        previous(&crm.db, &SHAPE, &transferred.id, &transferred.etag).await?;
    match before.map(|before| before.owner) {
        Some(former) if !former.is_empty() && former != transferred.owner => {
            shares::end_those_of(crm, &transferred.id, &former).await
        }
        _ => Ok(()),
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
