//! Which of some records, of any kinds, a caller may see.

use super::facts;
use super::kind::Kind;
use super::refusal::Refusal;
use crate::crm::Crm;
use service_kit::caller::Caller;
use service_kit::guard::decider::{Answer, Question};
use std::collections::{BTreeMap, BTreeSet};

/// A record of any kind.
#[derive(Clone, Debug)]
pub(crate) struct RecordRef {
    pub(crate) kind: &'static Kind,
    pub(crate) id: String,
}

/// Most questions that authz-service takes at once.
const MOST_QUESTIONS: usize = 1_000;

/// Those that are there and that the caller may view, as `type:id`.
///
/// # Errors
/// No decision could be had; the database fails.
pub(crate) async fn visible(
    crm: &Crm,
    caller: &Caller,
    records: impl IntoIterator<Item = RecordRef>,
) -> Result<BTreeSet<String>, Refusal> {
    let mut by_kind: BTreeMap<&str, (&'static Kind, BTreeSet<String>)> = BTreeMap::new();
    for record in records {
        let (_, ids) = by_kind
            .entry(record.kind.name)
            .or_insert_with(|| (record.kind, BTreeSet::new()));
        ids.insert(record.id);
    }
    let mut questions = Vec::new();
    for (kind, ids) in by_kind.into_values() {
        let ids: Vec<String> = ids.into_iter().collect();
        for (id, facts) in facts::of_ids(&crm.db, kind, &ids, false).await? {
            questions.push(Question {
                subject: String::new(),
                permission: "view".to_owned(),
                resource: kind.reference(&id),
                contextual: facts.relationships,
            });
        }
    }
    let mut seen = BTreeSet::new();
    for some in questions.chunks(MOST_QUESTIONS) {
        let answers = crm.decider.check(caller, some.to_vec()).await?;
        let answered = some.iter().zip(answers);
        seen.extend(answered.filter_map(|(question, answer)| {
            matches!(answer, Answer::Allowed).then(|| question.resource.clone())
        }));
    }
    Ok(seen)
}

/// Whether the caller may view this one.
///
/// # Errors
/// No decision could be had; the database fails.
pub(crate) async fn is_visible(
    crm: &Crm,
    caller: &Caller,
    kind: &'static Kind,
    id: &str,
) -> Result<bool, Refusal> {
    let record = RecordRef {
        kind,
        id: id.to_owned(),
    };
    Ok(!visible(crm, caller, [record]).await?.is_empty())
}
