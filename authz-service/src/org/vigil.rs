//! Holding the claim on the database for as long as the process serves from memory.

use super::Organization;
use service_kit::db::{Claim, OpenError};
use service_kit::serve::Health;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The name under which a database is claimed.
pub const CLAIM: &str = "authz-service";

/// Between two attempts to get the claim back.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches over the claim. When it is lost, because the database went away, nothing is answered any
/// more: another process may write now, and an answer from memory could be from before its revoke.
/// When it is had again, everything is read again and answering goes on.
///
/// The claim is looked at every two seconds: that bounds how far in the past an answer can be.
///
/// # Errors
/// Another process has the claim. Nothing else ends the watch.
pub async fn keep(org: &Organization, mut claim: Claim, health: &Health) -> OpenError {
    loop {
        let cause = claim.lost().await;
        org.is_suspended.store(true, Ordering::Release);
        health.not_ready();
        tracing::error!(%cause, "the database is gone; nothing is answered until it is back");
        claim = match regain(org).await {
            Ok(claim) => claim,
            Err(error) => return error,
        };
        org.is_suspended.store(false, Ordering::Release);
        health.ready();
        tracing::info!("the database is back, and was read again");
    }
}

async fn regain(org: &Organization) -> Result<Claim, OpenError> {
    loop {
        tokio::time::sleep(PAUSE).await;
        let claim = match org.db.claim(CLAIM).await {
            Ok(claim) => claim,
            Err(taken @ OpenError::Claimed { .. }) => return Err(taken),
            Err(_) => continue,
        };
        let _turn = org.turn.lock().await;
        match org.reload().await {
            Ok(()) => return Ok(claim),
            Err(error) => tracing::warn!(%error, "the database cannot be read again yet"),
        }
    }
}
