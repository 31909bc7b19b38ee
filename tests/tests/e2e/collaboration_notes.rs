//! Notes: who sees them, and what a mention does.

use crate::ask::{get, own_customer};
use crate::collaboration_inbox::notifications;
use crate::expect::{denied, refused};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CreateNoteRequest, GetNoteRequest, Note, NoteVisibility, UpdateNoteRequest,
};
use std::sync::Arc;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    mentioning_a_user_who_cannot_read_the_record_grants_nothing_and_warns_the_author,
    t29_mention_of_who_cannot_read_tells_them_nothing,
    private_note_is_its_authors_alone,
    note_of_others_is_read_and_not_changed,
    note_about_a_customer_out_of_sight_is_refused_as_if_there_were_none,
);

/// A note of the caller's.
pub(crate) async fn noted(by: &Session, note: Note) -> Result<Note, Status> {
    let request = CreateNoteRequest {
        note: Some(Note {
            body: "they want a lower price".to_owned(),
            ..note
        }),
        ..CreateNoteRequest::default()
    };
    let created = by.notes().create_note(request).await?;
    Ok(created.into_inner().note.unwrap())
}

async fn read(by: &Session, id: &str) -> Result<Note, Status> {
    let request = GetNoteRequest { id: id.to_owned() };
    let found = by.notes().get_note(request).await?;
    Ok(found.into_inner().note.unwrap())
}

async fn mentioning_a_user_who_cannot_read_the_record_grants_nothing_and_warns_the_author(
    world: Arc<World>,
) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let note = noted(
        &rep,
        Note {
            customer: customer.clone(),
            mentions: vec!["u04".to_owned(), "u15".to_owned()],
            ..Note::default()
        },
    );
    let note = note.await.unwrap();
    assert_eq!(note.unreachable_mentions, ["u15"]);
    let elsewhere = world.sign_in("u15").await.unwrap();
    let status = read(&elsewhere, &note.id).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let status = get(&elsewhere, &customer).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let lead = world.sign_in("u04").await.unwrap();
    assert_eq!(read(&lead, &note.id).await.unwrap().author, "u05");
}

async fn t29_mention_of_who_cannot_read_tells_them_nothing(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let note = noted(
        &rep,
        Note {
            customer: own_customer(&rep).await.id,
            mentions: vec!["u04".to_owned(), "u15".to_owned()],
            ..Note::default()
        },
    );
    let note = note.await.unwrap();
    let is_about = |one: &menshen_proto::crm::v1::Notification| one.record == note.id;
    let lead = world.sign_in("u04").await.unwrap();
    assert!(notifications(&lead).await.iter().any(is_about));
    let elsewhere = world.sign_in("u15").await.unwrap();
    assert!(!notifications(&elsewhere).await.iter().any(is_about));
}

async fn private_note_is_its_authors_alone(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let note = noted(
        &rep,
        Note {
            customer: own_customer(&rep).await.id,
            visibility: NoteVisibility::Private as i32,
            mentions: vec!["u04".to_owned()],
            ..Note::default()
        },
    );
    let note = note.await.unwrap();
    assert_eq!(note.unreachable_mentions, ["u04"]);
    assert!(read(&rep, &note.id).await.is_ok());
    for other in ["u04", "u30"] {
        let other = world.sign_in(other).await.unwrap();
        let status = read(&other, &note.id).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
}

async fn note_of_others_is_read_and_not_changed(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let lead = world.sign_in("u04").await.unwrap();
    let note = noted(
        &lead,
        Note {
            customer,
            ..Note::default()
        },
    );
    let note = note.await.unwrap();
    assert!(read(&rep, &note.id).await.is_ok());
    let request = UpdateNoteRequest {
        note: Some(Note {
            id: note.id,
            body: "no".to_owned(),
            ..Note::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["body".to_owned()],
        }),
        ..UpdateNoteRequest::default()
    };
    denied(rep.notes().update_note(request).await, "data");
}

async fn note_about_a_customer_out_of_sight_is_refused_as_if_there_were_none(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let elsewhere = world.sign_in("u15").await.unwrap();
    let about = |customer: &str| CreateNoteRequest {
        note: Some(Note {
            customer: customer.to_owned(),
            body: "x".to_owned(),
            ..Note::default()
        }),
        ..CreateNoteRequest::default()
    };
    let hidden = own_customer(&rep).await.id;
    let hidden = elsewhere.notes().create_note(about(&hidden)).await;
    refused(hidden, Code::NotFound);
    let absent = elsewhere.notes().create_note(about("nobody")).await;
    refused(absent, Code::NotFound);
}
