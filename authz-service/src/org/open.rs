//! Opening an organization: migrate, first start, load.

use super::{Organization, bootstrap, housekeeping, load};
use crate::decision_id::DecisionIds;
use crate::grants::queue;
use crate::identity::password_hash::PasswordHashing;
use crate::identity::principals::Principals;
use crate::identity::recognised::Recognised;
use crate::identity::throttle::Throttle;
use crate::meters::Meters;
use crate::refusal::Refusal;
use crate::store;
use crate::store::info::StoreInfo;
use arc_swap::ArcSwap;
use secrecy::SecretString;
use service_kit::clock::Clock;
use service_kit::db::{Db, DbError, Lease, MigrateError};
use service_kit::ids;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::{Mutex, mpsc};

/// Writes that wait for their turn. Whoever comes after is told to try again.
const QUEUED_WRITES: usize = 4096;

/// Why a database cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// It failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// There is nothing yet that could be recovered.
    #[error(
        "nobody has served this database yet: start the service, and it prints a line that lets the \
         first administrator in"
    )]
    NeverServed,
    /// What it holds cannot be loaded.
    #[error("the database cannot be loaded: {0}")]
    Load(Refusal),
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Database(error) => Self::Database(error),
            other => Self::Load(other),
        }
    }
}

impl Organization {
    /// Migrates the database, completes its first start, and loads it.
    ///
    /// The caller holds the claim on the database: two processes over one would answer from
    /// memories of their own. `root_token` is the bearer token of `service:root`, taken at the first
    /// start only. Must be called on the runtime where the database is to be used.
    ///
    /// # Errors
    /// The database cannot be migrated or read.
    pub async fn open(
        db: Db,
        clock: Arc<dyn Clock>,
        root_token: Option<SecretString>,
    ) -> Result<Arc<Self>, OpenError> {
        let (org, info, jobs) = Self::load(db, clock).await?;
        bootstrap::complete(&org, &info, root_token).await?;
        tokio::spawn(queue::serve(Arc::downgrade(&org), jobs));
        tokio::spawn(housekeeping::serve(Arc::downgrade(&org)));
        Ok(org)
    }

    /// Migrates the database and loads it, and does nothing of its own accord.
    pub(super) async fn load(
        db: Db,
        clock: Arc<dyn Clock>,
    ) -> Result<(Arc<Self>, StoreInfo, mpsc::Receiver<queue::Job>), OpenError> {
        db.migrate(&store::MIGRATIONS).await?;
        create(&db, clock.now_us()).await?;
        let info = store::info::read(&db).await?;
        let head = load::head(&db, &info).await?;
        let register = load::register(&db, clock.now_us()).await?;
        let keys = load::keys(&db, &info).await?;
        let (grants, jobs) = mpsc::channel(QUEUED_WRITES);
        let mut process = [0; 2];
        ids::fill(&mut process);
        let org = Arc::new_cyclic(|myself| Self {
            db,
            clock,
            io: tokio::runtime::Handle::current(),
            head: ArcSwap::from_pointee(head),
            principals: Principals::new(register),
            recognised: Recognised::default(),
            keys,
            hashing: PasswordHashing::default(),
            throttle: Throttle::default(),
            decisions: DecisionIds::new(u16::from_le_bytes(process)),
            turn: Mutex::new(()),
            grants,
            myself: myself.clone(),
            is_merging: AtomicBool::new(false),
            lease: Lease::default(),
            meters: Meters::default(),
        });
        Ok((org, info, jobs))
    }
}

/// Gives a new database its id and its first signing key.
async fn create(db: &Db, now_us: i64) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let mut id = [0; 8];
    ids::fill(&mut id);
    if store::info::create(&mut tx, &hex::encode(id)).await? {
        store::signing_keys::insert(&mut tx, &bootstrap::signing_key(), now_us).await?;
    }
    tx.commit().await
}
