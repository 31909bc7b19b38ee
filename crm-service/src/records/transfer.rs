//! Giving a record to somebody who can do something with it.

use super::entity::Entity;
use super::etag;
use super::history::previous;
use super::kind::Kind;
use super::message::dynamic;
use super::owned::{about, admit_department, usual_place};
use super::place::Place;
use super::refusal::Refusal;
use super::sharing::ending;
use crate::authz::receiver;
use crate::crm::Crm;
use menshen_proto::authz::v1::{Denial, Relationship};
use prost_reflect::Value;
use service_kit::caller::Caller;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::Permit;
use service_kit::status::Reason;

/// What the caller is told after a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// They still see the record.
    InSight,
    /// They gave it away.
    OutOfSight,
}

/// Makes sure that the new owner could see the record, and finds out whether the caller still will.
///
/// The guard asked about the department that the request names. That must not be a way round the one
/// that the new owner works in, so the caller needs reach for that one, too.
///
/// # Errors
/// PERMISSION_DENIED: the new owner's department is out of reach. FAILED_PRECONDITION: a department that
/// there is not, or that is not the owner's nor above it; an owner who could not see the record, with
/// what is missing.
pub(super) async fn admit<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    place: &Place,
) -> Result<Afterwards, Refusal> {
    let kind = E::kind();
    let usual = usual_place(crm, place).await?;
    if usual != *place {
        let question = about(kind, permit.id(), "receive", &usual);
        let problem = format!(
            "you may not give the {} to its new owner: their department is out of your reach",
            kind.name
        );
        crm.due(permit.caller(), question, &problem).await?;
    }
    admit_department(crm, place).await?;
    sight(crm, permit, place).await
}

/// As [`admit`], for a step that moves a record whose department does not follow its owner's.
///
/// # Errors
/// FAILED_PRECONDITION: an owner who is unknown, locked out, or could not see the record.
pub(super) async fn admit_step<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
) -> Result<Afterwards, Refusal> {
    let place = Place::of(E::kind(), permit.target(), permit.id());
    if let Some(owner) = &place.owner {
        receiver(&*crm.directory, owner).await?;
    }
    sight(crm, permit, &place).await
}

/// Makes sure that somebody could see a record at this place, of which they are to be the owner.
///
/// # Errors
/// FAILED_PRECONDITION: unknown, locked out, or they could not see it, with what is missing.
pub(crate) async fn admit_owner(
    crm: &Crm,
    caller: &Caller,
    kind: &Kind,
    id: &str,
    place: &Place,
) -> Result<(), Refusal> {
    let Some(owner) = &place.owner else {
        return Ok(());
    };
    receiver(&*crm.directory, owner).await?;
    let owner = format!("user:{owner}");
    let question = Question {
        subject: owner.clone(),
        ..about(kind, id, "view", place)
    };
    let answers = crm.decider.check(caller, vec![question]).await?;
    match answers.into_iter().next() {
        Some(Answer::Allowed) => Ok(()),
        Some(Answer::Denied(denial, _)) => Err(cannot_see(kind.name, owner, &denial)),
        None => Err(cannot_see(kind.name, owner, &Denial::default())),
    }
}

/// Whether the caller still sees the record at its new place, which its new owner must.
async fn sight<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    place: &Place,
) -> Result<Afterwards, Refusal> {
    let kind = E::kind();
    let there = facts_there(permit, place);
    let view = |subject: String| Question {
        subject,
        permission: "view".to_owned(),
        resource: kind.reference(permit.id()),
        contextual: there.clone(),
    };
    let owner = place.owner.as_ref().map(|id| format!("user:{id}"));
    let mut questions = vec![view(String::new())];
    questions.extend(owner.clone().map(view));
    let answers = crm.decider.check(permit.caller(), questions).await?;
    let mut answers = answers.into_iter();
    let afterwards = match answers.next() {
        Some(Answer::Allowed) => Afterwards::InSight,
        _ => Afterwards::OutOfSight,
    };
    match (owner, answers.next()) {
        (None, _) | (Some(_), Some(Answer::Allowed)) => Ok(afterwards),
        (Some(owner), Some(Answer::Denied(denial, _))) => {
            Err(cannot_see(kind.name, owner, &denial))
        }
        (Some(owner), None) => Err(cannot_see(kind.name, owner, &Denial::default())),
    }
}

/// What will be true of the record at its new place.
fn facts_there<E: Entity>(permit: &Permit<E>, place: &Place) -> Vec<Relationship> {
    let (kind, id) = (E::kind(), permit.id());
    let here = Place::of(kind, permit.contextual(), id).facts(kind, id);
    let facts = permit.contextual().iter();
    let mut there: Vec<_> = facts.filter(|fact| !here.contains(fact)).cloned().collect();
    there.extend(place.facts(kind, id));
    there
}

/// Ends the shares that the owner made from whom the record was taken. Safe to repeat: a retried call
/// finds the same owner again.
///
/// # Errors
/// authz-service did not do its part. The record is transferred all the same: try again.
pub(super) async fn end_shares<E: Entity>(
    crm: &Crm,
    id: &str,
    transferred: &E::Message,
) -> Result<(), Refusal> {
    let descriptor = &E::kind().plan()?.descriptor;
    let now = dynamic(descriptor, transferred)?;
    let Some(version) = etag::version_of(&etag::given(&now)) else {
        return Ok(());
    };
    let Some(before) = previous::<E>(&crm.db, id, version).await? else {
        return Ok(());
    };
    let owner = |message: &prost_reflect::DynamicMessage| match message.get_field_by_name("owner") {
        Some(value) => value.as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let former = owner(&dynamic(descriptor, &before)?);
    if former.is_empty() || former == owner(&now) {
        return Ok(());
    }
    ending::end_those_of::<E>(crm, id, &former).await
}

/// A record of which the caller sees nothing any more.
pub(super) fn out_of_sight<E: Entity>(id: &str) -> Result<E::Message, Refusal> {
    let descriptor = E::kind().plan()?.descriptor.clone();
    let mut message = prost_reflect::DynamicMessage::new(descriptor);
    message.set_field_by_name("id", Value::String(id.to_owned()));
    Ok(message
        .transcode_to()
        .map_err(super::message::MessageError::from)?)
}

fn cannot_see(kind: &str, owner: String, denial: &Denial) -> Refusal {
    let missing = denial.failed.iter();
    let missing: Vec<&str> = missing.map(|operand| operand.missing.as_str()).collect();
    let message = format!(
        "{owner} could not see the {kind} ({}: {}); give it to somebody else, or ask for what is missing first",
        denial.layer().as_str_name(),
        missing.join(", "),
    );
    Refusal::Precondition {
        reason: Reason::ReceiverCannotSee,
        subject: owner,
        message,
    }
}
