//! From the database to memory.

use super::{Head, Keys, Organization};
use crate::engine::snapshot::Snapshot;
use crate::identity::access_token::{LIFETIME_S, SigningKey};
use crate::identity::principals::{Effect, Register};
use crate::identity::service_accounts;
use crate::model::{self, Model};
use crate::refusal::Refusal;
use crate::store;
use crate::store::Pattern;
use crate::store::info::StoreInfo;
use crate::store::relationships::{ReadError, RelationshipKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service_kit::db::{Db, DbError};
use std::sync::{Arc, mpsc};

/// Rows of one read.
const PAGE: i64 = 10_000;
/// Pages that wait to be built in: they bound the memory that a start takes beside the snapshot.
const PAGES_AHEAD: usize = 4;

/// The relationships and the schema in force.
pub(super) async fn head(db: &Db, info: &StoreInfo) -> Result<Head, Refusal> {
    let model = model(db).await?;
    let revision = u64::try_from(info.head_revision).map_err(Refusal::internal)?;
    let (pages, received) = mpsc::sync_channel::<Vec<_>>(PAGES_AHEAD);
    let schema = Arc::clone(&model.schema);
    let building = tokio::task::spawn_blocking(move || {
        Snapshot::build(schema, revision, received.into_iter().flatten())
    });
    let read = read_relationships(db, pages).await;
    let snapshot = building
        .await
        .map_err(Refusal::internal)?
        .map_err(Refusal::internal)?;
    read?;
    Ok(Head::new(info.database_id.as_str().into(), snapshot, model))
}

async fn read_relationships(
    db: &Db,
    pages: mpsc::SyncSender<Vec<crate::engine::relationship::Relationship>>,
) -> Result<(), ReadError> {
    let mut after: Option<RelationshipKey> = None;
    loop {
        let all = Pattern::default();
        let page = store::relationships::list(db, &all, None, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(RelationshipKey::of(&last.relationship));
        let page = page.into_iter().map(|grant| grant.relationship).collect();
        let pages = pages.clone();
        // Waiting for the builder blocks, so it is done where that is allowed. A builder that is
        // gone has an error to tell.
        let sent = tokio::task::spawn_blocking(move || pages.send(page)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Ok(());
        }
    }
}

async fn model(db: &Db) -> Result<Model, Refusal> {
    let row = store::schemas::latest(db).await?;
    let (version, text) = row.map(|row| (row.version, row.text)).unwrap_or_default();
    let compiled = model::compile(&text).map_err(|found| {
        let first = found.first().map(ToString::to_string).unwrap_or_default();
        Refusal::Internal(format!("the stored schema does not compile: {first}"))
    })?;
    Ok(Model {
        schema: Arc::new(compiled.schema),
        text: text.into(),
        version,
    })
}

/// Who is locked out, and the services.
pub(super) async fn register(db: &Db, now_us: i64) -> Result<Register, Refusal> {
    let mut effects = Vec::new();
    for id in store::users::disabled(db).await? {
        effects.push(Effect::UserDisabled(id.into()));
    }
    let lifetime_us = LIFETIME_S * 1_000_000;
    for session in store::sessions::ended_since(db, now_us - lifetime_us).await? {
        let ended_at_us = session.ended_at_us.unwrap_or(now_us);
        let until_us = ended_at_us + lifetime_us;
        effects.push(Effect::SessionEnded {
            id: session.id.into(),
            until_us,
        });
    }
    for row in store::service_accounts::all(db).await? {
        effects.push(Effect::Service(service_accounts::read(&row)?));
    }
    let mut register = Register::default();
    register.apply(&effects, now_us);
    Ok(register)
}

/// The keys that sign access tokens.
pub(super) async fn keys(db: &Db, info: &StoreInfo) -> Result<Keys, Refusal> {
    let mut signing = Vec::new();
    for row in store::signing_keys::all(db).await? {
        let seed = URL_SAFE_NO_PAD
            .decode(row.seed)
            .map_err(Refusal::internal)?;
        signing.push(SigningKey::new(row.id, &seed).map_err(Refusal::internal)?);
    }
    Ok(Keys {
        signing,
        issuer: format!("menshen/{}", info.database_id),
    })
}

impl Organization {
    /// Reads everything again: what is in memory may be behind the database. Only a writer whose
    /// turn it is may.
    pub(crate) async fn reload(&self) -> Result<(), Refusal> {
        let info = store::info::read(&self.db).await?;
        let head = head(&self.db, &info).await?;
        let register = register(&self.db, self.now_us()).await?;
        self.principals.replace(register);
        self.advance(head);
        Ok(())
    }

    /// Reads everything again as soon as it is nobody's turn to write. If that fails, the next
    /// writer does it.
    pub(crate) fn reload_soon(&self, cause: &DbError) {
        tracing::warn!(%cause, "a commit did not say whether it happened; reading the database again");
        let Some(org) = self.myself.upgrade() else {
            return;
        };
        self.io.spawn(async move {
            let _turn = org.turn.lock().await;
            if let Err(error) = org.reload().await {
                tracing::warn!(%error, "the database cannot be read again yet");
            }
        });
    }
}
