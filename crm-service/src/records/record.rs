//! A kind of record, and what is done with every kind alike. Each function takes the guard's proof,
//! and writes only to the row version that was decided on.

use super::call::Call;
use super::etag;
use super::history::{Change, append};
use super::message::Shape;
use super::refusal::Refusal;
use super::write::{Begun, Write};
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1::HistoryAction;
use prost::Message;
use service_kit::db::{Db, Stmt, Tx};
use service_kit::guard::permit::{Permit, Permits, Resource};
use std::collections::HashMap;
use std::future::Future;

/// A kind of record: a table, a message, and a type in the access model.
pub(crate) trait Record: Resource + Sized + Clone {
    /// Its message, with every field; the guard leaves out what the caller may not read.
    type Message: Message + Default;
    /// How its message is changed and compared.
    const SHAPE: &'static Shape;

    /// The records with these ids, deleted or not, in any order.
    fn by_ids(
        tx: &mut Tx,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Self>, Refusal>> + Send;

    /// Never changes.
    fn id(&self) -> &str;
    /// Counts its writes.
    fn version(&self) -> i64;
    /// `None`: it is not deleted.
    fn deleted_at_us(&self) -> Option<i64>;
    /// For the wire.
    fn message(&self) -> Self::Message;

    /// Makes sure, in the transaction of a write, that what was decided on beside the row's own
    /// version still holds: the place of the customer that it belongs to.
    fn still_holds(
        &self,
        tx: &mut Tx,
        facts: &[Relationship],
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// A record that can be deleted and restored: each takes id, version, time and actor as `$1` to `$4`
/// and counts the version up.
pub(crate) trait Deletable: Record {
    /// Marks the row as deleted.
    const DELETE: &'static str;
    /// Takes the mark off.
    const RESTORE: &'static str;
}

/// The record that the guard let through.
///
/// # Errors
/// NOT_FOUND where it was deleted since; stale where it changed since: it may be somebody else's now.
pub(crate) async fn one<R: Record>(db: &Db, permit: &Permit<R>) -> Result<R, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let record: R = stored(&mut tx, permit.id()).await?;
    match record.deleted_at_us() {
        Some(_) => Err(not_found::<R>(permit.id())),
        None if record.version() != permit.version() => Err(Refusal::Stale),
        None => Ok(record),
    }
}

/// Several records, and which of those asked for are not among them.
#[derive(Debug)]
pub(crate) struct Many<R> {
    /// In the order asked.
    pub(crate) records: Vec<R>,
    /// Ids that do not exist or may not be seen.
    pub(crate) not_found: Vec<String>,
}

/// The records that the guard let through. One that was deleted since is not found.
///
/// # Errors
/// Stale where one changed since.
pub(crate) async fn many<R: Record>(db: &Db, permits: &Permits<R>) -> Result<Many<R>, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let found: Vec<R> = in_order(&mut tx, permits.allowed()).await?;
    let is_decided_on = |record: &R| permits.version_of(record.id()) == Some(record.version());
    let is_live = |record: &R| record.deleted_at_us().is_none();
    if found
        .iter()
        .any(|record| is_live(record) && !is_decided_on(record))
    {
        return Err(Refusal::Stale);
    }
    let (records, deleted): (Vec<R>, Vec<R>) = found.into_iter().partition(is_live);
    let mut not_found = permits.refused().to_vec();
    not_found.extend(deleted.iter().map(|record| record.id().to_owned()));
    Ok(Many { records, not_found })
}

/// The records with these ids, in this order.
pub(crate) async fn in_order<R: Record>(tx: &mut Tx, ids: &[String]) -> Result<Vec<R>, Refusal> {
    let found = R::by_ids(tx, ids).await?;
    let by_id: HashMap<&str, &R> = found.iter().map(|record| (record.id(), record)).collect();
    Ok(ids
        .iter()
        .filter_map(|id| by_id.get(id.as_str()).copied().cloned())
        .collect())
}

/// The record with this id, deleted or not, as this transaction sees it.
///
/// # Errors
/// NOT_FOUND where there is none: rows are never removed, so the guard saw none either.
pub(crate) async fn stored<R: Record>(tx: &mut Tx, id: &str) -> Result<R, Refusal> {
    let found = R::by_ids(tx, &[id.to_owned()]).await?.pop();
    found.ok_or_else(|| not_found::<R>(id))
}

/// There is no such record, for who asks.
pub(crate) fn not_found<R: Record>(id: &str) -> Refusal {
    Refusal::NotFound(R::TYPE, id.to_owned())
}

/// The row that the guard decided on, if it is still that one and the caller's etag agrees.
pub(crate) async fn decided_on<R: Record>(
    tx: &mut Tx,
    permit: &Permit<R>,
    etag: &str,
) -> Result<R, Refusal> {
    let record: R = stored(tx, permit.id()).await?;
    if record.version() != permit.version() {
        return Err(Refusal::Stale);
    }
    if !etag::matches(etag, record.version()) {
        return Err(Refusal::EtagStale);
    }
    record.still_holds(tx, permit.contextual()).await?;
    Ok(record)
}

/// `… WHERE id = $1 AND version = $2`, with time and actor as `$3` and `$4`.
pub(crate) fn conditional<R: Record>(sql: &'static str, permit: &Permit<R>, call: &Call) -> Stmt {
    Stmt::new(sql)
        .bind(permit.id())
        .bind(permit.version())
        .bind(call.now_us)
        .bind(&call.caller)
}

/// No row: another write came between the read and this one.
pub(crate) fn changed_one(rows: u64) -> Result<(), Refusal> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Refusal::Stale)
    }
}

