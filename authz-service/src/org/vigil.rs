//! Holding the claim on the database for as long as the process serves from memory.

use super::Organization;
use crate::refusal::Refusal;
use service_kit::db::{Claim, Lease, OpenError};
use service_kit::serve::Health;
use std::time::{Duration, Instant};

/// The name under which a database is claimed.
pub const CLAIM: &str = "authz-service";

/// Between two attempts to get the claim back.
const PAUSE: Duration = Duration::from_secs(1);
/// After a break the server may hold our own old claim for a while, until it notices that we are
/// gone. Who has the claim after this is somebody else.
const OURS_UNTIL: Duration = Duration::from_secs(30);

/// Watches over the claim. Each answer of the database extends the lease under which the organization
/// answers from memory. When there is none for the length of a lease, nothing is answered any more:
/// another process may write now, and an answer from memory could be from before its revoke. That
/// process waits for one lease before it serves, so that the two never answer at once. When the claim
/// is had again, everything is read again and answering goes on.
///
/// # Errors
/// Another process has the claim. Nothing else ends the watch.
pub async fn keep(org: &Organization, mut claim: Claim, health: &Health) -> OpenError {
    loop {
        let cause = claim.lost(&org.lease).await;
        org.lease.end();
        health.not_ready();
        tracing::error!(
            cause = cause.with_cause(),
            "the database is gone; nothing is answered until it is back"
        );
        // Its session, if it lives on, would keep us out.
        drop(claim);
        claim = match regain(org).await {
            Ok(claim) => claim,
            Err(error) => return error,
        };
        health.ready();
        tracing::info!("the database is back, and was read again");
    }
}

/// Claims the database anew and reads it.
async fn regain(org: &Organization) -> Result<Claim, OpenError> {
    let lost_at = Instant::now();
    loop {
        tokio::time::sleep(PAUSE).await;
        let mut claim = match org.db.claim(CLAIM).await {
            Ok(claim) => claim,
            Err(taken @ OpenError::Claimed { .. }) if lost_at.elapsed() > OURS_UNTIL => {
                return Err(taken);
            }
            Err(_) => continue,
        };
        // The organization's own lease begins when it has read.
        let until_read = Lease::default();
        tokio::select! {
            read = read_again(org) => match read {
                Ok(()) => return Ok(claim),
                Err(error) => tracing::warn!(%error, "the database cannot be read again yet"),
            },
            cause = claim.lost(&until_read) => {
                tracing::warn!(cause = cause.with_cause(), "the database is gone again");
            }
        }
    }
}

async fn read_again(org: &Organization) -> Result<(), Refusal> {
    let _turn = org.turn.lock().await;
    org.reload().await
}
