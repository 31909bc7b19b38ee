//! One organization: everything that belongs to it hangs off one value, and nothing is global.

pub mod bootstrap;
mod housekeeping;
mod load;
mod open;
pub mod recover;
pub mod vigil;

pub use open::OpenError;

use crate::decision_id::DecisionIds;
use crate::decisions::check::Moment;
use crate::engine::snapshot::Snapshot;
use crate::identity::access_token::SigningKey;
use crate::identity::password_hash::PasswordHashing;
use crate::identity::principals::{Principals, Register};
use crate::identity::recognised::Recognised;
use crate::identity::throttle::Throttle;
use crate::meters::Meters;
use crate::model::Model;
use crate::refusal::Refusal;
use crate::revision_token;
use arc_swap::ArcSwap;
use service_kit::clock::Clock;
use service_kit::db::{Db, Lease};
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};

/// Store, snapshot, keys, schema and clock of one organization.
pub struct Organization {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where everything that touches the database runs, whoever asked for it: a call that is given
    /// up must not tear a write apart.
    io: Handle,
    head: ArcSwap<Head>,
    pub(crate) principals: Principals,
    pub(crate) recognised: Recognised,
    pub(crate) keys: Keys,
    pub(crate) hashing: PasswordHashing,
    pub(crate) throttle: Throttle,
    pub(crate) decisions: DecisionIds,
    /// Whoever holds it writes; the others wait their turn.
    pub(crate) turn: Mutex<()>,
    pub(crate) grants: mpsc::Sender<crate::grants::queue::Job>,
    myself: Weak<Self>,
    is_merging: AtomicBool,
    /// While it holds nobody else writes to the database, and memory is not behind it.
    lease: Lease,
    pub(crate) meters: Meters,
}

/// The relationships and the schema in force, as of one revision.
#[derive(Debug)]
pub struct Head {
    /// The database's id, part of its tokens.
    pub database_id: Arc<str>,
    /// Relationships.
    pub snapshot: Snapshot,
    /// Schema.
    pub model: Model,
    /// Names the revision to callers.
    pub token: Box<str>,
}

/// What signs access tokens.
#[derive(Debug)]
pub struct Keys {
    /// The newest first: that one signs.
    pub signing: Vec<SigningKey>,
    /// The `iss` of the tokens.
    pub issuer: String,
}

impl Head {
    /// A head with its token.
    pub fn new(database_id: Arc<str>, snapshot: Snapshot, model: Model) -> Self {
        let token = revision_token::encode(&database_id, snapshot.revision()).into();
        Self {
            database_id,
            snapshot,
            model,
            token,
        }
    }
}

impl Organization {
    /// The head now. A write is in it before it is acknowledged.
    pub fn head(&self) -> arc_swap::Guard<Arc<Head>> {
        self.head.load()
    }

    /// The time.
    pub fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    /// Whether answers may be given from memory.
    ///
    /// # Errors
    /// UNAVAILABLE: the database is gone, and another process may be writing to it.
    pub fn require_current(&self) -> Result<(), Refusal> {
        if self.lease.holds() {
            return Ok(());
        }
        Err(Refusal::Unavailable(
            "the database cannot be reached, and an answer from memory could be from the past",
        ))
    }

    /// What answers are made from, at the time of the call.
    ///
    /// # Errors
    /// As [`require_current`](Self::require_current).
    pub fn moment<'a>(
        &'a self,
        head: &'a Head,
        register: &'a Register,
    ) -> Result<Moment<'a>, Refusal> {
        self.require_current()?;
        Ok(Moment {
            head,
            register,
            ids: &self.decisions,
            meters: &self.meters,
            now_us: self.now_us(),
        })
    }

    /// Runs work to its end where the database is, even if the caller goes away.
    ///
    /// # Errors
    /// What the work refused; a panic in it is an internal error.
    pub async fn run<T, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let work = self.io.spawn(work(Arc::clone(self)));
        work.await
            .unwrap_or_else(|stopped| Err(Refusal::internal(stopped)))
    }

    /// Replaces the head. Only a writer whose turn it is may.
    pub(crate) fn advance(&self, head: Head) {
        let needs_merge = head.snapshot.needs_merge();
        self.meters.advanced(&head.snapshot);
        self.head.store(Arc::new(head));
        if needs_merge {
            self.wants_merge();
        }
    }
}

#[cfg(test)]
mod tests;
