//! Writing: one writer at a time, one transaction, and memory follows the database before anybody is
//! told that it is done.

use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::engine::snapshot::{Change, Snapshot};
use crate::identity::principals::Effect;
use crate::model::Model;
use crate::org::{Head, Organization};
use crate::refusal::Refusal;
use crate::store;
use crate::store::audit::AuditRow;
use crate::store::relationships::Written;
use service_kit::caller::Caller;
use service_kit::db::{DbError, Tx};
use std::sync::Arc;
use tokio::sync::MutexGuard;

/// A write on its way. Dropped without [`commit`](Self::commit), nothing has happened.
///
/// It holds the writer's turn, so that what it reads from the draft and from its transaction stays
/// true until it is done.
pub struct Write<'o> {
    org: &'o Organization,
    _turn: MutexGuard<'o, ()>,
    tx: Tx,
    database_id: Arc<str>,
    /// The head with everything that was written so far.
    draft: Snapshot,
    model: Model,
    now_us: i64,
    revision: i64,
    last_revision: i64,
    /// The next places in the logs of this revision.
    change_seq: i64,
    audit_seq: i64,
    effects: Vec<Effect>,
}

/// Who writes, and why.
#[derive(Clone, Debug, Default)]
pub struct Author {
    /// `user:…` or `service:…`. Empty: nobody was recognised.
    pub actor: String,
    /// The service that passed the call on. Empty: none.
    pub via_service: String,
    /// Why.
    pub reason: String,
    /// The caller's request id. Empty: none.
    pub request_id: String,
}

impl Author {
    /// A caller with a reason.
    pub fn new(caller: &Caller, reason: &str) -> Self {
        Self {
            actor: caller.subject.clone(),
            via_service: caller.via_service.clone().unwrap_or_default(),
            reason: reason.to_owned(),
            request_id: String::new(),
        }
    }

    /// An entry of the audit log.
    pub fn entry(&self, action: &'static str, target: impl Into<String>) -> AuditRow {
        AuditRow {
            actor: self.actor.clone(),
            via_service: self.via_service.clone(),
            action,
            target: target.into(),
            reason: self.reason.clone(),
            request_id: self.request_id.clone(),
            ..AuditRow::default()
        }
    }
}

impl<'o> Write<'o> {
    /// Waits for the turn to write, and begins.
    ///
    /// # Errors
    /// The database.
    pub async fn begin(org: &'o Organization) -> Result<Self, Refusal> {
        Self::begin_many(org, 1).await
    }

    /// As [`begin`](Self::begin), for a number of revisions in one transaction.
    ///
    /// # Errors
    /// The database, or something else writes to it, too.
    pub async fn begin_many(org: &'o Organization, revisions: i64) -> Result<Self, Refusal> {
        let turn = org.turn.lock().await;
        let (mut tx, mut last_revision) = allocate(org, revisions).await?;
        if !follows(org, last_revision - revisions)? {
            // A commit whose outcome was not learned: what is in memory is behind.
            drop(tx);
            org.reload().await?;
            (tx, last_revision) = allocate(org, revisions).await?;
            if !follows(org, last_revision - revisions)? {
                return Err(Refusal::internal(
                    "something else writes to this database, too",
                ));
            }
        }
        let head = org.head();
        Ok(Self {
            org,
            _turn: turn,
            tx,
            database_id: Arc::clone(&head.database_id),
            draft: head.snapshot.clone(),
            model: head.model.clone(),
            now_us: org.now_us(),
            revision: last_revision - revisions + 1,
            last_revision,
            change_seq: 0,
            audit_seq: 0,
            effects: Vec::new(),
        })
    }

