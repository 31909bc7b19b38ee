//! What must hold beside the guard's decision for a record to be put somewhere: creating it, or changing
//! its teams, is no way round the right to transfer or to share it.

use super::entity::Entity;
use super::facts::standing;
use super::kind::Kind;
use super::place::Place;
use super::refusal::Refusal;
use super::violations::{Violations, quote};
use crate::authz::{existing_department, existing_group, fitting_department, receiver};
use crate::crm::Crm;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::{Admission, Permit};

const RECEIVE: &str = "receive";
const SHARE_WRITE: &str = "share_write";
const CREATE: &str = "create";
/// Teams that may work on one record: each is a contextual relationship of every question about it, and
/// a question takes at most 100.
const MAX_TEAMS: usize = 20;

/// The id that a new record gets: the one that was made for it, or the one that the caller chose.
///
/// Whoever chooses ids is told which ones are taken, also by records that they may not see. So that
/// takes a right of its own, and without it no chosen id is looked at.
///
/// # Errors
/// What is no id; PERMISSION_DENIED: the caller may not choose.
pub(super) async fn id_of_new<E: Entity>(
    crm: &Crm,
    admission: &Admission<E>,
    chosen: &str,
) -> Result<String, Refusal> {
    if chosen.is_empty() {
        return Ok(admission.id().to_owned());
    }
    let field = format!("{}_id", E::kind().name);
    let mut violations = Violations::default();
    violations.id(&field, chosen);
    violations.or(())?;
    let question = Question {
        subject: String::new(),
        permission: "import".to_owned(),
        resource: E::kind().module.to_owned(),
        contextual: Vec::new(),
    };
    let problem =
        format!("you may not choose the id of a record; leave `{field}` empty and one is made");
    crm.due(admission.caller(), question, &problem).await?;
    Ok(chosen.to_owned())
}

/// Makes sure that a new record may stand where it is to be.
///
/// # Errors
/// An owner, department or team that there is not; PERMISSION_DENIED for a place or a team that the
/// caller could not give the record to afterwards.
pub(super) async fn admit_new<E: Entity>(
    crm: &Crm,
    admission: &Admission<E>,
    place: &Place,
    department_is_chosen: bool,
) -> Result<(), Refusal> {
    if !E::kind().is_owned {
        return Ok(());
    }
    check_teams(E::kind(), &place.teams)?;
    admit_new_place(crm, admission, place, department_is_chosen).await?;
    admit_new_teams(crm, admission, place).await
}

/// A record of the caller's own, in their department, is theirs to create. Another place takes what
/// transferring the record there would take.
async fn admit_new_place<E: Entity>(
    crm: &Crm,
    admission: &Admission<E>,
    place: &Place,
    department_is_chosen: bool,
) -> Result<(), Refusal> {
    let caller = admission.caller();
    let is_caller = |owner: &str| caller.subject.strip_prefix("user:") == Some(owner);
    let is_own = place.owner.as_deref().is_none_or(is_caller);
    if is_own && !department_is_chosen {
        return Ok(());
    }
    let has_home = E::kind().home().is_some();
    // Its department is that of its home, whoever owns it.
    let usual = if has_home {
        place.clone()
    } else {
        usual_place(crm, place).await?
    };
    if is_own && place.owner.is_some() && usual == *place {
        return Ok(());
    }
    let further = (usual != *place).then_some(&usual);
    for place in std::iter::once(place).chain(further) {
        let question = about(E::kind(), admission.id(), RECEIVE, place);
        let problem = format!(
            "you may not put the {} there: it takes the right to transfer it there",
            E::kind().name
        );
        crm.due(caller, question, &problem).await?;
    }
    if has_home {
        return Ok(());
    }
    admit_department(crm, place).await
}

/// The same place, but in the owner's own department.
///
/// # Errors
/// FAILED_PRECONDITION: the owner is unknown or locked out.
pub(super) async fn usual_place(crm: &Crm, place: &Place) -> Result<Place, Refusal> {
    let mut usual = place.clone();
    if let Some(owner) = &place.owner {
        usual.department = receiver(&*crm.directory, owner).await?.department;
    }
    Ok(usual)
}

/// Makes sure that the department exists and goes with the owner, if there is one.
pub(super) async fn admit_department(crm: &Crm, place: &Place) -> Result<(), Refusal> {
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
async fn admit_new_teams<E: Entity>(
    crm: &Crm,
    admission: &Admission<E>,
    place: &Place,
) -> Result<(), Refusal> {
    if place.teams.is_empty() {
        return Ok(());
    }
    let kind = E::kind();
    let through = |team: &String| Place {
        teams: vec![team.clone()],
        ..Place::default()
    };
    let teams = place.teams.iter();
    let questions = teams.map(|team| about(kind, admission.id(), CREATE, &through(team)));
    let answers = crm
        .decider
        .check(admission.caller(), questions.collect())
        .await?;
    let is_allowed = |answer: &Answer| matches!(answer, Answer::Allowed);
    let all_asked = answers.len() == place.teams.len();
    if !(all_asked && answers.iter().all(is_allowed)) {
        let question = about(kind, admission.id(), SHARE_WRITE, place);
        crm.due(admission.caller(), question, &teams_problem(kind))
            .await?;
    }
    existing_teams(crm, &place.teams).await
}

fn teams_problem(kind: &Kind) -> String {
    format!(
        "you may not decide which teams work on this {}: it takes the right to share it for writing",
        kind.name
    )
}

/// Makes sure that the caller may decide that these teams work on a record.
///
/// # Errors
/// Ids that are none; PERMISSION_DENIED, with what is missing; FAILED_PRECONDITION: a further team that
/// there is not.
pub(super) async fn admit_teams<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    teams: &[String],
) -> Result<(), Refusal> {
    let kind = E::kind();
    check_teams(kind, teams)?;
    let place = Place::of(kind, permit.contextual(), permit.id());
    let question = Question {
        contextual: permit.contextual().to_vec(),
        ..about(kind, permit.id(), SHARE_WRITE, &place)
    };
    crm.due(permit.caller(), question, &teams_problem(kind))
        .await?;
    let is_further = |team: &&String| !place.teams.contains(team);
    let further: Vec<String> = teams.iter().filter(is_further).cloned().collect();
    existing_teams(crm, &further).await
}

async fn existing_teams(crm: &Crm, teams: &[String]) -> Result<(), Refusal> {
    for team in teams {
        existing_group(&*crm.directory, &format!("team:{team}")).await?;
    }
    Ok(())
}

/// Whether these may be the teams of a record.
fn check_teams(kind: &Kind, teams: &[String]) -> Result<(), Violations> {
    let mut violations = Violations::of(kind.name);
    if teams.len() > MAX_TEAMS {
        let problem = format!("{} teams; give at most {MAX_TEAMS}", teams.len());
        violations.add("teams", problem);
    }
    for (at, team) in teams.iter().enumerate() {
        violations.id("teams", team);
        if teams.iter().take(at).any(|earlier| earlier == team) {
            let problem = format!("{} stands twice; name each team once", quote(team));
            violations.add("teams", problem);
        }
    }
    violations.or(())
}

/// Asks about the caller, and a record as it would be at a place.
pub(crate) fn about(kind: &Kind, id: &str, permission: &str, place: &Place) -> Question {
    let mut contextual = standing(kind, id);
    contextual.extend(place.facts(kind, id));
    Question {
        subject: String::new(),
        permission: permission.to_owned(),
        resource: kind.reference(id),
        contextual,
    }
}
