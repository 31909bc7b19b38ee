//! What the CRM does to records by itself, by a rule that the organization set: no guard has decided it.

use super::call::Call;
use super::change::{set_teams, statement};
use super::entity::{Cause, Change, Entity, Move};
use super::facts;
use super::history::append;
use super::place::Place;
use super::record::{Record, stored};
use super::refusal::Refusal;
use super::sharing::ending;
use crate::crm::Crm;
use service_kit::db::Stmt;

/// Puts a record elsewhere that this statement still finds, and ends the shares that its former owner made.
/// False: it is no longer found, is there already, or was deleted meanwhile.
///
/// # Errors
/// The database or authz-service fails.
pub(crate) async fn move_by_itself<E: Entity>(
    crm: &Crm,
    id: &str,
    to: &Move,
    due: Stmt,
    call: &Call,
) -> Result<bool, Refusal> {
    let kind = E::kind();
    let plan = kind.plan()?;
    let mut tx = crm.db.begin().await?;
    facts::lock(&mut tx, kind, id).await?;
    let found: Option<(String,)> = tx.fetch_optional(due).await?;
    if found.is_none() {
        return Ok(false);
    }
    let before: Record<E> = stored(&mut tx, id).await?;
    if before.deleted_at_us.is_some() || before.place == to.place {
        return Ok(false);
    }
    let change = Change {
        id,
        cause: Cause::Transfer(to),
        before: Some(&before.message),
        after: before.message.clone(),
        place: to.place.clone(),
        call,
    };
    tx.execute(statement::<E>(plan, before.version, &change)?)
        .await?;
    set_teams(&mut tx, plan, &change).await?;
    E::written(&mut tx, &change).await?;
    let after: Record<E> = stored(&mut tx, id).await?;
    append::<E>(&mut tx, &change, &after).await?;
    if call.validate_only {
        return Ok(true);
    }
    tx.commit().await?;
    if let Place {
        owner: Some(former),
        ..
    } = &before.place
    {
        ending::end_those_of::<E>(crm, id, former).await?;
    }
    Ok(true)
}
