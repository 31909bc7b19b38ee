//! Writing: one writer at a time, one transaction, and memory follows the database before anybody is
//! told that it is done.

mod author;
mod relationships;

pub use author::Author;
pub use relationships::identity;

use crate::engine::snapshot::Snapshot;
use crate::identity::principals::Effect;
use crate::model::Model;
use crate::org::{Head, Organization};
use crate::refusal::Refusal;
use crate::store;
use crate::store::audit::AuditRow;
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
        org.meters.committed();
        drop(turn);
        Ok(token)
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

fn unsigned(revision: i64) -> Result<u64, Refusal> {
    u64::try_from(revision).map_err(|_| Refusal::internal("a revision below zero"))
}
