//! What is done beside the calls: folding the overlay, forgetting what has ended, noting last use.

use super::{Head, Organization};
use crate::identity::service_accounts::to_the_minute;
use crate::refusal::Refusal;
use crate::store;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const MINUTES_BETWEEN_CLEANINGS: u32 = 60;
const DAY_US: i64 = 24 * 3600 * 1_000_000;
/// How long request ids are remembered.
const REQUESTS_US: i64 = 7 * DAY_US;

/// Runs until the organization is gone.
pub(super) async fn serve(org: Weak<Organization>) {
    let mut minute = tokio::time::interval(MINUTE);
    minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for count in 0u32.. {
        minute.tick().await;
        let Some(org) = org.upgrade() else { return };
        let mut outcome = note_last_use(&org).await;
        if outcome.is_ok() && count.is_multiple_of(MINUTES_BETWEEN_CLEANINGS) {
            outcome = forget(&org).await;
        }
        if let Err(error) = outcome {
            tracing::warn!(%error, "housekeeping failed; it is tried again in a minute");
        }
    }
}

/// Neither is a change that anybody waits for or that a revision names, so that both go without.
async fn note_last_use(org: &Organization) -> Result<(), Refusal> {
    let register = org.principals.load_full();
    let used = register.services().map(|service| {
        (
            service.id.clone(),
            to_the_minute(service.last_used_at_us.load(Ordering::Relaxed)),
        )
    });
    let used: Vec<_> = used.filter(|(_, at_us)| *at_us > 0).collect();
    if used.is_empty() {
        return Ok(());
    }
    let mut tx = org.db.begin().await?;
    for (id, at_us) in used {
        store::service_accounts::used(&mut tx, &id, at_us).await?;
    }
    Ok(tx.commit().await?)
}

async fn forget(org: &Organization) -> Result<(), Refusal> {
    let now_us = org.now_us();
    let mut tx = org.db.begin().await?;
    store::requests::forget(&mut tx, now_us - REQUESTS_US).await?;
    store::activation_tokens::forget(&mut tx, now_us).await?;
    store::sessions::forget(&mut tx, now_us - DAY_US).await?;
    Ok(tx.commit().await?)
}

impl Organization {
    /// Folds the overlay of the snapshot into its base, beside the calls. What is written meanwhile
    /// is applied to the result.
    pub(super) fn wants_merge(&self) {
        let Some(org) = self.myself.upgrade() else {
            return;
        };
        if org.is_merging.swap(true, Ordering::AcqRel) {
            return;
        }
        self.io.spawn(async move {
            if let Err(error) = merge(&org).await {
                tracing::error!(%error, "the overlay of the snapshot cannot be folded");
            }
            org.is_merging.store(false, Ordering::Release);
        });
    }
}

async fn merge(org: &Arc<Organization>) -> Result<(), Refusal> {
    let before = org.head.load_full();
    let merged = tokio::task::spawn_blocking(move || before.snapshot.merged());
    let mut merged = merged
        .await
        .map_err(Refusal::internal)?
        .map_err(Refusal::internal)?;
    let _turn = org.turn.lock().await;
    let head = org.head.load_full();
    if !Arc::ptr_eq(merged.schema(), head.snapshot.schema()) {
        // Another schema came, and with it a snapshot without an overlay.
        return Ok(());
    }
    let revision = i64::try_from(merged.revision()).map_err(Refusal::internal)?;
    let changes = store::changes::after(&org.db, revision).await?;
    merged = merged
        .apply(head.snapshot.revision(), &changes)
        .map_err(Refusal::internal)?;
    let model = head.model.clone();
    org.head.store(Arc::new(Head::new(
        Arc::clone(&head.database_id),
        merged,
        model,
    )));
    Ok(())
}
