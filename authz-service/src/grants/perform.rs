//! One grant or revoke, from idempotency to the log.

use super::administrators;
use super::authorize::authorize;
use super::order::{Kind, Order};
use super::validate::validate;
use crate::identity::authenticate::INVALID_TOKEN;
use crate::identity::departments;
use crate::refusal::Refusal;
use crate::store;
use crate::store::requests::DoneRequest;
use crate::write::Write;
use menshen_proto::authz::v1::Expectation;
use service_kit::status::Reason;

/// Carries an order out in a write, and returns the revision that holds it.
///
/// # Errors
/// What was refused. INVARIANT: up to the first change, every refusal leaves the write as it was, so
/// that others may share it; after that only [`Refusal::Database`] and [`Refusal::Internal`] come,
/// and [`Refusal::Precondition`] of an order about the service itself, which shares with nobody.
pub async fn perform(write: &mut Write<'_>, order: &Order) -> Result<i64, Refusal> {
    require_unlocked(write, order)?;
    if let Some(done) = done_before(write, order).await? {
        return Ok(done);
    }
    let now_us = write.now_us();
    authorize(write.draft(), order, now_us)?;
    validate(&write.model().schema.clone(), order, now_us)?;
    require(write, order).await?;
    if order.kind == Kind::Grant {
        departments::check_granted_parents(write, &order.relationships).await?;
    }
    match order.kind {
        Kind::Grant => write.put(&order.author, &order.relationships).await?,
        Kind::Revoke => {
            let gone = order.relationships.iter();
            let gone = gone.map(|one| {
                (
                    one.resource.clone(),
                    one.relation.clone(),
                    one.subject.clone(),
                )
            });
            write
                .delete(&order.author, &gone.collect::<Vec<_>>())
                .await?;
        }
    }
    if order.kind == Kind::Revoke && order.is_about_the_service() {
        administrators::remain(write).await?;
    }
    remember(write, order).await?;
    Ok(write.revision())
}

/// Who gave the order, or the service that passed it on, may have been locked out while it waited for
/// its turn.
fn require_unlocked(write: &Write<'_>, order: &Order) -> Result<(), Refusal> {
    let register = write.org().principals.load();
    let author = &order.author;
    if register.is_locked_out(&author.actor) || register.is_locked_out(&author.via_service) {
        return Err(INVALID_TOKEN);
    }
    Ok(())
}

/// The revision of the same request, if it was carried out before.
async fn done_before(write: &mut Write<'_>, order: &Order) -> Result<Option<i64>, Refusal> {
    let id = &order.author.request_id;
    if id.is_empty() {
        return Ok(None);
    }
    match store::requests::find(write.tx(), &order.author.actor, id).await? {
        None => Ok(None),
        Some(done) if done.body_hash == order.body_hash => Ok(Some(done.revision)),
        Some(_) => Err(Refusal::RequestIdReused(id.clone())),
    }
}

async fn remember(write: &mut Write<'_>, order: &Order) -> Result<(), Refusal> {
    let id = &order.author.request_id;
    if id.is_empty() {
        return Ok(());
    }
    let done = DoneRequest {
        body_hash: order.body_hash.clone(),
        revision: write.revision(),
    };
    let now_us = write.now_us();
    Ok(store::requests::insert(write.tx(), &order.author.actor, id, &done, now_us).await?)
}

/// Holds the request's preconditions to what the write would go on from.
async fn require(write: &mut Write<'_>, order: &Order) -> Result<(), Refusal> {
    let now_us = write.now_us();
    for (position, (expectation, pattern)) in order.preconditions.iter().enumerate() {
        let found = store::relationships::exists(write.tx(), pattern, now_us).await?;
        if found != (*expectation == Expectation::MustExist) {
            let problem = if found {
                "a relationship matches it"
            } else {
                "nothing matches it"
            };
            return Err(Refusal::precondition(
                Reason::PreconditionFailed,
                format!("preconditions[{position}]"),
                format!("precondition {position} does not hold: {problem}; nothing was changed"),
            ));
        }
    }
    Ok(())
}
