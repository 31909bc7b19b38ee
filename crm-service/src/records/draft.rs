//! A record on its way into being: by itself, or along with a change of another one.

use super::call::Call;
use super::change::{check, insert, set_teams, still_above};
use super::entity::{Cause, Change, Entity};
use super::facts::standing;
use super::field::{Field, Given};
use super::history::append;
use super::kind::Kind;
use super::links;
use super::message::{MessageError, dynamic};
use super::place::{Place, fact};
use super::plan::Plan;
use super::record::{Record, stored};
use super::refusal::Refusal;
use crate::crm::Crm;
use menshen_proto::authz::v1::{Layer, Relationship};
use menshen_proto::rules::{FieldRule, METHODS, RuleKind, fields_of};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::decider::{Answer, Question};
use service_kit::{ids, status};

/// A record to be created, admitted but for what only the transaction knows.
#[derive(Clone, Debug)]
pub(crate) struct Draft<E: Entity> {
    decided: Decided,
    after: E::Message,
}

/// The place of a new record, and what was decided on.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    /// The id that it gets.
    pub(super) id: String,
    /// The id that it has in the facts.
    pub(super) about: String,
    pub(super) facts: Vec<Relationship>,
    pub(super) place: Place,
}

impl<E: Entity> Draft<E> {
    /// Admits what was decided on already.
    ///
    /// # Errors
    /// A field that cannot be accepted.
    pub(super) async fn of(
        crm: &Crm,
        caller: &Caller,
        decided: Decided,
        proposed: &E::Message,
        call: &Call,
    ) -> Result<Self, Refusal> {
        let plan = E::kind().plan()?;
        let mut change = decided.change(given::<E>(plan, proposed)?, call);
        E::admit(crm, caller, &mut change).await?;
        check::<E>(plan, &mut change)?;
        links::admit::<E>(crm, caller, &change).await?;
        let (after, place) = (change.after, change.place);
        Ok(Self {
            decided: Decided { place, ..decided },
            after,
        })
    }

    /// Decides on a record of the caller's own as the guard does when they create it by itself, below
    /// records with these facts.
    ///
    /// # Errors
    /// PERMISSION_DENIED: the caller could not create it. A field that cannot be accepted.
    pub(crate) async fn decided(
        crm: &Crm,
        caller: &Caller,
        proposed: &E::Message,
        above: &[Relationship],
        call: &Call,
    ) -> Result<Self, Refusal> {
        let kind = E::kind();
        let id = ids::new_id(call.now_us).to_string();
        let place = own_place(crm, caller, kind).await?;
        let message = dynamic(&kind.plan()?.descriptor, proposed)?;
        let mut facts = standing(kind, &id);
        facts.extend(place.facts(kind, &id));
        facts.extend_from_slice(above);
        for (field, parent) in kind.parents() {
            let subject = parent.reference(&text(&message, field));
            facts.push(fact(&kind.reference(&id), field.name, subject));
        }
        decide(crm, caller, kind, &id, &facts, &message).await?;
        let decided = Decided {
            about: id.clone(),
            id,
            facts,
            place,
        };
        Self::of(crm, caller, decided, proposed, call).await
    }

    /// The id that it gets.
    pub(crate) fn id(&self) -> &str {
        &self.decided.id
    }

    /// What was decided on, for records below it.
    pub(crate) fn facts(&self) -> &[Relationship] {
        &self.decided.facts
    }

    /// Writes it and its history, and answers with it as it is now.
    ///
    /// # Errors
    /// What it belongs to has changed; the id is taken.
    pub(crate) async fn write(&self, tx: &mut Tx, call: &Call) -> Result<E::Message, Refusal> {
        let kind = E::kind();
        let plan = kind.plan()?;
        let decided = &self.decided;
        let mut change = decided.change(self.after.clone(), call);
        still_above(tx, kind, &decided.about, &decided.facts).await?;
        E::writing(tx, &mut change).await?;
        let inserted = tx.execute(insert::<E>(plan, &change)?).await;
        inserted.map_err(|error| Refusal::on_insert(error, kind.name, &decided.id))?;
        set_teams(tx, plan, &change).await?;
        E::written(tx, &change).await?;
        let created: Record<E> = stored(tx, &decided.id).await?;
        append::<E>(tx, &change, &created).await?;
        Ok(created.message)
    }
}

impl Decided {
    fn change<'a, M>(&'a self, after: M, call: &'a Call) -> Change<'a, M> {
        Change {
            id: &self.id,
            cause: Cause::Create,
            before: None,
            after,
            place: self.place.clone(),
            call,
        }
    }
}

