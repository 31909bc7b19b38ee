//! Tasks that come again 重复任务: completing one makes the next.

use super::TASK;
use crate::records::entity::Change;
use crate::records::history::{Written, write_down};
use crate::records::message::to_text;
use crate::records::refusal::Refusal;
use crate::records::time::{micros, timestamp};
use chrono::{DateTime, Days, Months};
use menshen_proto::crm::v1::{HistoryAction, Task, TaskRecurrence, TaskStatus};
use service_kit::db::{Stmt, Tx};
use service_kit::ids;

const COPY: &str = "
    INSERT INTO tasks (id, display_name, display_name_folded, description, customer_id, due_at_us, priority,
        recurrence, status, completed_at_us, owner_id, department_id, version, created_at_us, created_by,
        updated_at_us, updated_by)
    SELECT $2, display_name, display_name_folded, description, customer_id, $3, priority,
        recurrence, $4, NULL, owner_id, department_id, 1, $5, $6, $5, $6
    FROM tasks
    WHERE id = $1";
const COPY_TEAMS: &str = "
    INSERT INTO task_teams (task_id, team_id, position)
    SELECT $2, team_id, position
    FROM task_teams
    WHERE task_id = $1";

/// Makes the successor of a completed task, at the same place, due one period later: after the day on which it
/// was due, or where it was due at no certain time, after now.
pub(super) async fn make_next(tx: &mut Tx, change: &Change<'_, Task>) -> Result<(), Refusal> {
    let done = &change.after;
    let base = done.due_at.as_ref().and_then(micros);
    let Some(due_at_us) = later(base.unwrap_or(change.call.now_us), done.recurrence()) else {
        return Ok(());
    };
    let id = ids::new_id(change.call.now_us).to_string();
    let copy = Stmt::new(COPY)
        .bind(change.id)
        .bind(&id)
        .bind(due_at_us)
        .bind(i64::from(TaskStatus::NotStarted as i32))
        .bind(change.call.now_us)
        .bind(&change.call.caller);
    tx.execute(copy).await?;
    tx.execute(Stmt::new(COPY_TEAMS).bind(change.id).bind(&id))
        .await?;
    let next = Task {
        id: id.clone(),
        due_at: Some(timestamp(due_at_us)),
        status: TaskStatus::NotStarted as i32,
        completed_at: None,
        etag: String::new(),
        created_at: Some(timestamp(change.call.now_us)),
        created_by: change.call.caller.clone(),
        updated_at: Some(timestamp(change.call.now_us)),
        updated_by: change.call.caller.clone(),
        ..done.clone()
    };
    let written = Written {
        record_type: TASK.name,
        id: &id,
        version: 1,
        action: HistoryAction::Created,
        changed_fields: vec!["display_name".to_owned(), "due_at".to_owned()],
        after: to_text(TASK.message, &next)?,
    };
    write_down(tx, change.call, written).await
}

/// One period later. `None`: it does not come again.
fn later(from_us: i64, recurrence: TaskRecurrence) -> Option<i64> {
    let from = DateTime::from_timestamp_micros(from_us)?;
    let later = match recurrence {
        TaskRecurrence::Unspecified | TaskRecurrence::None => return None,
        TaskRecurrence::Daily => from.checked_add_days(Days::new(1)),
        TaskRecurrence::Weekly => from.checked_add_days(Days::new(7)),
        TaskRecurrence::Monthly => from.checked_add_months(Months::new(1)),
    };
    later.map(|later| later.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        let at = |text: &str| {
            DateTime::parse_from_rfc3339(text)
                .unwrap()
                .timestamp_micros()
        };
        let monthly = |text: &str| later(at(text), TaskRecurrence::Monthly);
        assert_eq!(
            monthly("2026-01-31T09:00:00Z"),
            Some(at("2026-02-28T09:00:00Z"))
        );
        assert_eq!(
            monthly("2026-12-05T09:00:00Z"),
            Some(at("2027-01-05T09:00:00Z"))
        );
        assert_eq!(
            later(at("2026-01-31T09:00:00Z"), TaskRecurrence::None),
            None
        );
    }
}
