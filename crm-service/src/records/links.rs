//! References to other records and to people: whoever makes one must see what it leads to.

use super::entity::{Change, Entity};
use super::facts;
use super::field::{Given, Holds};
use super::kind::Kind;
use super::message::dynamic;
use super::refusal::Refusal;
use super::violations::{Violations, quote};
use crate::authz::receiver;
use crate::crm::Crm;
use service_kit::caller::Caller;
use service_kit::guard::decider::{Answer, Question};

/// A reference that a change makes.
struct Link {
    field: &'static str,
    kind: &'static Kind,
    permission: &'static str,
    id: String,
}

/// Makes sure that each record that a change begins to refer to is there for the caller. One that they
/// may not see is answered like one that there is not.
///
/// # Errors
/// A reference to what is not there.
pub(super) async fn admit<E: Entity>(
    crm: &Crm,
    caller: &Caller,
    change: &Change<'_, E::Message>,
) -> Result<(), Refusal> {
    let made = made::<E>(change)?;
    for person in &made.people {
        receiver(&*crm.directory, person).await?;
    }
    let made = made.links;
    let mut questions = Vec::with_capacity(made.len());
    let mut asked = Vec::with_capacity(made.len());
    let mut violations = Violations::of(E::kind().name);
    for link in made {
        let ids = std::slice::from_ref(&link.id);
        match facts::of_ids(&crm.db, link.kind, ids, false)
            .await?
            .remove(&link.id)
        {
            None => not_there(&link, &mut violations),
            Some(facts) => {
                questions.push(Question {
                    subject: String::new(),
                    permission: link.permission.to_owned(),
                    resource: link.kind.reference(&link.id),
                    contextual: facts.relationships,
                });
                asked.push(link);
            }
        }
    }
    if !questions.is_empty() {
        let answers = crm.decider.check(caller, questions).await?;
        let mut answers = answers.into_iter();
        for link in &asked {
            if !matches!(answers.next(), Some(Answer::Allowed)) {
                not_there(link, &mut violations);
            }
        }
    }
    Ok(violations.or(())?)
}

/// Those of these records that are not there for the caller: for references that stand within a field.
///
/// # Errors
/// The database or the decider fails.
pub(crate) async fn missing(
    crm: &Crm,
    caller: &Caller,
    kind: &'static Kind,
    ids: &[String],
) -> Result<Vec<String>, Refusal> {
    let mut found = facts::of_ids(&crm.db, kind, ids, false).await?;
    let (mut there, mut questions) = (Vec::new(), Vec::new());
    for id in ids {
        if let Some(facts) = found.remove(id) {
            there.push(id);
            questions.push(Question {
                subject: String::new(),
                permission: "view".to_owned(),
                resource: kind.reference(id),
                contextual: facts.relationships,
            });
        }
    }
    let answers = if questions.is_empty() {
        Vec::new()
    } else {
        crm.decider.check(caller, questions).await?
    };
    let answered = there.into_iter().zip(answers);
    let seen: Vec<&String> = answered
        .filter(|(_, answer)| matches!(answer, Answer::Allowed))
        .map(|(id, _)| id)
        .collect();
    Ok(ids
        .iter()
        .filter(|id| !seen.contains(id))
        .cloned()
        .collect())
}

/// The references that were not there before.
#[derive(Default)]
struct Made {
    links: Vec<Link>,
    people: Vec<String>,
}

fn made<E: Entity>(change: &Change<'_, E::Message>) -> Result<Made, Refusal> {
    let plan = E::kind().plan()?;
    let after = dynamic(&plan.descriptor, &change.after)?;
    let before = match change.before {
        Some(before) => Some(dynamic(&plan.descriptor, before)?),
        None => None,
    };
    let mut made = Made::default();
    for planned in &plan.fields {
        let value = after.get_field(&planned.descriptor);
        let id = value.as_str().unwrap_or_default();
        let was = before
            .as_ref()
            .map(|before| before.get_field(&planned.descriptor));
        let is_old = was.as_ref().and_then(|was| was.as_str()) == Some(id);
        let is_asked = !matches!(planned.field.given, Given::ByTheKind(_) | Given::Aside(_));
        if id.is_empty() || is_old || !is_asked {
            continue;
        }
        let (kind, permission) = match planned.field.holds {
            Holds::Link(kind, permission) => (kind, permission),
            Holds::Home(kind) => (kind, "view"),
            Holds::Person { .. } => {
                made.people.push(id.to_owned());
                continue;
            }
            _ => continue,
        };
        made.links.push(Link {
            field: planned.field.name,
            kind,
            permission,
            id: id.to_owned(),
        });
    }
    Ok(made)
}

fn not_there(link: &Link, violations: &mut Violations) {
    let (kind, id) = (link.kind.name, quote(&link.id));
    violations.add(
        link.field,
        format!("there is no {kind} {id}; name one that there is"),
    );
}
