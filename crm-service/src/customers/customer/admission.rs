//! What must hold beside the guard's decision for a customer to be written: creating it, or changing
//! its teams, is no way round the right to transfer or to share it.

use super::domain::{CustomerFields, check_teams};
use super::row::Customer;
use crate::authz::{existing_department, existing_group, fitting_department, receiver};
use crate::crm::Crm;
use crate::customers::place::Place;
use crate::records::refusal::Refusal;
use crate::settings::store as settings;
use menshen_proto::crm::v1;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::{Admission, Permit};

const RECEIVE: &str = "receive";
const SHARE_WRITE: &str = "share_write";
const CREATE: &str = "create";

/// The fields of a new customer, which may be put where it is to be.
///
/// # Errors
/// A field that cannot be accepted; an owner, department or team that there is not; PERMISSION_DENIED
/// for a place or a team that the caller could not give the customer to afterwards.
pub(crate) async fn admit(
    crm: &Crm,
    admission: &Admission<Customer>,
    proposed: &v1::Customer,
) -> Result<CustomerFields, Refusal> {
    let default_currency = settings::in_force(&crm.db).await?.default_currency;
    let fields = CustomerFields::parse(proposed, &default_currency)?;
    let place = Place::of(admission.contextual(), admission.id());
    admit_new_place(crm, admission, &place, !proposed.department.is_empty()).await?;
    admit_new_teams(crm, admission, &place).await?;
    Ok(fields)
}

/// A customer of the caller's own, in their department, is theirs to create. Another place takes what
/// transferring the customer there would take.
async fn admit_new_place(
    crm: &Crm,
    admission: &Admission<Customer>,
    place: &Place,
    department_is_chosen: bool,
) -> Result<(), Refusal> {
    let caller = admission.caller();
    let is_caller = |owner: &str| caller.subject.strip_prefix("user:") == Some(owner);
    let is_own = place.owner.as_deref().is_none_or(is_caller);
    if is_own && !department_is_chosen {
        return Ok(());
    }
    let usual = usual_place(crm, place).await?;
    if is_own && place.owner.is_some() && usual == *place {
        return Ok(());
    }
    let further = (usual != *place).then_some(&usual);
    for place in std::iter::once(place).chain(further) {
        let question = about(admission.id(), RECEIVE, place);
        let problem = "you may not put the customer there: it takes the right to transfer it there";
        crm.due(caller, question, problem).await?;
    }
    admit_department(crm, place).await
}

/// The same place, but in the owner's own department.
///
/// # Errors
/// FAILED_PRECONDITION: the owner is unknown or locked out.
pub(crate) async fn usual_place(crm: &Crm, place: &Place) -> Result<Place, Refusal> {
    let mut usual = place.clone();
    if let Some(owner) = &place.owner {
        usual.department = receiver(&*crm.directory, owner).await?.department;
    }
    Ok(usual)
}

/// Makes sure that the department exists and goes with the owner, if there is one.
pub(crate) async fn admit_department(crm: &Crm, place: &Place) -> Result<(), Refusal> {
    let Some(department) = &place.department else {
        return Ok(());
    };
    existing_department(&*crm.directory, department).await?;
    if let Some(owner) = &place.owner {
        fitting_department(&*crm.directory, department, owner).await?;
    }
    Ok(())
}

/// Teams see what they work on, so that naming them takes what a share for writing takes, unless they
/// are those through which the caller may create.
async fn admit_new_teams(
    crm: &Crm,
    admission: &Admission<Customer>,
    place: &Place,
) -> Result<(), Refusal> {
    if place.teams.is_empty() {
        return Ok(());
    }
    let through = |team: &String| Place {
        teams: vec![team.clone()],
        ..Place::default()
    };
    let questions = place
        .teams
        .iter()
        .map(|team| about(admission.id(), CREATE, &through(team)));
    let answers = crm
        .decider
        .check(admission.caller(), questions.collect())
        .await?;
    let may_create_through_each = answers.len() == place.teams.len()
        && answers
            .iter()
            .all(|answer| matches!(answer, Answer::Allowed));
    if !may_create_through_each {
        let question = about(admission.id(), SHARE_WRITE, place);
        crm.due(admission.caller(), question, TEAMS).await?;
    }
    existing_teams(crm, &place.teams).await
}

const TEAMS: &str = "you may not decide which teams work on this customer: it takes the right to share it for writing";

/// Whether the caller may decide that these teams work on a customer.
///
/// # Errors
/// Ids that are none; PERMISSION_DENIED, with what is missing; FAILED_PRECONDITION: a further team that
/// there is not.
pub(crate) async fn admit_teams(
    crm: &Crm,
    permit: &Permit<Customer>,
    teams: &[String],
) -> Result<(), Refusal> {
    check_teams(teams)?;
    let place = Place::of(permit.contextual(), permit.id());
    let question = about(permit.id(), SHARE_WRITE, &place);
    crm.due(permit.caller(), question, TEAMS).await?;
    let further: Vec<String> = teams
        .iter()
        .filter(|team| !place.teams.contains(team))
        .cloned()
        .collect();
    existing_teams(crm, &further).await
}

async fn existing_teams(crm: &Crm, teams: &[String]) -> Result<(), Refusal> {
    for team in teams {
        existing_group(&*crm.directory, &format!("team:{team}")).await?;
    }
    Ok(())
}

/// Asks about the caller, and a customer as it would be at a place.
pub(crate) fn about(id: &str, permission: &str, place: &Place) -> Question {
    Question {
        subject: String::new(),
        permission: permission.to_owned(),
        resource: format!("customer:{id}"),
        contextual: place.facts(id),
    }
}
