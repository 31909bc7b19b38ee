//! Timelines: one customer, several departments, and everybody sees what they may.

use crate::ask::{own_customer, set};
use crate::collaboration_notes::noted;
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, Customer, HistoryAction, ListTimelineRequest, Note,
    NoteVisibility, ShareCustomerRequest, ShareLevel, SubscribeTimelineRequest, TimelineEvent,
    UnshareCustomerRequest,
};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    two_departments_see_the_same_events_minus_those_each_may_not_read,
    timeline_goes_on_page_by_page,
    t8_timeline_says_that_the_phone_changed_without_values,
    t30_subscription_sends_what_may_be_seen_and_ends_with_the_right,
);

/// Shares a customer for reading, for a day.
pub(crate) async fn share(by: &Session, customer: &str, with: &str) {
    let request = ShareCustomerRequest {
        id: customer.to_owned(),
        subject: format!("user:{with}"),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareCustomerRequest::default()
    };
    by.customers().share_customer(request).await.unwrap();
}

/// Takes the share back.
pub(crate) async fn unshare(by: &Session, customer: &str, with: &str) {
    let request = UnshareCustomerRequest {
        id: customer.to_owned(),
        subject: format!("user:{with}"),
        ..UnshareCustomerRequest::default()
    };
    by.customers().unshare_customer(request).await.unwrap();
}

async fn events(by: &Session, customer: &str) -> Vec<TimelineEvent> {
    let request = ListTimelineRequest {
        customer: customer.to_owned(),
        ..ListTimelineRequest::default()
    };
    let page = by.timeline().list_timeline(request).await.unwrap();
    page.into_inner().events
}

fn records(events: &[TimelineEvent]) -> Vec<&str> {
    events.iter().map(|one| one.record_type.as_str()).collect()
}

async fn add_contact(by: &Session, customer: &str) {
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: "Li Lei".to_owned(),
            mobile: "19900001234".to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    by.contacts().create_contact(request).await.unwrap();
}

async fn two_departments_see_the_same_events_minus_those_each_may_not_read(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    add_contact(&rep, &customer).await;
    let note = |visibility: NoteVisibility| Note {
        customer: customer.clone(),
        visibility: visibility as i32,
        ..Note::default()
    };
    noted(&rep, note(NoteVisibility::Inherit)).await.unwrap();
    noted(&rep, note(NoteVisibility::Private)).await.unwrap();
    let own = events(&rep, &customer).await;
    assert_eq!(records(&own), ["note", "note", "contact", "customer"]);
    let marketing = world.sign_in("u21").await.unwrap();
    let theirs = events(&marketing, &customer).await;
    assert_eq!(records(&theirs), ["note", "contact", "customer"]);
    assert_eq!(theirs[0].record, own[1].record);
    let body = |event: &TimelineEvent| event.changes.iter().any(|one| one.field == "body");
    assert!(body(&own[1]) && !body(&theirs[0]));
    let elsewhere = world.sign_in("u15").await.unwrap();
    let request = ListTimelineRequest {
        customer,
        ..ListTimelineRequest::default()
    };
    let status = elsewhere.timeline().list_timeline(request).await;
    assert_eq!(status.unwrap_err().code(), Code::NotFound);
}

async fn timeline_goes_on_page_by_page(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    for _ in 0..4 {
        add_contact(&rep, &customer).await;
    }
    let mut request = ListTimelineRequest {
        customer,
        page_size: 2,
        ..ListTimelineRequest::default()
    };
    let mut sizes = Vec::new();
    loop {
        let page = rep.timeline().list_timeline(request.clone()).await;
        let page = page.unwrap().into_inner();
        sizes.push(page.events.len());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [2, 2, 1]);
}

async fn t8_timeline_says_that_the_phone_changed_without_values(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let id = own_customer(&rep).await.id;
    let customer = Customer {
        id: id.clone(),
        phone: "19900005678".to_owned(),
        level: "A".to_owned(),
        ..Customer::default()
    };
    let update = set(customer, &["phone", "level"]);
    rep.customers().update_customer(update).await.unwrap();
    let marketing = world.sign_in("u21").await.unwrap();
    let event = events(&marketing, &id).await.remove(0);
    assert_eq!(event.action(), HistoryAction::Updated);
    assert_eq!(event.redacted_fields, ["phone"]);
    let changes: Vec<_> = event
        .changes
        .iter()
        .map(|one| (&*one.field, &*one.value))
        .collect();
    assert_eq!(changes, [("level", "\"A\"")]);
    assert!(!format!("{event:?}").contains("5678"));
    let own = events(&rep, &id).await.remove(0);
    assert!(format!("{own:?}").contains("19900005678"));
}

async fn t30_subscription_sends_what_may_be_seen_and_ends_with_the_right(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    share(&rep, &customer, "u15").await;
    let guest = world.sign_in("u15").await.unwrap();
    let request = SubscribeTimelineRequest {
        customer: customer.clone(),
    };
    let answer = guest.timeline().subscribe_timeline(request).await.unwrap();
    let mut stream = answer.into_inner();
    let private = Note {
        customer: customer.clone(),
        visibility: NoteVisibility::Private as i32,
        ..Note::default()
    };
    noted(&rep, private).await.unwrap();
    add_contact(&rep, &customer).await;
    let event = next(&mut stream).await.unwrap().unwrap().event.unwrap();
    assert_eq!(event.record_type, "contact");
    unshare(&rep, &customer, "u15").await;
    add_contact(&rep, &customer).await;
    let status = next(&mut stream).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

/// The next message of a stream, which must come within a minute.
pub(crate) async fn next<T>(stream: &mut tonic::Streaming<T>) -> Result<Option<T>, Status> {
    let message = tokio::time::timeout(Duration::from_mins(1), stream.message());
    message.await.unwrap()
}
