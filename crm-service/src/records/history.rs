//! What happened to each record, written in the transaction of the change.

use super::call::Call;
use super::etag;
use super::message::Shape;
use super::refusal::Refusal;
use menshen_proto::crm::v1::HistoryAction;
use prost::Message;
use service_kit::db::{Db, Stmt, Tx};

/// One change of a record.
#[derive(Debug)]
pub(crate) struct Entry<M> {
    /// The record's version after it.
    pub(crate) version: i64,
    pub(crate) action: HistoryAction,
    pub(crate) at_us: i64,
    pub(crate) actor: String,
    pub(crate) changed_fields: Vec<String>,
    pub(crate) after: M,
    /// Empty where none was given.
    pub(crate) reason: String,
}

/// A change to be written down.
#[derive(Debug)]
pub(crate) struct Change<'a, M> {
    pub(crate) id: &'a str,
    /// The record's version after it.
    pub(crate) version: i64,
    pub(crate) action: HistoryAction,
    /// The record before it; of a new record the empty message.
    pub(crate) before: &'a M,
    pub(crate) after: &'a M,
}

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    action: i64,
    at_us: i64,
    actor: String,
    changed_fields: String,
    after: String,
    reason: String,
}

const APPEND: &str = "
    INSERT INTO history (record_type, record_id, version, action, at_us, actor, changed_fields, after, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const NEWEST_FIRST: &str = "
    SELECT version, action, at_us, actor, changed_fields, after, reason
    FROM history
    WHERE record_type = $1 AND record_id = $2 AND version < $3
    ORDER BY version DESC
    LIMIT $4";

/// Writes a change down.
pub(crate) async fn append<M: Message>(
    tx: &mut Tx,
    shape: &Shape,
    call: &Call,
    change: &Change<'_, M>,
) -> Result<(), Refusal> {
    let changed_fields = shape.changed(change.before, change.after)?.join(",");
    let append = Stmt::new(APPEND)
        .bind(shape.name)
        .bind(change.id)
        .bind(change.version)
        .bind(change.action as i32)
        .bind(call.now_us)
        .bind(&call.caller)
        .bind(changed_fields)
        .bind(shape.to_text(change.after)?)
        .bind(&call.reason);
    tx.execute(append).await?;
    Ok(())
}

/// Up to `limit` changes of a record that came before version `before`, newest first.
pub(super) async fn newest_first<M: Message + Default>(
    db: &Db,
    shape: &Shape,
    id: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Entry<M>>, Refusal> {
    let select = Stmt::new(NEWEST_FIRST)
        .bind(shape.name)
        .bind(id)
        .bind(before)
        .bind(limit);
    let rows: Vec<Row> = db.fetch_all(select).await?;
    rows.into_iter().map(|row| row.entry(shape)).collect()
}

/// A record as it was before the write that this etag stands for. `None`: that write made it.
pub(crate) async fn previous<M: Message + Default>(
    db: &Db,
    shape: &Shape,
    id: &str,
    etag: &str,
) -> Result<Option<M>, Refusal> {
    let Some(version) = etag::version_of(etag) else {
        return Ok(None);
    };
    let entries = newest_first(db, shape, id, version, 1).await?;
    Ok(entries.into_iter().next().map(|entry| entry.after))
}

impl Row {
    fn entry<M: Message + Default>(self, shape: &Shape) -> Result<Entry<M>, Refusal> {
        let names = self
            .changed_fields
            .split(',')
            .filter(|name| !name.is_empty());
        Ok(Entry {
            version: self.version,
            action: i32::try_from(self.action)
                .ok()
                .and_then(|action| HistoryAction::try_from(action).ok())
                .unwrap_or_default(),
            at_us: self.at_us,
            actor: self.actor,
            changed_fields: names.map(str::to_owned).collect(),
            after: shape.read_text(&self.after)?,
            reason: self.reason,
        })
    }
}
