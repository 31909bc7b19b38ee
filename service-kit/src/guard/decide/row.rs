//! One record as a decision sees it, whether or not there is such a row.

use crate::guard::batch::{Answers, Batch, Slot};
use crate::guard::plan::Plan;
use crate::guard::refusal;
use crate::guard::source::{Facts, RecordSource};
use crate::status;
use menshen_proto::authz::v1::Relationship;
use tonic::Status;

/// The longest id of a record, in characters.
const MAX_ID_CHARS: usize = 64;
/// Stands in a question for an id that no record can have.
const NO_ID: &str = "-";

/// A record that a request names.
pub(super) struct Row {
    resource_type: &'static str,
    id: String,
    facts: Option<Facts>,
    standing: Vec<Relationship>,
}

/// Where the answers about a row are.
pub(super) struct RowSlots {
    own: Slot,
    view: Slot,
    standing: Slot,
}

/// What is asked about a row.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    pub(super) permission: &'static str,
    pub(super) view_permission: &'static str,
}

impl Row {
    /// Fetches several rows, in order. An id that no record can have is that of an absent one.
    pub(super) async fn fetch(
        source: &dyn RecordSource,
        ids: Vec<String>,
        include_deleted: bool,
    ) -> Result<Vec<Self>, Status> {
        let possible: Vec<String> = ids.iter().filter(|id| is_id(id)).cloned().collect();
        let mut found = facts_of(source, &possible, include_deleted)
            .await?
            .into_iter();
        let rows = ids.into_iter().map(|id| {
            let facts = if is_id(&id) {
                found.next().flatten()
            } else {
                None
            };
            let standing = source.standing(if is_id(&id) { &id } else { NO_ID });
            Self {
                resource_type: source.resource_type(),
                id,
                facts,
                standing,
            }
        });
        Ok(rows.collect())
    }

    /// The id as the request has it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether there is such a row.
    pub(super) fn exists(&self) -> bool {
        self.facts.is_some()
    }

    /// The row's version. `None`: there is no such row.
    pub(super) fn version(&self) -> Option<i64> {
        self.facts.as_ref().map(|facts| facts.version)
    }

    /// The id and the facts, for the proof.
    pub(super) fn into_facts(self) -> (String, Facts) {
        (self.id, self.facts.unwrap_or_default())
    }

    /// `customer:42`.
    pub(super) fn resource(&self) -> String {
        let id = if is_id(&self.id) { &self.id } else { NO_ID };
        format!("{}:{id}", self.resource_type)
    }

    /// Asks one permission on the row as it is.
    pub(super) fn ask_one(&self, permission: &str, batch: &mut Batch) -> Slot {
        let facts = self
            .facts
            .as_ref()
            .map_or(&self.standing, |facts| &facts.relationships);
        batch.ask(permission, &self.resource(), facts)
    }

    /// Asks one permission on the row as if it were absent.
    pub(super) fn ask_standing(&self, permission: &str, batch: &mut Batch) -> Slot {
        batch.ask(permission, &self.resource(), &self.standing)
    }

    /// Asks all that it takes to answer: the permission, whether the row is visible, and what would
    /// be answered if there were none. The same questions for every row: their number tells nothing.
    pub(super) fn ask(&self, asking: Asking, batch: &mut Batch) -> RowSlots {
        let own = self.ask_one(asking.permission, batch);
        let view = if asking.permission == asking.view_permission {
            own
        } else {
            self.ask_one(asking.view_permission, batch)
        };
        RowSlots {
            own,
            view,
            standing: self.ask_standing(asking.permission, batch),
        }
    }

    /// Lets the caller go on, or says what a caller who may know no more may be told.
    ///
    /// INVARIANT: where the row is absent or out of sight, the answer follows from the standing
    /// facts alone, and so is the same for both.
    pub(super) fn admit(
        &self,
        slots: &RowSlots,
        answers: &Answers,
        plan: &Plan,
        permission: &str,
    ) -> Result<(), Status> {
        if self.exists() && answers.allows(slots.own) {
            return Ok(());
        }
        if self.exists() && answers.allows(slots.view) {
            return Err(refusal::denied(plan, permission, answers.denial(slots.own)));
        }
        match answers.general_denial(slots.standing) {
            Some(denial) => Err(refusal::denied(plan, permission, Some(denial))),
            None => Err(self.not_found()),
        }
    }

    /// There is no such record, or the caller may not see it.
    pub(super) fn not_found(&self) -> Status {
        let id: String = self.id.chars().take(MAX_ID_CHARS).collect();
        status::not_found(self.resource_type, &id)
    }
}

/// The facts of these ids, one for each.
async fn facts_of(
    source: &dyn RecordSource,
    ids: &[String],
    include_deleted: bool,
) -> Result<Vec<Option<Facts>>, Status> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let facts = source.facts(ids, include_deleted).await?;
    if facts.len() == ids.len() {
        return Ok(facts);
    }
    let of = source.resource_type();
    Err(status::internal_message(&format!(
        "the source of `{of}` lost count of its rows"
    )))
}

/// Whether a record can have this id: 1 to 64 of `a-z A-Z 0-9 _ -`.
fn is_id(id: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
