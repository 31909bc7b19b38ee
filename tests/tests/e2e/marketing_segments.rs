//! Segments: who may select by what, and whom they find.

use crate::ask::{created, unique};
use crate::expect::{denied, refused, refused_because};
use crate::marketing::{new_segment, segment_request};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, Customer, DeleteCustomerRequest, ListSegmentMembersRequest,
    ListSegmentSnapshotsRequest, PreviewSegmentRequest, PreviewSegmentResponse,
    PublishSegmentRequest, ReviseSegmentRequest, Segment, SegmentMember, SegmentMembers,
    SegmentSnapshot, ShareLevel, ShareSegmentRequest, SnapshotSegmentRequest,
    SnapshotSegmentResponse, UpdateSegmentRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    segment_by_a_field_that_its_author_may_not_read_is_refused,
    segment_with_an_expression_that_does_not_read_is_refused,
    t4_segment_that_another_person_wrote_tells_nothing_of_hidden_fields,
    t6_segment_counts_within_the_reach_of_who_asks,
    snapshot_stays_as_it_was_taken,
    snapshot_of_contacts_has_their_customers,
    snapshot_shows_only_whom_the_reader_can_see,
    snapshot_is_taken_once_for_a_request_id,
    published_segment_is_revised_before_it_changes,
);