/// Writes a change down and ends the call with the record as it is now.
pub(crate) async fn finish<R: Record>(
    mut write: Write<'_>,
    action: HistoryAction,
    before: &R,
) -> Result<R::Message, Refusal> {
    let after: R = stored(&mut write.tx, before.id()).await?;
    write_down(write, action, &before.message(), &after).await
}

/// Writes a creation down and ends the call with the new record.
pub(crate) async fn finish_new<R: Record>(
    mut write: Write<'_>,
    id: &str,
) -> Result<R::Message, Refusal> {
    let after: R = stored(&mut write.tx, id).await?;
    write_down(
        write,
        HistoryAction::Created,
        &R::Message::default(),
        &after,
    )
    .await
}

async fn write_down<R: Record>(
    mut write: Write<'_>,
    action: HistoryAction,
    before: &R::Message,
    after: &R,
) -> Result<R::Message, Refusal> {
    let message = after.message();
    let (id, version) = (after.id(), after.version());
    let change = Change {
        id,
        version,
        action,
        before,
        after: &message,
    };
    append(&mut write.tx, R::SHAPE, write.call, &change).await?;
    write.finish(message).await
}

/// Deletes a record.
///
/// # Errors
/// The etag is stale; NOT_FOUND where it is deleted already.
pub(crate) async fn delete<R: Deletable>(
    db: &Db,
    permit: &Permit<R>,
    etag: &str,
    call: &Call,
) -> Result<R::Message, Refusal> {
    let mut write = match Write::begin(db, call, R::SHAPE.message).await? {
        Begun::Answered(message) => return Ok(message),
        Begun::New(write) => write,
    };
    let before = to_delete(&mut write.tx, permit, etag).await?;
    changed_one(
        write
            .tx
            .execute(conditional(R::DELETE, permit, call))
            .await?,
    )?;
    finish(write, HistoryAction::Deleted, &before).await
}

/// The record that is to be deleted.
pub(crate) async fn to_delete<R: Record>(
    tx: &mut Tx,
    permit: &Permit<R>,
    etag: &str,
) -> Result<R, Refusal> {
    let before = decided_on(tx, permit, etag).await?;
    match before.deleted_at_us() {
        None => Ok(before),
        Some(_) => Err(not_found::<R>(permit.id())),
    }
}

/// Brings a deleted record back.
///
/// # Errors
/// It is not deleted.
pub(crate) async fn restore<R: Deletable>(
    db: &Db,
    permit: &Permit<R>,
    call: &Call,
) -> Result<R::Message, Refusal> {
    let mut write = match Write::begin(db, call, R::SHAPE.message).await? {
        Begun::Answered(message) => return Ok(message),
        Begun::New(write) => write,
    };
    let before = to_restore(&mut write.tx, permit).await?;
    changed_one(
        write
            .tx
            .execute(conditional(R::RESTORE, permit, call))
            .await?,
    )?;
    finish(write, HistoryAction::Restored, &before).await
}

/// The record that is to be restored.
pub(crate) async fn to_restore<R: Record>(tx: &mut Tx, permit: &Permit<R>) -> Result<R, Refusal> {
    let before = decided_on(tx, permit, "").await?;
    if before.deleted_at_us().is_some() {
        return Ok(before);
    }
    let message = format!(
        "the {} is not deleted; there is nothing to restore",
        R::TYPE
    );
    Err(Refusal::wrong_state(
        format!("{}:{}", R::TYPE, permit.id()),
        message,
    ))
}