/// A proposal without what callers do not give: output-only fields are ignored.
fn given<E: Entity>(plan: &Plan, proposed: &E::Message) -> Result<E::Message, Refusal> {
    let mut message = dynamic(&plan.descriptor, proposed)?;
    for planned in &plan.fields {
        if matches!(planned.field.given, Given::ByTheKind(_) | Given::Aside(_)) {
            message.clear_field(&planned.descriptor);
        }
    }
    Ok(message.transcode_to().map_err(MessageError::from)?)
}

/// The caller's own, in their department.
async fn own_place(crm: &Crm, caller: &Caller, kind: &Kind) -> Result<Place, Refusal> {
    if !kind.is_owned {
        return Ok(Place::default());
    }
    let owner = caller.subject.strip_prefix("user:").map(str::to_owned);
    let person = match &owner {
        Some(owner) => crm.directory.person(owner).await?,
        None => None,
    };
    Ok(Place {
        owner,
        department: person.and_then(|person| person.department),
        teams: Vec::new(),
    })
}

/// Asks what the rule of the kind's create method asks: of the record, of what it belongs to, and of
/// each field that is set.
async fn decide(
    crm: &Crm,
    caller: &Caller,
    kind: &'static Kind,
    id: &str,
    facts: &[Relationship],
    message: &DynamicMessage,
) -> Result<(), Refusal> {
    let (permission, parent) = rule_of(kind)?;
    let about = |permission: &str, resource: String| Question {
        subject: String::new(),
        permission: permission.to_owned(),
        resource,
        contextual: facts.to_vec(),
    };
    let mut questions = Vec::new();
    if let Some((parent_permission, parent_type)) = parent {
        let mut parents = kind.parents();
        let parent = parents.find(|(_, parent)| parent.name == parent_type);
        if let Some((field, parent)) = parent {
            let resource = parent.reference(&text(message, field));
            questions.push(about(parent_permission, resource));
        }
    }
    questions.push(about(permission, kind.reference(id)));
    let problem = format!("you may not create the {} that this makes", kind.name);
    for question in questions {
        crm.due(caller, question, &problem).await?;
    }
    writable(crm, caller, message).await
}

type CreateRule = (&'static str, Option<(&'static str, &'static str)>);

/// The permission that creating takes, and the one on the parent and its type.
fn rule_of(kind: &Kind) -> Result<CreateRule, Refusal> {
    METHODS
        .iter()
        .find_map(|method| match method.kind {
            RuleKind::Create {
                permission,
                resource_type,
                parent_permission,
                parent_type,
                ..
            } if resource_type == kind.name => {
                let has_parent = !parent_permission.is_empty();
                Some((
                    permission,
                    has_parent.then_some((parent_permission, parent_type)),
                ))
            }
            _ => None,
        })
        .ok_or_else(|| status::internal_message("a kind without a method that creates it").into())
}

/// Makes sure that the caller may write each field that is set.
async fn writable(crm: &Crm, caller: &Caller, message: &DynamicMessage) -> Result<(), Refusal> {
    for rule in set_rules(message) {
        let question = Question {
            subject: String::new(),
            permission: rule.write.to_owned(),
            resource: rule.resource.to_owned(),
            contextual: Vec::new(),
        };
        let answers = crm.decider.check(caller, vec![question]).await?;
        let (how_to_ask, decision_id) = match answers.into_iter().next() {
            Some(Answer::Allowed) => continue,
            Some(Answer::Denied(denial, decision_id)) => (denial.how_to_ask, decision_id),
            None => Default::default(),
        };
        return Err(status::permission_denied(status::Refusal {
            layer: Layer::Field,
            permission: rule.write.to_owned(),
            message: format!(
                "you may not change `{}`; leave it out, or ask for `{}`",
                rule.field, rule.write
            ),
            how_to_ask,
            decision_id,
        })
        .into());
    }
    Ok(())
}

/// The rules of the fields that are set, those of messages within included.
fn set_rules(message: &DynamicMessage) -> Vec<&'static FieldRule> {
    let mut found = Vec::new();
    let name = message.descriptor();
    for (field, value) in message.fields() {
        let rules = fields_of(name.full_name());
        found.extend(rules.filter(|rule| rule.field == field.name()));
        match value {
            Value::Message(within) => found.extend(set_rules(within)),
            Value::List(items) => {
                let within = items.iter().filter_map(Value::as_message);
                found.extend(within.flat_map(set_rules));
            }
            _ => {}
        }
    }
    found
}

fn text(message: &DynamicMessage, field: &Field) -> String {
    let value = message.get_field_by_name(field.name);
    let text = value.as_ref().and_then(|value| value.as_str());
    text.unwrap_or_default().to_owned()
}