    /// The transaction.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The organization that is written to.
    pub fn org(&self) -> &'o Organization {
        self.org
    }

    /// Everything that holds when this is committed, so far.
    pub fn draft(&self) -> &Snapshot {
        &self.draft
    }

    /// The schema in force.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The time of the write.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// The revision that is being written.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Goes on to the next revision of several.
    pub fn next_revision(&mut self) {
        self.revision = (self.revision + 1).min(self.last_revision);
        self.change_seq = 0;
        self.audit_seq = 0;
    }

    /// Writes relationships that the schema allows. Of several of one identity the last counts.
    pub async fn put(
        &mut self,
        author: &Author,
        relationships: &[Relationship],
    ) -> Result<(), Refusal> {
        let latest = latest_of_each(relationships);
        let entries = latest.iter().map(|one| self.granted(author, one)).collect();
        let written = Written {
            by: &author.actor,
            at_us: self.now_us,
            reason: &author.reason,
            revision: self.revision,
        };
        store::relationships::upsert(&mut self.tx, &latest, written).await?;
        self.audit(entries).await?;
        self.log(latest.into_iter().map(Change::Write).collect())
            .await
    }

    /// Deletes relationships, where they are there.
    pub async fn delete(
        &mut self,
        author: &Author,
        relationships: &[(ObjectRef, Box<str>, SubjectRef)],
    ) -> Result<(), Refusal> {
        let mut entries = Vec::new();
        let mut changes = Vec::new();
        for (resource, relation, subject) in relationships {
            let Some(found) = self.draft.find(resource, relation, subject) else {
                continue;
            };
            store::relationships::delete(&mut self.tx, resource, relation, subject).await?;
            entries.push(AuditRow {
                before: json(&found),
                ..author.entry("revoke", identity(&found))
            });
            changes.push(Change::Delete {
                resource: resource.clone(),
                relation: relation.clone(),
                subject: subject.clone(),
            });
        }
        self.audit(entries).await?;
        self.log(changes).await
    }

    /// Appends to the audit log.
    pub async fn audit(&mut self, entries: Vec<AuditRow>) -> Result<(), Refusal> {
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        store::audit::append(
            &mut self.tx,
            self.revision,
            self.audit_seq,
            self.now_us,
            entries,
        )
        .await?;
        self.audit_seq += count;
        Ok(())
    }

    /// Something that becomes true of somebody with the commit.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Puts another schema in force. `draft` holds the same relationships under it.
    pub fn replace_model(&mut self, model: Model, draft: Snapshot) {
        self.model = model;
        self.draft = draft;
    }

    /// Makes it durable, and then true in memory. Returns the token of the last revision.
    ///
    /// # Errors
    /// The database. Whether it happened is then looked up before anything else is written.
    pub async fn commit(self) -> Result<Box<str>, Refusal> {
        let revision = unsigned(self.last_revision)?;
        let draft = self.draft.apply(revision, &[]).map_err(Refusal::internal)?;
        let Self {
            org,
            tx,
            _turn: turn,
            ..
        } = self;
        if let Err(error) = tx.commit().await {
            org.reload_soon(&error);
            return Err(Refusal::Commit(Arc::new(error)));
        }
        let head = Head::new(self.database_id, draft, self.model);
        let token = head.token.clone();
        // Who is locked out is so before what they hold is looked at again.
        org.principals.apply(&self.effects, self.now_us);
        org.advance(head);
        drop(turn);
        Ok(token)
    }

    /// Appends to the change log and to the draft.
    async fn log(&mut self, changes: Vec<Change>) -> Result<(), Refusal> {
        let revision = unsigned(self.revision)?;
        let draft = self
            .draft
            .apply(revision, &changes)
            .map_err(Refusal::internal)?;
        store::changes::append(&mut self.tx, self.revision, self.change_seq, &changes).await?;
        self.change_seq += i64::try_from(changes.len()).unwrap_or(i64::MAX);
        self.draft = draft;
        Ok(())
    }

    fn granted(&self, author: &Author, relationship: &Relationship) -> AuditRow {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = relationship;
        let before = self.draft.find(resource, relation, subject);
        AuditRow {
            before: before.as_ref().map(json).unwrap_or_default(),
            after: json(relationship),
            ..author.entry("grant", identity(relationship))
        }
    }
}

async fn allocate(org: &Organization, revisions: i64) -> Result<(Tx, i64), DbError> {
    let mut tx = org.db.begin().await?;
    let last_revision = store::info::advance(&mut tx, revisions).await?;
    Ok((tx, last_revision))
}

/// Whether the head in memory is the one that the transaction goes on from.
fn follows(org: &Organization, revision: i64) -> Result<bool, Refusal> {
    Ok(org.head().snapshot.revision() == unsigned(revision)?)
}

/// `customer:42#viewer@user:alice`
pub fn identity(relationship: &Relationship) -> String {
    let Relationship {
        resource,
        relation,
        subject,
        ..
    } = relationship;
    format!("{resource}#{relation}@{subject}")
}

/// What a relationship says beside its identity.
fn json(relationship: &Relationship) -> String {
    let condition = relationship.condition.as_ref();
    serde_json::json!({
        "condition": condition.map(|condition| &*condition.name),
        "context": condition.map(|condition| &condition.context),
        "expires_at_us": relationship.expires_at_us,
    })
    .to_string()
}

fn latest_of_each(relationships: &[Relationship]) -> Vec<Relationship> {
    let mut latest: Vec<Relationship> = Vec::with_capacity(relationships.len());
    let mut places = rustc_hash::FxHashMap::default();
    for one in relationships {
        let key = (&one.resource, &one.relation, &one.subject);
        let place = places.get(&key).copied();
        if let Some(before) = place.and_then(|place: usize| latest.get_mut(place)) {
            *before = one.clone();
        } else {
            places.insert(key, latest.len());
            latest.push(one.clone());
        }
    }
    latest
}

fn unsigned(revision: i64) -> Result<u64, Refusal> {
    u64::try_from(revision).map_err(|_| Refusal::internal("a revision below zero"))
}
