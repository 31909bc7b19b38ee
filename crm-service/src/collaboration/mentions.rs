//! Mentions 提及: they give nothing. Who could not see the note is not told of it, and its author is told so.

use super::note::NOTE;
use super::people;
use crate::crm::Crm;
use crate::records::entity::{Cause, Change};
use crate::records::facts;
use crate::records::kind::Kind;
use crate::records::notice::{Notice, tell};
use crate::records::place::fact;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1::{Note, NoteVisibility, NotificationReason};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::decider::{Answer, Question};

/// Finds out which of the mentioned could see the note as it would be.
///
/// # Errors
/// FAILED_PRECONDITION: somebody is unknown or disabled.
pub(super) async fn admit(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, Note>,
) -> Result<(), Refusal> {
    let note = &change.after;
    // More would be refused by the checks that follow; nothing is asked for them.
    let mut violations = Violations::of(NOTE.name);
    people::check("mentions", &note.mentions, &mut violations);
    violations.or(())?;
    let before = change.before.map(|before| before.mentions.as_slice());
    people::admit(crm, before.unwrap_or_default(), &note.mentions).await?;
    let contextual = facts_of(crm, change.id, note).await?;
    let question = |person: &String| Question {
        subject: format!("user:{person}"),
        permission: "view".to_owned(),
        resource: NOTE.reference(change.id),
        contextual: contextual.clone(),
    };
    let questions: Vec<Question> = note.mentions.iter().map(question).collect();
    let answers = match questions.len() {
        0 => Vec::new(),
        _ => crm.decider.check(caller, questions).await?,
    };
    let mut answers = answers.into_iter();
    let mut unreachable = note.mentions.clone();
    unreachable.retain(|_| !matches!(answers.next(), Some(Answer::Allowed)));
    change.after.unreachable_mentions = unreachable;
    Ok(())
}

/// Tells those who are mentioned for the first time, and can see the note.
pub(super) async fn tell_new(tx: &mut Tx, change: &Change<'_, Note>) -> Result<(), Refusal> {
    if !matches!(change.cause, Cause::Create | Cause::Update(_)) {
        return Ok(());
    }
    let note = &change.after;
    let told = |before: &Note, person: &String| {
        before.mentions.contains(person) && !before.unreachable_mentions.contains(person)
    };
    let is_new = |person: &&String| {
        !note.unreachable_mentions.contains(person)
            && !change.before.is_some_and(|before| told(before, person))
    };
    let people: Vec<&String> = note.mentions.iter().filter(is_new).collect();
    let notice = Notice {
        because: NotificationReason::Mentioned,
        kind: &NOTE,
        id: change.id,
    };
    tell(tx, change.call, notice, &people).await
}

/// What holds of a note as it would be; see the relations of [`NOTE`].
async fn facts_of(crm: &Crm, id: &str, note: &Note) -> Result<Vec<Relationship>, Refusal> {
    let resource = NOTE.reference(id);
    let mut found = facts::standing(&NOTE, id);
    if !note.author.is_empty() {
        found.push(fact(&resource, "author", format!("user:{}", note.author)));
    }
    if note.visibility() != NoteVisibility::Private && note.visibility() != NoteVisibility::Team {
        found.push(fact(&resource, "open", NOTE.module.to_owned()));
    }
    for (field, parent, above) in [(
        "customer",
        &crate::customers::customer::CUSTOMER,
        &note.customer,
    )] {
        if above.is_empty() {
            continue;
        }
        let facts = about(crm, parent, above).await?;
        if note.visibility() == NoteVisibility::Team {
            let teams = facts.iter().filter(|one| one.relation == "team");
            let teams: Vec<_> = teams
                .map(|one| fact(&resource, "team", one.subject.clone()))
                .collect();
            found.extend(teams);
        }
        found.push(fact(&resource, field, parent.reference(above)));
        found.extend(facts);
    }
    Ok(found)
}

async fn about(crm: &Crm, kind: &'static Kind, id: &str) -> Result<Vec<Relationship>, Refusal> {
    let mut found = facts::of_ids(&crm.db, kind, &[id.to_owned()], false).await?;
    Ok(found.remove(id).unwrap_or_default().relationships)
}