/// Row 15 and S14 of the model: 精准定位目标客户.
async fn segment_by_a_field_that_its_author_may_not_read_is_refused(world: Arc<World>) {
    let specialist = world.sign_in("u21").await.unwrap();
    let segments = &mut specialist.segments();
    let by_phone = by_filter(r#"phone = "199-0000-0001""#);
    let refusal = denied(
        segments.create_segment(segment_request(by_phone)).await,
        "field",
    );
    assert!(refusal.message().contains("`phone`"), "{refusal}");
    let by_credit = by_filter("credit_limit.amount_minor > 0");
    denied(
        segments.create_segment(segment_request(by_credit)).await,
        "field",
    );
    let by_mobile = Segment {
        members: SegmentMembers::Contacts as i32,
        contact_filter: r#"mobile : "199""#.to_owned(),
        ..Segment::default()
    };
    denied(
        segments.create_segment(segment_request(by_mobile)).await,
        "field",
    );

    let segment = new_segment(&specialist, by_filter(r#"industry = "robotics""#)).await;
    let request = UpdateSegmentRequest {
        segment: Some(Segment {
            id: segment.id.clone(),
            customer_filter: r#"NOT address : "上海""#.to_owned(),
            ..Segment::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["customer_filter".to_owned()],
        }),
        ..UpdateSegmentRequest::default()
    };
    denied(segments.update_segment(request).await, "field");
    let newest =
        by_filter(r#"industry = "robotics" AND last_activity_at > "2026-01-01T00:00:00Z""#);
    new_segment(&specialist, newest).await;
}

async fn segment_with_an_expression_that_does_not_read_is_refused(world: Arc<World>) {
    let specialist = world.sign_in("u21").await.unwrap();
    let segments = &mut specialist.segments();
    for (filter, told) in [
        (r#"industri = "robotics""#, "did you mean `industry`"),
        ("industry =", "segment.customer_filter"),
        ("employees > many", "segment.customer_filter"),
    ] {
        let refusal = segments
            .create_segment(segment_request(by_filter(filter)))
            .await;
        let refusal = format!("{:?}", refused(refusal, Code::InvalidArgument));
        assert!(refusal.contains(told), "{filter}: {refusal}");
    }
    let misplaced = Segment {
        contact_filter: r#"title = "CTO""#.to_owned(),
        ..Segment::default()
    };
    let refusal = segments.create_segment(segment_request(misplaced)).await;
    let refusal = format!("{:?}", refused(refusal, Code::InvalidArgument));
    assert!(refusal.contains("segment.contact_filter"), "{refusal}");
}

/// An administrator writes it; who may not read the field may see the segment, and learns no count by it.
async fn t4_segment_that_another_person_wrote_tells_nothing_of_hidden_fields(world: Arc<World>) {
    let (admin, specialist) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let segment = new_segment(&admin, by_filter(r#"phone : "199""#)).await.id;
    publish(&admin, &segment).await;
    let request = ShareSegmentRequest {
        id: segment.clone(),
        subject: "user:u21".to_owned(),
        level: ShareLevel::Write as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareSegmentRequest::default()
    };
    admin.segments().share_segment(request).await.unwrap();
    preview(&admin, &segment).await.unwrap();
    denied(preview(&specialist, &segment).await, "field");
    denied(snapshot(&specialist, &segment, "").await, "field");
    let request = ReviseSegmentRequest {
        id: segment.clone(),
        ..ReviseSegmentRequest::default()
    };
    specialist.segments().revise_segment(request).await.unwrap();
    let request = PublishSegmentRequest {
        id: segment,
        ..PublishSegmentRequest::default()
    };
    denied(
        specialist.segments().publish_segment(request).await,
        "field",
    );
}

/// The same segment, asked by two people.
async fn t6_segment_counts_within_the_reach_of_who_asks(world: Arc<World>) {
    let (admin, rep, other) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let (specialist, source) = (world.sign_in("u21").await.unwrap(), unique("source"));
    for owner in [&rep, &rep, &other] {
        customer_from(owner, &source).await;
    }
    let filter = format!("source = \"{source}\"");
    let segment = new_segment(&specialist, by_filter(&filter)).await.id;
    assert_eq!(
        preview(&specialist, &segment)
            .await
            .unwrap()
            .into_inner()
            .customers,
        3
    );
    assert_eq!(
        preview(&admin, &segment)
            .await
            .unwrap()
            .into_inner()
            .customers,
        3
    );
    // Who does not enter segments asks nothing of them.
    denied(preview(&rep, &segment).await, "access");
    // The director sees neither another's customers nor, without a share, the segment.
    let executive = world.sign_in("u01").await.unwrap();
    assert_eq!(
        preview(&executive, &segment)
            .await
            .unwrap()
            .into_inner()
            .customers,
        3
    );
}

async fn snapshot_stays_as_it_was_taken(world: Arc<World>) {
    let (rep, specialist) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let source = unique("source");
    let first = customer_from(&rep, &source).await;
    let filter = format!("source = \"{source}\"");
    let segment = new_segment(&specialist, by_filter(&filter)).await.id;
    refused_because(
        snapshot(&specialist, &segment, "").await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    publish(&specialist, &segment).await;
    let taken = taken(&specialist, &segment).await;
    assert_eq!((taken.customers, taken.contacts), (1, 0));
    assert_eq!(taken.taken_by, "user:u21");
    customer_from(&rep, &source).await;
    assert_eq!(
        preview(&specialist, &segment)
            .await
            .unwrap()
            .into_inner()
            .customers,
        2
    );
    let expected = [SegmentMember {
        customer: first.clone(),
        contact: String::new(),
    }];
    assert_eq!(members(&specialist, &segment, &taken.id).await, expected);
    let request = ListSegmentSnapshotsRequest {
        id: segment.clone(),
    };
    let snapshots = specialist.segments().list_segment_snapshots(request).await;
    assert_eq!(
        snapshots.unwrap().into_inner().snapshots,
        std::slice::from_ref(&taken)
    );
    // It is a list of this segment only.
    let another = new_segment(&specialist, by_filter(&filter)).await.id;
    let request = ListSegmentMembersRequest {
        id: another,
        snapshot: taken.id.clone(),
        ..ListSegmentMembersRequest::default()
    };
    refused(
        specialist.segments().list_segment_members(request).await,
        Code::NotFound,
    );
    // What is deleted since is no longer shown.
    let request = DeleteCustomerRequest {
        id: first,
        ..DeleteCustomerRequest::default()
    };
    rep.customers().delete_customer(request).await.unwrap();
    assert_eq!(members(&specialist, &segment, &taken.id).await, []);
}

async fn snapshot_of_contacts_has_their_customers(world: Arc<World>) {
    let (rep, specialist) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let source = unique("source");
    let customer = customer_from(&rep, &source).await;
    let contact = contact_of(&rep, &customer, "CTO").await;
    contact_of(&rep, &customer, "CEO").await;
    let elsewhere = customer_from(&rep, "elsewhere").await;
    contact_of(&rep, &elsewhere, "CTO").await;
    let segment = Segment {
        members: SegmentMembers::Contacts as i32,
        contact_filter: r#"title = "CTO""#.to_owned(),
        ..by_filter(&format!("source = \"{source}\""))
    };
    let segment = new_segment(&specialist, segment).await.id;
    let counted = preview(&specialist, &segment).await.unwrap().into_inner();
    assert_eq!((counted.customers, counted.contacts), (1, 1));
    publish(&specialist, &segment).await;
    let taken = taken(&specialist, &segment).await;
    let expected = [SegmentMember { customer, contact }];
    assert_eq!(members(&specialist, &segment, &taken.id).await, expected);
}

/// The administrator, who sees everybody, is closed out of one customer by name.
async fn snapshot_shows_only_whom_the_reader_can_see(world: Arc<World>) {
    let (admin, specialist) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let source = unique("source");
    let open = customer_from(&admin, &source).await;
    let closed = customer_from(&admin, &source).await;
    let filter = format!("source = \"{source}\"");
    let segment = new_segment(&specialist, by_filter(&filter)).await.id;
    publish(&specialist, &segment).await;
    let taken = taken(&specialist, &segment).await;
    assert_eq!(members(&admin, &segment, &taken.id).await.len(), 2);
    let restriction =
        crate::ask::relationship(&format!("customer:{closed}"), "restricted", "user:u30");
    crate::ask::grant(world.root(), restriction).await.unwrap();
    let seen = members(&admin, &segment, &taken.id).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].customer, open);
    let counted = preview(&admin, &segment).await.unwrap().into_inner();
    assert_eq!(counted.customers, 1);
}

async fn snapshot_is_taken_once_for_a_request_id(world: Arc<World>) {
    let specialist = world.sign_in("u21").await.unwrap();
    let segment = new_segment(&specialist, by_filter(r#"industry = "nothing""#))
        .await
        .id;
    publish(&specialist, &segment).await;
    let id = unique("request");
    let once = snapshot(&specialist, &segment, &id)
        .await
        .unwrap()
        .into_inner();
    let twice = snapshot(&specialist, &segment, &id)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(once, twice);
    let request = SnapshotSegmentRequest {
        id: segment.clone(),
        validate_only: true,
        ..SnapshotSegmentRequest::default()
    };
    specialist
        .segments()
        .snapshot_segment(request)
        .await
        .unwrap();
    let request = ListSegmentSnapshotsRequest { id: segment };
    let snapshots = specialist.segments().list_segment_snapshots(request).await;
    assert_eq!(snapshots.unwrap().into_inner().snapshots.len(), 1);
}

async fn published_segment_is_revised_before_it_changes(world: Arc<World>) {
    let specialist = world.sign_in("u21").await.unwrap();
    let segment = new_segment(&specialist, Segment::default()).await.id;
    publish(&specialist, &segment).await;
    let change = UpdateSegmentRequest {
        segment: Some(Segment {
            id: segment.clone(),
            description: "new".to_owned(),
            ..Segment::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["description".to_owned()],
        }),
        ..UpdateSegmentRequest::default()
    };
    let refusal = specialist.segments().update_segment(change.clone()).await;
    refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    let request = ReviseSegmentRequest {
        id: segment,
        ..ReviseSegmentRequest::default()
    };
    specialist.segments().revise_segment(request).await.unwrap();
    specialist.segments().update_segment(change).await.unwrap();
}

fn by_filter(filter: &str) -> Segment {
    Segment {
        customer_filter: filter.to_owned(),
        ..Segment::default()
    }
}

async fn customer_from(owner: &Session, source: &str) -> String {
    let customer = Customer {
        source: source.to_owned(),
        ..Customer::default()
    };
    created(owner, customer).await.id
}

async fn contact_of(owner: &Session, customer: &str, title: &str) -> String {
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: "a contact".to_owned(),
            title: title.to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    let created = owner.contacts().create_contact(request).await.unwrap();
    created.into_inner().contact.unwrap().id
}

async fn publish(by: &Session, id: &str) {
    let request = PublishSegmentRequest {
        id: id.to_owned(),
        ..PublishSegmentRequest::default()
    };
    by.segments().publish_segment(request).await.unwrap();
}

async fn preview(by: &Session, id: &str) -> crate::ask::Outcome<PreviewSegmentResponse> {
    let request = PreviewSegmentRequest { id: id.to_owned() };
    by.segments().preview_segment(request).await
}

async fn snapshot(
    by: &Session,
    id: &str,
    request_id: &str,
) -> crate::ask::Outcome<SnapshotSegmentResponse> {
    let request = SnapshotSegmentRequest {
        id: id.to_owned(),
        request_id: request_id.to_owned(),
        ..SnapshotSegmentRequest::default()
    };
    by.segments().snapshot_segment(request).await
}

async fn taken(by: &Session, id: &str) -> SegmentSnapshot {
    let taken = snapshot(by, id, "").await.unwrap();
    taken.into_inner().snapshot.unwrap()
}

/// All of them, a page at a time.
async fn members(by: &Session, segment: &str, snapshot: &str) -> Vec<SegmentMember> {
    let mut request = ListSegmentMembersRequest {
        id: segment.to_owned(),
        snapshot: snapshot.to_owned(),
        page_size: 1,
        ..ListSegmentMembersRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let page = by.segments().list_segment_members(request.clone()).await;
        let page = page.unwrap().into_inner();
        found.extend(page.members);
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}
