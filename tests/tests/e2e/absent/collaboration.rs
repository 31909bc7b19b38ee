//! How colleagues' records are made.

use crate::ask::{a_meeting, attach, counting};
use e2e::session::Session;
use menshen_proto::crm::v1::{
    CreateMeetingRequest, CreateNoteRequest, CreateReportDefinitionRequest, CreateSavedViewRequest,
    CreateTaskRequest, Note, SavedView, Task,
};

/// A record of this type, if it is one of theirs.
pub(super) async fn create(owner: &Session, resource_type: &str, customer: &str, id: &str) -> bool {
    match resource_type {
        "note" => {
            let request = CreateNoteRequest {
                note: Some(Note {
                    customer: customer.to_owned(),
                    body: "x".to_owned(),
                    ..Note::default()
                }),
                note_id: id.to_owned(),
                ..CreateNoteRequest::default()
            };
            owner.notes().create_note(request).await.unwrap();
        }
        "task" => {
            let request = CreateTaskRequest {
                task: Some(Task {
                    display_name: "x".to_owned(),
                    ..Task::default()
                }),
                task_id: id.to_owned(),
                ..CreateTaskRequest::default()
            };
            owner.tasks().create_task(request).await.unwrap();
        }
        "meeting" => {
            let request = CreateMeetingRequest {
                meeting: Some(a_meeting()),
                meeting_id: id.to_owned(),
                ..CreateMeetingRequest::default()
            };
            owner.meetings().create_meeting(request).await.unwrap();
        }
        "attachment" => {
            attach(owner, customer, id, b"x").await.unwrap();
        }
        "report_definition" => {
            let request = CreateReportDefinitionRequest {
                report_definition: Some(counting("customer")),
                report_definition_id: id.to_owned(),
                ..CreateReportDefinitionRequest::default()
            };
            let created = owner.reports().create_report_definition(request).await;
            created.unwrap();
        }
        "saved_view" => {
            let request = CreateSavedViewRequest {
                saved_view: Some(SavedView {
                    display_name: "x".to_owned(),
                    dataset: "customer".to_owned(),
                    ..SavedView::default()
                }),
                saved_view_id: id.to_owned(),
                ..CreateSavedViewRequest::default()
            };
            owner
                .saved_views()
                .create_saved_view(request)
                .await
                .unwrap();
        }
        _ => return false,
    }
    true
}
