//! Tasks 任务: what somebody is to do, perhaps about a record. The owner is the assignee.

mod recurrence;

use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::notice::{Notice, tell};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::TaskStatus::{Cancelled, Completed, Deferred, NotStarted, Started};
use menshen_proto::crm::v1::{
    self, HistoryAction, NotificationReason, TaskPriority, TaskRecurrence,
};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about tasks.
#[derive(Clone, Debug)]
pub(crate) struct Task;

pub(crate) static TASK: Kind = Kind {
    name: "task",
    message: "menshen.crm.v1.Task",
    table: "tasks",
    module: "module:tasks",
    is_owned: true,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::text("description", 0, 10_000),
        Field::optional_parent(
            "customer",
            &CUSTOMER,
            "a task stays with what it is about; cancel it and create one there",
        ),
        Field::time("due_at"),
        Field::choice("priority", TaskPriority::Normal as i32),
        Field::choice("recurrence", TaskRecurrence::None as i32),
        Field::choice("status", NotStarted as i32).by_the_kind("take a step, such as StartTask"),
        Field::time("completed_at").by_the_kind("complete the task"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Task {
    const TYPE: &'static str = "task";
}

impl Entity for Task {
    type Message = v1::Task;

    const STEPS: &'static [Step] = &[
        Step::new(
            "StartTask",
            &[NotStarted as i32, Deferred as i32],
            Started as i32,
        ),
        Step::new(
            "CompleteTask",
            &[NotStarted as i32, Started as i32, Deferred as i32],
            Completed as i32,
        ),
        Step::new(
            "DeferTask",
            &[NotStarted as i32, Started as i32],
            Deferred as i32,
        ),
        Step::new(
            "CancelTask",
            &[NotStarted as i32, Started as i32, Deferred as i32],
            Cancelled as i32,
        )
        .told_as(HistoryAction::Cancelled),
        Step::new(
            "ReopenTask",
            &[Completed as i32, Cancelled as i32],
            NotStarted as i32,
        ),
    ];

    fn kind() -> &'static Kind {
        &TASK
    }

    async fn admit(_: &Crm, _: &Caller, change: &mut Change<'_, v1::Task>) -> Result<(), Refusal> {
        match change.cause {
            Cause::Create => {
                change.after.set_status(NotStarted);
                change.after.completed_at = None;
            }
            Cause::Step(step) if step.to == Completed as i32 => {
                change.after.completed_at = Some(timestamp(change.call.now_us));
            }
            Cause::Step(_) => change.after.completed_at = None,
            _ => {}
        }
        Ok(())
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Task>) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create | Cause::Transfer(_)) {
            let notice = Notice {
                because: NotificationReason::Assigned,
                kind: &TASK,
                id: change.id,
            };
            tell(tx, change.call, notice, change.place.owner.as_slice()).await?;
        }
        if matches!(change.cause, Cause::Step(step) if step.to == Completed as i32) {
            recurrence::make_next(tx, change).await?;
        }
        Ok(())
    }
}
