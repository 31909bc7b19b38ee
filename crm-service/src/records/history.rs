//! What happened to each record, written in the transaction of the change.

use super::call::Call;
use super::entity::{Change, Entity};
use super::message::{changed, from_text, to_text};
use super::record::Record;
use super::refusal::Refusal;
use menshen_proto::crm::v1::HistoryAction;
use menshen_proto::standard::Resource as _;
use service_kit::db::{Db, Stmt, Tx};

/// One change of a record.
#[derive(Debug)]
pub(crate) struct Entry<M> {
    /// The record's version after it.
    pub(crate) version: i64,
    pub(crate) action: HistoryAction,
    pub(crate) at_us: i64,
    pub(crate) actor: String,
    /// Of a new record those that are not empty.
    pub(crate) changed_fields: Vec<String>,
    pub(crate) after: M,
    /// Empty where none was given.
    pub(crate) reason: String,
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

/// What is written down of a change.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub(crate) record_type: &'static str,
    pub(crate) id: &'a str,
    /// The record's version after it.
    pub(crate) version: i64,
    pub(crate) action: HistoryAction,
    pub(crate) changed_fields: Vec<String>,
    /// The record afterwards, as JSON.
    pub(crate) after: String,
}

/// Writes a change of a record down.
pub(crate) async fn append<E: Entity>(
    tx: &mut Tx,
    change: &Change<'_, E::Message>,
    after: &Record<E>,
) -> Result<(), Refusal> {
    let descriptor = &E::kind().plan()?.descriptor;
    let nothing = E::Message::default();
    let before = change.before.unwrap_or(&nothing);
    let written = Written {
        record_type: E::kind().name,
        id: &after.id,
        version: after.version,
        action: change.cause.action(),
        changed_fields: changed(descriptor, before, &after.message)?,
        after: to_text(E::Message::MESSAGE, &after.message)?,
    };
    write_down(tx, change.call, written).await
}

/// Writes a change down.
pub(crate) async fn write_down(
    tx: &mut Tx,
    call: &Call,
    written: Written<'_>,
) -> Result<(), Refusal> {
    let append = Stmt::new(APPEND)
        .bind(written.record_type)
        .bind(written.id)
        .bind(written.version)
        .bind(written.action as i32)
        .bind(call.now_us)
        .bind(&call.caller)
        .bind(written.changed_fields.join(","))
        .bind(written.after)
        .bind(&call.reason);
    tx.execute(append).await?;
    Ok(())
}

/// Up to `limit` changes of a record that came before version `before`, newest first.
pub(super) async fn newest_first<E: Entity>(
    db: &Db,
    id: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Entry<E::Message>>, Refusal> {
    let select = Stmt::new(NEWEST_FIRST)
        .bind(E::kind().name)
        .bind(id)
        .bind(before)
        .bind(limit);
    let rows: Vec<Row> = db.fetch_all(select).await?;
    rows.into_iter().map(Row::entry::<E>).collect()
}

/// A record as it was before this version. `None`: that version made it.
pub(crate) async fn previous<E: Entity>(
    db: &Db,
    id: &str,
    version: i64,
) -> Result<Option<E::Message>, Refusal> {
    let entries = newest_first::<E>(db, id, version, 1).await?;
    Ok(entries.into_iter().next().map(|entry| entry.after))
}

impl Row {
    fn entry<E: Entity>(self) -> Result<Entry<E::Message>, Refusal> {
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
            after: from_text(E::Message::MESSAGE, &self.after)?,
            reason: self.reason,
        })
    }
}
