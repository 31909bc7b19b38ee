//! Requests, spelt shortly.

use e2e::session::Session;
use menshen_proto::authz::v1::{
    ActivateRequest, CheckRequest, CheckResponse, Consistency, CreateUserRequest, Decision,
    GrantRequest, GrantResponse, Relationship, RevokeRequest, User, consistency::Requirement,
};
use menshen_proto::crm::v1::{
    Attachment, CreateAttachmentRequest, CreateCustomerRequest, CreateTicketRequest,
    CreateTicketResponse, Customer, GetCustomerRequest, ListCustomersRequest, Meeting,
    ReportDefinition, ReportMeasure, StartUploadRequest, Ticket, TicketKind, TotalMode,
    UpdateCustomerRequest, UploadChunkRequest,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tonic::{Response, Status};

pub(crate) type Outcome<T> = Result<Response<T>, Status>;

/// An id that no other test uses.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn relationship(resource: &str, relation: &str, subject: &str) -> Relationship {
    Relationship {
        resource: resource.to_owned(),
        relation: relation.to_owned(),
        subject: subject.to_owned(),
        ..Relationship::default()
    }
}

pub(crate) async fn grant(by: &Session, relationship: Relationship) -> Outcome<GrantResponse> {
    let request = GrantRequest {
        relationships: vec![relationship],
        reason: "a test".to_owned(),
        ..GrantRequest::default()
    };
    by.authz().grant(request).await
}

/// Takes a relationship back and answers with the token of the revision without it.
pub(crate) async fn revoke(by: &Session, relationship: Relationship) -> String {
    let request = RevokeRequest {
        relationships: vec![relationship],
        reason: "a test".to_owned(),
        ..RevokeRequest::default()
    };
    by.authz()
        .revoke(request)
        .await
        .unwrap()
        .into_inner()
        .written_at
}

pub(crate) fn question(subject: &str, permission: &str, resource: &str) -> CheckRequest {
    CheckRequest {
        subject: subject.to_owned(),
        permission: permission.to_owned(),
        resource: resource.to_owned(),
        ..CheckRequest::default()
    }
}

/// Whether a subject holds a permission, at the latest.
pub(crate) async fn decision(
    by: &Session,
    subject: &str,
    permission: &str,
    resource: &str,
) -> Decision {
    let mut request = question(subject, permission, resource);
    request.consistency = Some(fully_consistent());
    check(by, request).await.decision()
}

pub(crate) async fn check(by: &Session, request: CheckRequest) -> CheckResponse {
    by.authz().check(request).await.unwrap().into_inner()
}

pub(crate) fn fully_consistent() -> Consistency {
    Consistency {
        requirement: Some(Requirement::FullyConsistent(true)),
    }
}

pub(crate) fn at_least_as_fresh(token: &str) -> Consistency {
    Consistency {
        requirement: Some(Requirement::AtLeastAsFresh(token.to_owned())),
    }
}

pub(crate) const PASSWORD: &str = "correct horse battery staple 42";

/// A new person without any role, and the activation token that was used.
pub(crate) async fn newcomer(root: &Session, anonymous: &Session, id: &str) -> String {
    let token = invite(root, id).await;
    let request = ActivateRequest {
        activation_token: token.clone(),
        password: PASSWORD.to_owned(),
    };
    anonymous.identity().activate(request).await.unwrap();
    token
}

/// A new person who has set no password yet, and the activation token.
pub(crate) async fn invite(root: &Session, id: &str) -> String {
    let request = CreateUserRequest {
        user: Some(User {
            id: id.to_owned(),
            display_name: id.to_owned(),
            email: format!("{id}@yunfan.example"),
            ..User::default()
        }),
        reason: "a test".to_owned(),
    };
    let created = root.identity().create_user(request).await.unwrap();
    created.into_inner().activation_token
}

pub(crate) fn new_customer(id: &str, customer: Customer) -> CreateCustomerRequest {
    CreateCustomerRequest {
        customer_id: id.to_owned(),
        customer: Some(Customer {
            display_name: "a customer of a test".to_owned(),
            ..customer
        }),
        ..CreateCustomerRequest::default()
    }
}

/// A customer of the caller's own.
pub(crate) async fn own_customer(by: &Session) -> Customer {
    created(by, Customer::default()).await
}

/// A customer like this one, with an id that was made for it.
pub(crate) async fn created(by: &Session, customer: Customer) -> Customer {
    let request = new_customer("", customer);
    let created = by.customers().create_customer(request).await.unwrap();
    created.into_inner().customer.unwrap()
}

pub(crate) async fn get(by: &Session, id: &str) -> Result<Customer, Status> {
    let request = GetCustomerRequest { id: id.to_owned() };
    let answer = by.customers().get_customer(request).await?;
    Ok(answer.into_inner().customer.unwrap())
}

