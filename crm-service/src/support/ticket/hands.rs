//! Into whose hands a ticket may come.

use super::TICKET;
use super::life::{MOVES, TAKE};
use super::routing::route;
use crate::crm::Crm;
use crate::records::entity::{Cause, Change};
use crate::records::refusal::Refusal;
use crate::records::transfer::admit_owner;
use menshen_proto::crm::v1;
use service_kit::caller::Caller;
use service_kit::status::Reason;

/// Who takes a ticket becomes its owner; who is given one must see it; whom a complaint is about gets it in
/// no way.
pub(super) async fn admit(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, v1::Ticket>,
) -> Result<(), Refusal> {
    let person = caller.subject.strip_prefix("user:");
    match change.cause {
        Cause::Create if change.place.owner.is_none() => route(crm, caller, change).await?,
        Cause::Step(step) if step.method == MOVES => route(crm, caller, change).await?,
        Cause::Create if change.place.owner.as_deref() != person => {
            admit_owner(crm, caller, &TICKET, change.id, &change.place).await?;
        }
        Cause::Step(step) if step.method == TAKE => {
            let person = person.ok_or_else(|| only_people(change.id))?;
            change.place.owner = Some(person.to_owned());
        }
        _ => {}
    }
    independent(change)
}

/// 投诉: nobody judges themselves. Asked of every change, whichever of the two it is that changes.
fn independent(change: &Change<'_, v1::Ticket>) -> Result<(), Refusal> {
    let about = change.after.subject_user.as_str();
    if about.is_empty() || change.place.owner.as_deref() != Some(about) {
        return Ok(());
    }
    Err(Refusal::Precondition {
        reason: Reason::ComplaintSubject,
        subject: format!("user:{about}"),
        message: format!("the complaint is about `{about}`; somebody else must work on it"),
    })
}

fn only_people(id: &str) -> Refusal {
    let problem = "only a person works on a ticket; assign it to one";
    Refusal::wrong_state(TICKET.reference(id), problem)
}
