//! Making records refer to another one.

use super::call::Call;
use super::field::{Field, Holds};
use super::history::{Written, write_down};
use super::kind::Kind;
use super::message::MessageError;
use super::plan::Plan;
use super::refusal::Refusal;
use menshen_proto::crm::v1::HistoryAction;
use service_kit::db::{Cells, Stmt, Tx};

const BATCH: i64 = 500;

/// The fields of a kind that refer to records of another one.
pub(crate) fn references(
    kind: &'static Kind,
    to: &'static Kind,
) -> impl Iterator<Item = &'static Field> {
    kind.fields.iter().filter(move |field| match field.holds {
        Holds::Parent(kind) | Holds::Link(kind, _) => kind.name == to.name,
        _ => false,
    })
}

/// Makes the records of a kind that refer to `from` by a field refer to `to`, deleted ones too, each
/// with a line in its history, and says how many they were.
///
/// # Errors
/// The database fails.
pub(crate) async fn relink(
    tx: &mut Tx,
    kind: &'static Kind,
    field: &'static Field,
    (from, to): (&str, &str),
    call: &Call,
) -> Result<i64, Refusal> {
    let plan = kind.plan()?;
    let (table, column) = (kind.table, field.column());
    let mut moved = 0;
    loop {
        let find = format!("SELECT id FROM {table} WHERE {column} = $1 ORDER BY id LIMIT $2");
        let found: Vec<(String,)> = tx
            .fetch_all(Stmt::dynamic(find).bind(from).bind(BATCH))
            .await?;
        if found.is_empty() {
            return Ok(moved);
        }
        let ids: Vec<String> = found.into_iter().map(|(id,)| id).collect();
        let change = format!(
            "UPDATE {table} SET {column} = $2, version = version + 1, updated_at_us = $3, updated_by = $4 \
             WHERE id IN (LIST($1))"
        );
        let change = Stmt::dynamic(change).bind_list(&ids).bind(to);
        tx.execute(change.bind(call.now_us).bind(&call.caller))
            .await?;
        tell(tx, kind, plan, field, &ids, call).await?;
        moved += i64::try_from(ids.len()).unwrap_or_default();
    }
}

async fn tell(
    tx: &mut Tx,
    kind: &'static Kind,
    plan: &'static Plan,
    field: &'static Field,
    ids: &[String],
    call: &Call,
) -> Result<(), Refusal> {
    let rows: Vec<Cells> = tx.fetch_all(Stmt::new(plan.by_ids).bind_list(ids)).await?;
    for cells in &rows {
        let row = plan.row_of(kind, cells)?;
        let written = Written {
            record_type: kind.name,
            id: &row.id,
            version: row.version,
            action: HistoryAction::Merged,
            changed_fields: vec![field.name.to_owned()],
            after: serde_json::to_string(&row.message).map_err(MessageError::from)?,
        };
        write_down(tx, call, written).await?;
    }
    Ok(())
}