/// Opens a ticket in the queue that fits its kind, unless it names one.
pub(crate) async fn open(by: &Session, ticket: Ticket) -> Outcome<CreateTicketResponse> {
    let usual = match ticket.kind() {
        TicketKind::Complaint => "Q-Complaints",
        TicketKind::AfterSales => "Q-AfterSales",
        _ => "Q-Inquiry",
    };
    let queue = Some(ticket.queue.clone()).filter(|queue| !queue.is_empty());
    let request = CreateTicketRequest {
        ticket: Some(Ticket {
            subject: "a ticket of a test".to_owned(),
            queue: queue.unwrap_or_else(|| usual.to_owned()),
            ..ticket
        }),
        ..CreateTicketRequest::default()
    };
    by.tickets().create_ticket(request).await
}

/// A ticket about a customer, in the queue of inquiries.
pub(crate) async fn ticket_about(by: &Session, customer: &str) -> Ticket {
    let ticket = Ticket {
        customer: customer.to_owned(),
        ..Ticket::default()
    };
    open(by, ticket).await.unwrap().into_inner().ticket.unwrap()
}

/// Sets `level`, which no field rule guards.
pub(crate) fn set_level(id: &str, level: &str) -> UpdateCustomerRequest {
    let customer = Customer {
        id: id.to_owned(),
        level: level.to_owned(),
        ..Customer::default()
    };
    set(customer, &["level"])
}

pub(crate) fn set(customer: Customer, paths: &[&str]) -> UpdateCustomerRequest {
    UpdateCustomerRequest {
        customer: Some(customer),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..UpdateCustomerRequest::default()
    }
}

/// The first page of a list, counted exactly.
pub(crate) fn counted(page_size: i32) -> ListCustomersRequest {
    ListCustomersRequest {
        page_size,
        total: TotalMode::Exact as i32,
        ..ListCustomersRequest::default()
    }
}

/// Every id that a person's list holds, page by page, in its order.
pub(crate) async fn listed(by: &Session, mut request: ListCustomersRequest) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = by
            .customers()
            .list_customers(request.clone())
            .await
            .unwrap()
            .into_inner();
        ids.extend(page.customers.into_iter().map(|customer| customer.id));
        if page.next_page_token.is_empty() {
            return ids;
        }
        request.page_token = page.next_page_token;
    }
}

/// Asks until the answer is yes: for what must happen soon, but not at once.
pub(crate) async fn soon<F: Future<Output = bool>>(limit: Duration, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + limit;
    let mut every = tokio::time::interval(Duration::from_millis(20));
    loop {
        every.tick().await;
        if holds().await {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "it did not happen within {limit:?}"
        );
    }
}

/// A meeting that is to come.
pub(crate) fn a_meeting() -> Meeting {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    Meeting {
        display_name: "a meeting of a test".to_owned(),
        start_at: at(4_000_000_000),
        end_at: at(4_000_003_600),
        ..Meeting::default()
    }
}

/// What announces these bytes as plain text.
pub(crate) fn announced(customer: &str, bytes: &[u8]) -> StartUploadRequest {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    StartUploadRequest {
        customer: customer.to_owned(),
        size_bytes: bytes.len().try_into().unwrap(),
        sha256: hex::encode(hash),
        content_type: "text/plain".to_owned(),
    }
}

/// Uploads a file as it was announced, and answers with the upload's id.
pub(crate) async fn uploaded(by: &Session, announced: StartUploadRequest, bytes: &[u8]) -> String {
    let started = by.attachment_content().start_upload(announced).await;
    let upload = started.unwrap().into_inner().upload.unwrap().id;
    for (index, data) in bytes.chunks(262_144).enumerate() {
        let part = UploadChunkRequest {
            upload: upload.clone(),
            offset: i64::try_from(index).unwrap() * 262_144,
            data: data.to_vec(),
        };
        by.attachment_content().upload_chunk(part).await.unwrap();
    }
    upload
}

/// What attaches an upload.
pub(crate) fn attaching(customer: &str, id: &str, upload: String) -> CreateAttachmentRequest {
    CreateAttachmentRequest {
        attachment: Some(Attachment {
            customer: customer.to_owned(),
            display_name: "a file of a test.txt".to_owned(),
            upload,
            ..Attachment::default()
        }),
        attachment_id: id.to_owned(),
        ..CreateAttachmentRequest::default()
    }
}

/// Attaches a text to a customer.
pub(crate) async fn attach(
    by: &Session,
    customer: &str,
    id: &str,
    bytes: &[u8],
) -> Result<Attachment, Status> {
    let upload = uploaded(by, announced(customer, bytes), bytes).await;
    let request = attaching(customer, id, upload);
    let created = by.attachments().create_attachment(request).await?;
    Ok(created.into_inner().attachment.unwrap())
}

/// A report that counts the records of a kind.
pub(crate) fn counting(dataset: &str) -> ReportDefinition {
    ReportDefinition {
        display_name: "a report of a test".to_owned(),
        dataset: dataset.to_owned(),
        measures: vec![ReportMeasure::default()],
        ..ReportDefinition::default()
    }
}
