//! Tasks: whose they are, their steps, and those that come again. Meetings: who is invited.

use crate::ask::{a_meeting, own_customer};
use crate::collaboration_inbox::notifications;
use crate::expect::{denied, refused, refused_because};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CompleteTaskRequest, CreateMeetingRequest, CreateTaskRequest, GetMeetingRequest,
    GetTaskRequest, ListTasksRequest, Meeting, NotificationReason, ReopenTaskRequest,
    StartTaskRequest, Task, TaskRecurrence, TaskStatus, TransferTaskRequest,
};
use prost_types::Timestamp;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    task_takes_its_steps_and_no_others,
    completing_a_task_that_comes_again_makes_the_next_one,
    assigning_a_task_gives_it_and_tells_the_assignee,
    task_about_a_customer_is_seen_by_who_sees_the_customer,
    who_is_invited_sees_the_meeting_and_is_told,
    meeting_must_end_after_it_begins,
);

async fn created(by: &Session, task: Task) -> Task {
    let request = CreateTaskRequest {
        task: Some(Task {
            display_name: "call back".to_owned(),
            ..task
        }),
        ..CreateTaskRequest::default()
    };
    let created = by.tasks().create_task(request).await.unwrap();
    created.into_inner().task.unwrap()
}

async fn task_takes_its_steps_and_no_others(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let task = Task {
        status: TaskStatus::Completed as i32,
        ..Task::default()
    };
    let task = created(&rep, task).await;
    assert_eq!(task.status(), TaskStatus::NotStarted);
    let id = task.id;
    let start = StartTaskRequest {
        id: id.clone(),
        ..StartTaskRequest::default()
    };
    rep.tasks().start_task(start.clone()).await.unwrap();
    let again = rep.tasks().start_task(start).await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");
    let complete = CompleteTaskRequest {
        id: id.clone(),
        ..CompleteTaskRequest::default()
    };
    let done = rep.tasks().complete_task(complete).await.unwrap();
    let done = done.into_inner().task.unwrap();
    assert!(done.status() == TaskStatus::Completed && done.completed_at.is_some());
    let reopen = ReopenTaskRequest {
        id,
        ..ReopenTaskRequest::default()
    };
    let open = rep.tasks().reopen_task(reopen).await.unwrap();
    assert_eq!(open.into_inner().task.unwrap().completed_at, None);
}

async fn completing_a_task_that_comes_again_makes_the_next_one(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let due = Timestamp {
        seconds: 1_800_000_000,
        nanos: 0,
    };
    let task = Task {
        customer: own_customer(&rep).await.id,
        due_at: Some(due),
        recurrence: TaskRecurrence::Weekly as i32,
        ..Task::default()
    };
    let task = created(&rep, task).await;
    let complete = CompleteTaskRequest {
        id: task.id.clone(),
        ..CompleteTaskRequest::default()
    };
    rep.tasks().complete_task(complete).await.unwrap();
    let request = ListTasksRequest {
        filter: format!(
            "customer = \"{}\" AND status = TASK_STATUS_NOT_STARTED",
            task.customer
        ),
        ..ListTasksRequest::default()
    };
    let tasks = rep.tasks().list_tasks(request).await.unwrap();
    let tasks = tasks.into_inner().tasks;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].due_at.unwrap().seconds, 1_800_000_000 + 7 * 86_400);
    assert_eq!(
        (tasks[0].owner.as_str(), &tasks[0].department),
        ("u05", &task.department)
    );
}

async fn assigning_a_task_gives_it_and_tells_the_assignee(world: Arc<World>) {
    let lead = world.sign_in("u04").await.unwrap();
    let task = created(&lead, Task::default()).await.id;
    let request = TransferTaskRequest {
        id: task.clone(),
        owner: "u06".to_owned(),
        ..TransferTaskRequest::default()
    };
    lead.tasks().transfer_task(request).await.unwrap();
    let assignee = world.sign_in("u06").await.unwrap();
    let get = GetTaskRequest { id: task.clone() };
    assert!(assignee.tasks().get_task(get.clone()).await.is_ok());
    let told = notifications(&assignee).await;
    let told = told.iter().find(|one| one.record == task).unwrap();
    assert_eq!(told.reason(), NotificationReason::Assigned);
    let other = world.sign_in("u15").await.unwrap();
    refused(other.tasks().get_task(get).await, Code::NotFound);
}

async fn task_about_a_customer_is_seen_by_who_sees_the_customer(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let admin = world.sign_in("u30").await.unwrap();
    let task = Task {
        customer,
        ..Task::default()
    };
    let id = created(&admin, task).await.id;
    let get = GetTaskRequest { id: id.clone() };
    assert!(rep.tasks().get_task(get.clone()).await.is_ok());
    let start = StartTaskRequest {
        id,
        ..StartTaskRequest::default()
    };
    denied(rep.tasks().start_task(start).await, "data");
    let elsewhere = world.sign_in("u15").await.unwrap();
    refused(elsewhere.tasks().get_task(get).await, Code::NotFound);
}

async fn who_is_invited_sees_the_meeting_and_is_told(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let request = CreateMeetingRequest {
        meeting: Some(Meeting {
            attendees: vec!["u15".to_owned()],
            ..a_meeting()
        }),
        ..CreateMeetingRequest::default()
    };
    let meeting = rep.meetings().create_meeting(request).await.unwrap();
    let id = meeting.into_inner().meeting.unwrap().id;
    let get = GetMeetingRequest { id: id.clone() };
    let invited = world.sign_in("u15").await.unwrap();
    assert!(invited.meetings().get_meeting(get.clone()).await.is_ok());
    let told = notifications(&invited).await;
    assert!(told.iter().any(|one| one.record == id));
    let other = world.sign_in("u18").await.unwrap();
    refused(other.meetings().get_meeting(get).await, Code::NotFound);
}

async fn meeting_must_end_after_it_begins(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let meeting = a_meeting();
    let request = CreateMeetingRequest {
        meeting: Some(Meeting {
            end_at: meeting.start_at,
            ..meeting
        }),
        ..CreateMeetingRequest::default()
    };
    let status = refused(
        rep.meetings().create_meeting(request).await,
        Code::InvalidArgument,
    );
    assert!(status.message().contains("meeting.end_at"), "{status:?}");
}
