//! Group commit: grants and revokes that come while another is written share the next transaction,
//! each with its own outcome.

use super::{Order, perform};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::revision_token;
use crate::write::Write;
use service_kit::status::Reason;
use std::sync::{Arc, Weak};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// Orders of one transaction. More would let the first wait for the last for long.
const MAX_TOGETHER: usize = 256;

/// An order and who waits for it.
#[derive(Debug)]
pub struct Job {
    order: Order,
    reply: oneshot::Sender<Result<String, Refusal>>,
}

/// Carries an order out and waits for it. Returns the token of the revision that holds it.
///
/// # Errors
/// What was refused; too many others wait already.
pub async fn submit(org: &Organization, order: Order) -> Result<String, Refusal> {
    let (reply, outcome) = oneshot::channel();
    org.grants
        .try_send(Job { order, reply })
        .map_err(|error| match error {
            TrySendError::Full(_) => Refusal::TooMany {
                reason: Reason::Overloaded,
                message: "too many writes are waiting: try again in a second".to_owned(),
                retry_after_ms: 1000,
            },
            TrySendError::Closed(_) => stopped(),
        })?;
    outcome.await.unwrap_or_else(|_| Err(stopped()))
}

/// Carries out what is submitted, until the organization is gone.
pub(crate) async fn serve(org: Weak<Organization>, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::new();
    while jobs.recv_many(&mut waiting, MAX_TOGETHER).await > 0 {
        let Some(org) = org.upgrade() else { return };
        let (alone, together): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .partition(|job| job.order.validate_only || job.order.is_about_the_service());
        carry_out_together(&org, together).await;
        for job in alone {
            carry_out_alone(&org, job).await;
        }
    }
}

async fn carry_out_together(org: &Organization, jobs: Vec<Job>) {
    if jobs.is_empty() {
        return;
    }
    match try_together(org, &jobs).await {
        Some(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                answer(job, outcome);
            }
        }
        None => {
            for job in jobs {
                carry_out_alone(org, job).await;
            }
        }
    }
}

/// The outcome of each, or nothing where the transaction failed before its commit.
async fn try_together(org: &Organization, jobs: &[Job]) -> Option<Vec<Result<String, Refusal>>> {
    let revisions = i64::try_from(jobs.len()).ok()?;
    let mut write = Write::begin_many(org, revisions).await.ok()?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for (position, job) in jobs.iter().enumerate() {
        if position > 0 {
            write.next_revision();
        }
        match perform(&mut write, &job.order).await {
            Err(Refusal::Database(_) | Refusal::Internal(_)) => return None,
            outcome => outcomes.push(outcome.map(|revision| token(org, revision))),
        }
    }
    if outcomes.iter().any(Result::is_ok)
        && let Err(refusal) = write.commit().await
    {
        let Refusal::Commit(error) = refusal else {
            return None;
        };
        let failed = || Refusal::Commit(Arc::clone(&error));
        outcomes
            .iter_mut()
            .filter(|one| one.is_ok())
            .for_each(|one| *one = Err(failed()));
    }
    Some(outcomes)
}

async fn carry_out_alone(org: &Organization, job: Job) {
    let outcome = alone(org, &job.order).await;
    answer(job, outcome);
}

async fn alone(org: &Organization, order: &Order) -> Result<String, Refusal> {
    let mut write = Write::begin(org).await?;
    let revision = perform(&mut write, order).await?;
    if order.validate_only {
        return Ok(String::new());
    }
    write.commit().await?;
    Ok(token(org, revision))
}

fn answer(job: Job, outcome: Result<String, Refusal>) {
    // Whoever has stopped waiting can ask again with the same request id.
    let _ = job.reply.send(outcome);
}

fn token(org: &Organization, revision: i64) -> String {
    let revision = u64::try_from(revision).unwrap_or_default();
    revision_token::encode(&org.head().database_id, revision)
}

fn stopped() -> Refusal {
    Refusal::Unavailable("the service is stopping; nothing was changed")
}
