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
        match planned.field.holds {
            Holds::Link(kind, permission) => made.links.push(Link {
                field: planned.field.name,
                kind,
                permission,
                id: id.to_owned(),
            }),
            Holds::Person { .. } => made.people.push(id.to_owned()),
            _ => {}
        }
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
