//! A record as it is kept: reading it behind the guard's proof.

use super::entity::Entity;
use super::etag;
use super::facts;
use super::message::MessageError;
use super::place::Place;
use super::refusal::Refusal;
use menshen_proto::standard::Resource as _;
use prost_reflect::{DynamicMessage, Value};
use service_kit::db::{Cells, Db, Stmt, Tx};
use service_kit::guard::permit::{Permit, Permits};
use std::collections::HashMap;

/// A record of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Record<E: Entity> {
    pub(crate) id: String,
    /// Counts its writes.
    pub(crate) version: i64,
    /// `None`: it is not deleted.
    pub(crate) deleted_at_us: Option<i64>,
    /// Empty where it goes with its parents.
    pub(crate) place: Place,
    pub(crate) message: E::Message,
    /// The same, for what looks fields up by name.
    pub(crate) fields: DynamicMessage,
}

impl<E: Entity> Record<E> {
    fn of(cells: &Cells) -> Result<Self, Refusal> {
        let kind = E::kind();
        let row = kind.plan()?.row_of(kind, cells)?;
        let message = row.message.transcode_to().map_err(MessageError::from)?;
        Ok(Self {
            id: row.id,
            version: row.version,
            deleted_at_us: row.deleted_at_us,
            place: row.place,
            message,
            fields: row.message,
        })
    }

    /// The value of a field that lists may be ordered by, for a page token; null where it is empty.
    pub(crate) fn value_of(&self, path: &str) -> serde_json::Value {
        let kind = E::kind();
        let Ok(plan) = kind.plan() else {
            return serde_json::Value::Null;
        };
        match path {
            "id" => self.id.as_str().into(),
            "owner" => self.place.owner.as_deref().into(),
            "department" => self.place.department.as_deref().into(),
            path => plan.value_of(&self.fields, path),
        }
    }
}

/// The record that the guard let through.
///
/// # Errors
/// NOT_FOUND where it was deleted since; stale where it changed since.
pub(crate) async fn one<E: Entity>(db: &Db, permit: &Permit<E>) -> Result<Record<E>, Refusal> {
    let record = one_or_deleted(db, permit).await?;
    match record.deleted_at_us {
        Some(_) => Err(not_found::<E>(permit.id())),
        None => Ok(record),
    }
}

/// The record that the guard let through, deleted or not.
///
/// # Errors
/// Stale where it changed since.
pub(super) async fn one_or_deleted<E: Entity>(
    db: &Db,
    permit: &Permit<E>,
) -> Result<Record<E>, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let record: Record<E> = stored(&mut tx, permit.id()).await?;
    if record.version == permit.version() {
        Ok(record)
    } else {
        Err(Refusal::Stale)
    }
}

/// Several records, and which of those asked for are not among them.
pub(crate) struct Many<E: Entity> {
    /// In the order asked.
    pub(crate) records: Vec<Record<E>>,
    /// Ids that do not exist or may not be seen.
    pub(crate) not_found: Vec<String>,
}

/// The records that the guard let through. One that was deleted since is not found.
///
/// # Errors
/// Stale where one changed since: it may be somebody else's now.
pub(crate) async fn many<E: Entity>(db: &Db, permits: &Permits<E>) -> Result<Many<E>, Refusal> {
    let mut tx = db.snapshot_read().await?;
    let found: Vec<Record<E>> = in_order(&mut tx, permits.allowed()).await?;
    let is_live = |record: &Record<E>| record.deleted_at_us.is_none();
    let is_decided_on = |record: &Record<E>| permits.version_of(&record.id) == Some(record.version);
    if found
        .iter()
        .any(|record| is_live(record) && !is_decided_on(record))
    {
        return Err(Refusal::Stale);
    }
    let (records, deleted): (Vec<_>, Vec<_>) = found.into_iter().partition(is_live);
    let mut not_found = permits.refused().to_vec();
    not_found.extend(deleted.into_iter().map(|record| record.id));
    Ok(Many { records, not_found })
}

/// The records with these ids, in this order.
pub(super) async fn in_order<E: Entity>(
    tx: &mut Tx,
    ids: &[String],
) -> Result<Vec<Record<E>>, Refusal> {
    let select = Stmt::new(E::kind().plan()?.by_ids).bind_list(ids);
    let rows: Vec<Cells> = tx.fetch_all(select).await?;
    let mut by_id = HashMap::with_capacity(rows.len());
    for cells in &rows {
        let record = Record::<E>::of(cells)?;
        by_id.insert(record.id.clone(), record);
    }
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// The record with this id, deleted or not, as this transaction sees it.
///
/// # Errors
/// NOT_FOUND where there is none: rows are never removed, so the guard saw none either.
pub(crate) async fn stored<E: Entity>(tx: &mut Tx, id: &str) -> Result<Record<E>, Refusal> {
    let found = in_order(tx, &[id.to_owned()]).await?.pop();
    found.ok_or_else(|| not_found::<E>(id))
}

/// There is no such record, for who asks.
pub(crate) fn not_found<E: Entity>(id: &str) -> Refusal {
    Refusal::NotFound(E::Message::NAME, id.to_owned())
}

/// The row that the guard decided on, if all that was decided on is still so and the caller's etag
/// agrees.
///
/// # Errors
/// Stale: the guard decides again. The etag is stale.
pub(crate) async fn decided_on<E: Entity>(
    tx: &mut Tx,
    permit: &Permit<E>,
    etag: &str,
) -> Result<Record<E>, Refusal> {
    let facts = facts::locked(tx, E::kind(), permit.id()).await?;
    let facts = facts.ok_or(Refusal::Stale)?;
    if facts.version != permit.version() || facts.relationships != permit.contextual() {
        return Err(Refusal::Stale);
    }
    let record: Record<E> = stored(tx, permit.id()).await?;
    if !etag::matches(etag, record.version) {
        return Err(Refusal::EtagStale);
    }
    Ok(record)
}

impl super::plan::Plan {
    /// A listed field of a message as JSON; see [`super::plan`] for which column keeps it.
    fn value_of(&self, message: &DynamicMessage, path: &str) -> serde_json::Value {
        let name = path.split('.').next().unwrap_or_default();
        let Some(field) = self.descriptor.get_field_by_name(name) else {
            return serde_json::Value::Null;
        };
        if field.supports_presence() && !message.has_field(&field) {
            return serde_json::Value::Null;
        }
        match message.get_field(&field).as_ref() {
            Value::Bool(flag) => (*flag).into(),
            Value::String(text) => text.as_str().into(),
            Value::Message(part) => super::values::amount_of(part)
                .filter(|_| path != name)
                .or_else(|| super::values::micros_of(part))
                .into(),
            number => super::values::number_of(number).into(),
        }
    }
}
