//! The life of tickets, and into whose hands they come.

use crate::ask::{Outcome, open, own_customer, ticket_about};
use crate::expect::{denied, refused, refused_because};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    AssignTicketRequest, AssignTicketResponse, CloseTicketRequest, CreateTicketMessageRequest,
    DeleteTicketRequest, EscalateTicketRequest, GetTicketRequest, ListTicketHistoryRequest,
    ListTicketMessagesRequest, MarkDuplicateTicketRequest, RejectTicketRequest,
    ReopenTicketRequest, ResolveTicketRequest, ResumeTicketRequest, StartTicketRequest,
    TakeTicketRequest, TakeTicketResponse, Ticket, TicketEscalation, TicketKind, TicketMessage,
    TicketMessageKind, TicketSeverity, TicketStatus, TicketWait, UpdateTicketRequest,
    UpdateTicketResponse, WaitTicketRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    service_rep_creates_reads_and_updates_a_ticket_but_does_not_delete_it,
    ticket_goes_through_its_life,
    step_from_another_state_is_refused,
    complaint_about_somebody_never_comes_into_their_hands,
    whom_a_complaint_is_about_does_not_work_on_it,
    complaint_is_resolved_once_its_cause_is_known,
    what_only_complaints_have_is_refused_elsewhere,
    assigning_takes_the_function_and_a_receiver_who_sees,
    escalating_and_closing_take_their_functions,
    duplicate_names_another_ticket_of_the_customer,
    first_reply_is_remembered_and_notes_are_none,
    closed_ticket_takes_notes_only,
    t14_ticket_is_not_opened_in_another_department,
    ticket_of_another_department_is_not_found,
    numbers_are_unique,
);

/// S5 and row 38.
async fn service_rep_creates_reads_and_updates_a_ticket_but_does_not_delete_it(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    read(&agent, &ticket.id).await.unwrap();
    update(&agent, subject(&ticket.id, "another subject"), "subject")
        .await
        .unwrap();
    let request = DeleteTicketRequest {
        id: ticket.id,
        ..DeleteTicketRequest::default()
    };
    denied(agent.tickets().delete_ticket(request).await, "data");
}

async fn ticket_goes_through_its_life(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let lead = world.sign_in("u23").await.unwrap();
    let id = ticket.id.clone();
    assert_eq!(
        (ticket.status(), ticket.owner.as_str()),
        (TicketStatus::New, "")
    );
    let taken = take(&agent, &id)
        .await
        .unwrap()
        .into_inner()
        .ticket
        .unwrap();
    assert_eq!(
        (taken.status(), taken.owner.as_str()),
        (TicketStatus::Assigned, "u24")
    );
    start(&agent, &id).await;
    let wait = WaitTicketRequest {
        id: id.clone(),
        wait: TicketWait::Customer as i32,
        waiting_reason: "the serial number".to_owned(),
        ..WaitTicketRequest::default()
    };
    let waiting = agent.tickets().wait_ticket(wait).await.unwrap();
    let waiting = waiting.into_inner().ticket.unwrap();
    assert_eq!(waiting.status(), TicketStatus::WaitingCustomer);
    assert_eq!(waiting.waiting_reason, "the serial number");
    let resume = ResumeTicketRequest {
        id: id.clone(),
        ..ResumeTicketRequest::default()
    };
    agent.tickets().resume_ticket(resume).await.unwrap();
    assert_eq!(read(&agent, &id).await.unwrap().waiting_reason, "");
    resolve(&agent, &id, "").await.unwrap();
    let reopen = ReopenTicketRequest {
        id: id.clone(),
        reason: "it does it again".to_owned(),
        ..ReopenTicketRequest::default()
    };
    agent.tickets().reopen_ticket(reopen).await.unwrap();
    let reopened = read(&agent, &id).await.unwrap();
    assert_eq!(
        (reopened.status(), &reopened.resolved_at),
        (TicketStatus::Reopened, &None)
    );
    start(&agent, &id).await;
    resolve(&agent, &id, "").await.unwrap();
    lead.tickets().close_ticket(close(&id)).await.unwrap();
    let closed = read(&agent, &id).await.unwrap();
    assert_eq!(closed.status(), TicketStatus::Closed);
    assert!(closed.resolved_at.is_some() && closed.closed_at.is_some());
    let history = ListTicketHistoryRequest {
        id,
        ..ListTicketHistoryRequest::default()
    };
    let history = agent.tickets().list_ticket_history(history).await.unwrap();
    assert_eq!(history.into_inner().entries.len(), 10);
}

async fn step_from_another_state_is_refused(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let lead = world.sign_in("u23").await.unwrap();
    let start = StartTicketRequest {
        id: ticket.id.clone(),
        ..StartTicketRequest::default()
    };
    wrong_state(agent.tickets().start_ticket(start).await);
    wrong_state(lead.tickets().close_ticket(close(&ticket.id)).await);
    wrong_state(resolve(&agent, &ticket.id, "").await);
    take(&agent, &ticket.id).await.unwrap();
    wrong_state(take(&agent, &ticket.id).await);
    let reject = RejectTicketRequest {
        id: ticket.id.clone(),
        reason: "an advertisement".to_owned(),
        ..RejectTicketRequest::default()
    };
    lead.tickets().reject_ticket(reject.clone()).await.unwrap();
    wrong_state(lead.tickets().reject_ticket(reject).await);
}

/// Row 12: `FAILED_PRECONDITION(SOD_COMPLAINT_SUBJECT)`, whichever way it would come about.
async fn complaint_about_somebody_never_comes_into_their_hands(world: Arc<World>) {
    let [rep, accused, lead] = people(&world, ["u05", "u25", "u23"]).await;
    let about = complaint(&own_customer(&rep).await.id, "u25");
    let owned = Ticket {
        owner: "u25".to_owned(),
        ..about.clone()
    };
    independent(open(&lead, owned.clone()).await);
    independent(open(&accused, owned.clone()).await);
    let id = opened_as(&lead, about).await.id;
    independent(assign(&lead, &id, "u25").await);
    independent(take(&accused, &id).await);

    let anybodys = Ticket {
        subject_user: String::new(),
        ..owned
    };
    let id = opened_as(&lead, anybodys).await.id;
    let accuse = Ticket {
        id,
        subject_user: "u25".to_owned(),
        ..Ticket::default()
    };
    independent(update(&lead, accuse, "subject_user").await);
}

async fn whom_a_complaint_is_about_does_not_work_on_it(world: Arc<World>) {
    let [rep, accused, lead] = people(&world, ["u05", "u25", "u23"]).await;
    let about = complaint(&own_customer(&rep).await.id, "u25");
    let id = opened_as(&lead, about).await.id;
    let change = subject(&id, "nothing happened");
    denied(
        update(&accused, change.clone(), "subject").await,
        "restriction",
    );
    let clear = Ticket {
        id: id.clone(),
        ..Ticket::default()
    };
    denied(update(&accused, clear, "subject_user").await, "restriction");
    update(&lead, change, "subject").await.unwrap();
}

/// Row 12.
async fn complaint_is_resolved_once_its_cause_is_known(world: Arc<World>) {
    let [rep, agent] = people(&world, ["u05", "u25"]).await;
    let about = complaint(&own_customer(&rep).await.id, "");
    let id = opened_as(&agent, about).await.id;
    take(&agent, &id).await.unwrap();
    start(&agent, &id).await;
    wrong_state(resolve(&agent, &id, "").await);
    resolve(&agent, &id, "a worn seal").await.unwrap();
}

async fn what_only_complaints_have_is_refused_elsewhere(world: Arc<World>) {
    let [rep, agent] = people(&world, ["u05", "u24"]).await;
    let customer = own_customer(&rep).await.id;
    for ticket in [
        Ticket {
            subject_user: "u25".to_owned(),
            ..Ticket::default()
        },
        Ticket {
            severity: TicketSeverity::Major as i32,
            ..Ticket::default()
        },
        Ticket {
            department: "D31".to_owned(),
            ..Ticket::default()
        },
        Ticket {
            queue: "Q-Complaints".to_owned(),
            kind: TicketKind::Consultation as i32,
            ..Ticket::default()
        },
    ] {
        let ticket = Ticket {
            customer: customer.clone(),
            ..ticket
        };
        let lead = world.sign_in("u23").await.unwrap();
        refused(open(&lead, ticket).await, Code::InvalidArgument);
    }
    ticket_about(&agent, &customer).await;
}

/// T23.
async fn assigning_takes_the_function_and_a_receiver_who_sees(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let lead = world.sign_in("u23").await.unwrap();
    denied(assign(&agent, &ticket.id, "u24").await, "function");
    for blind in ["u21", "u32"] {
        refused_because(
            assign(&lead, &ticket.id, blind).await,
            Code::FailedPrecondition,
            "RECEIVER_CANNOT_SEE",
        );
    }
    refused(
        assign(&lead, &ticket.id, "nobody").await,
        Code::FailedPrecondition,
    );
    refused(assign(&lead, &ticket.id, "").await, Code::InvalidArgument);
    // Of another group, who sees it as its owner alone.
    let given = assign(&lead, &ticket.id, "u26").await.unwrap().into_inner();
    let given = given.ticket.unwrap();
    assert_eq!(
        (given.owner.as_str(), given.department.as_str()),
        ("u26", "D31")
    );
    let other = world.sign_in("u26").await.unwrap();
    read(&other, &ticket.id).await.unwrap();
    assign(&lead, &ticket.id, "u24").await.unwrap();
    assert_eq!(
        read(&other, &ticket.id).await.unwrap_err().code(),
        Code::NotFound
    );
}

async fn escalating_and_closing_take_their_functions(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let lead = world.sign_in("u23").await.unwrap();
    let escalate = EscalateTicketRequest {
        id: ticket.id.clone(),
        reason: "the line stands still".to_owned(),
        ..EscalateTicketRequest::default()
    };
    denied(
        agent.tickets().escalate_ticket(escalate.clone()).await,
        "function",
    );
    denied(
        agent.tickets().close_ticket(close(&ticket.id)).await,
        "function",
    );
    let escalated = lead
        .tickets()
        .escalate_ticket(escalate.clone())
        .await
        .unwrap();
    let escalated = escalated.into_inner().ticket.unwrap();
    assert_eq!(escalated.escalation(), TicketEscalation::Escalated);
    wrong_state(lead.tickets().escalate_ticket(escalate).await);
}

async fn duplicate_names_another_ticket_of_the_customer(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let (_, foreign) = opened(&world).await;
    let same = ticket_about(&agent, &ticket.customer).await;
    let mark = |of: &str| MarkDuplicateTicketRequest {
        id: ticket.id.clone(),
        duplicate_of: of.to_owned(),
        ..MarkDuplicateTicketRequest::default()
    };
    for wrong in [ticket.id.as_str(), &foreign.id, "nothing", ""] {
        let outcome = agent.tickets().mark_duplicate_ticket(mark(wrong)).await;
        refused(outcome, Code::InvalidArgument);
    }
    let ended = agent.tickets().mark_duplicate_ticket(mark(&same.id)).await;
    let ended = ended.unwrap().into_inner().ticket.unwrap();
    assert_eq!(ended.status(), TicketStatus::Duplicate);
    assert!(ended.closed_at.is_some());
}

/// Row 11: the first reply is what the promise of a first response is about.
async fn first_reply_is_remembered_and_notes_are_none(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    say(&agent, &ticket.id, TicketMessageKind::Note)
        .await
        .unwrap();
    say(&agent, &ticket.id, TicketMessageKind::Inbound)
        .await
        .unwrap();
    let before = read(&agent, &ticket.id).await.unwrap();
    assert_eq!(before.first_replied_at, None);
    say(&agent, &ticket.id, TicketMessageKind::Reply)
        .await
        .unwrap();
    let first = read(&agent, &ticket.id).await.unwrap().first_replied_at;
    assert!(first.is_some());
    say(&agent, &ticket.id, TicketMessageKind::Reply)
        .await
        .unwrap();
    let after = read(&agent, &ticket.id).await.unwrap();
    assert_eq!((after.first_replied_at, after.etag), (first, before.etag));

    let request = ListTicketMessagesRequest {
        filter: format!("ticket = \"{}\"", ticket.id),
        ..ListTicketMessagesRequest::default()
    };
    let shown = agent
        .ticket_messages()
        .list_ticket_messages(request.clone())
        .await;
    assert_eq!(shown.unwrap().into_inner().ticket_messages.len(), 4);
    let rep = world.sign_in("u05").await.unwrap();
    denied(
        rep.ticket_messages()
            .list_ticket_messages(request.clone())
            .await,
        "access",
    );
    let other = world.sign_in("u25").await.unwrap();
    let hidden = other.ticket_messages().list_ticket_messages(request).await;
    assert_eq!(hidden.unwrap().into_inner().ticket_messages.len(), 0);
}

async fn closed_ticket_takes_notes_only(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let lead = world.sign_in("u23").await.unwrap();
    take(&agent, &ticket.id).await.unwrap();
    start(&agent, &ticket.id).await;
    resolve(&agent, &ticket.id, "").await.unwrap();
    lead.tickets()
        .close_ticket(close(&ticket.id))
        .await
        .unwrap();
    wrong_state(say(&agent, &ticket.id, TicketMessageKind::Reply).await);
    say(&agent, &ticket.id, TicketMessageKind::Note)
        .await
        .unwrap();
}

/// T14.
async fn t14_ticket_is_not_opened_in_another_department(world: Arc<World>) {
    let [rep, agent] = people(&world, ["u05", "u24"]).await;
    let customer = own_customer(&rep).await.id;
    for owner in ["", "u24"] {
        let elsewhere = Ticket {
            owner: owner.to_owned(),
            ..complaint(&customer, "")
        };
        denied(open(&agent, elsewhere).await, "data");
    }
    let for_another = Ticket {
        owner: "u23".to_owned(),
        customer,
        ..Ticket::default()
    };
    denied(open(&agent, for_another).await, "function");
}

async fn ticket_of_another_department_is_not_found(world: Arc<World>) {
    let (_, ticket) = opened(&world).await;
    let other = world.sign_in("u25").await.unwrap();
    assert_eq!(
        read(&other, &ticket.id).await.unwrap_err().code(),
        Code::NotFound
    );
    refused(take(&other, &ticket.id).await, Code::NotFound);
}

async fn numbers_are_unique(world: Arc<World>) {
    let (agent, ticket) = opened(&world).await;
    let calls = (0..8).map(|_| ticket_about(&agent, &ticket.customer));
    let tickets = futures::future::join_all(calls).await;
    let numbers: std::collections::BTreeSet<&str> = tickets
        .iter()
        .map(|ticket| ticket.number.as_str())
        .collect();
    assert_eq!(numbers.len(), 8);
}

/// A ticket of D31's about a customer of u05's, and somebody who works there.
async fn opened(world: &World) -> (Session, Ticket) {
    let [rep, agent] = people(world, ["u05", "u24"]).await;
    let customer = own_customer(&rep).await.id;
    let ticket = ticket_about(&agent, &customer).await;
    (agent, ticket)
}

async fn opened_as(by: &Session, ticket: Ticket) -> Ticket {
    open(by, ticket).await.unwrap().into_inner().ticket.unwrap()
}

fn complaint(customer: &str, about: &str) -> Ticket {
    Ticket {
        customer: customer.to_owned(),
        kind: TicketKind::Complaint as i32,
        subject_user: about.to_owned(),
        ..Ticket::default()
    }
}

fn subject(id: &str, subject: &str) -> Ticket {
    Ticket {
        id: id.to_owned(),
        subject: subject.to_owned(),
        ..Ticket::default()
    }
}

async fn read(by: &Session, id: &str) -> Result<Ticket, tonic::Status> {
    let request = GetTicketRequest { id: id.to_owned() };
    let answer = by.tickets().get_ticket(request).await?;
    Ok(answer.into_inner().ticket.unwrap())
}

async fn update(by: &Session, ticket: Ticket, path: &str) -> Outcome<UpdateTicketResponse> {
    let request = UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask: Some(FieldMask {
            paths: vec![path.to_owned()],
        }),
        ..UpdateTicketRequest::default()
    };
    by.tickets().update_ticket(request).await
}

async fn take(by: &Session, id: &str) -> Outcome<TakeTicketResponse> {
    let request = TakeTicketRequest {
        id: id.to_owned(),
        ..TakeTicketRequest::default()
    };
    by.tickets().take_ticket(request).await
}

async fn assign(by: &Session, id: &str, owner: &str) -> Outcome<AssignTicketResponse> {
    let request = AssignTicketRequest {
        id: id.to_owned(),
        owner: owner.to_owned(),
        ..AssignTicketRequest::default()
    };
    by.tickets().assign_ticket(request).await
}

async fn start(by: &Session, id: &str) {
    let request = StartTicketRequest {
        id: id.to_owned(),
        ..StartTicketRequest::default()
    };
    by.tickets().start_ticket(request).await.unwrap();
}

async fn resolve(
    by: &Session,
    id: &str,
    root_cause: &str,
) -> Outcome<menshen_proto::crm::v1::ResolveTicketResponse> {
    let request = ResolveTicketRequest {
        id: id.to_owned(),
        root_cause: root_cause.to_owned(),
        resolution: "a new seal".to_owned(),
        ..ResolveTicketRequest::default()
    };
    by.tickets().resolve_ticket(request).await
}

fn close(id: &str) -> CloseTicketRequest {
    CloseTicketRequest {
        id: id.to_owned(),
        ..CloseTicketRequest::default()
    }
}

async fn say(
    by: &Session,
    ticket: &str,
    kind: TicketMessageKind,
) -> Outcome<menshen_proto::crm::v1::CreateTicketMessageResponse> {
    let request = CreateTicketMessageRequest {
        ticket_message: Some(TicketMessage {
            ticket: ticket.to_owned(),
            kind: kind as i32,
            body: "x".to_owned(),
            ..TicketMessage::default()
        }),
        ..CreateTicketMessageRequest::default()
    };
    by.ticket_messages().create_ticket_message(request).await
}

async fn people<const N: usize>(world: &World, ids: [&str; N]) -> [Session; N] {
    let mut sessions = Vec::new();
    for id in ids {
        sessions.push(world.sign_in(id).await.unwrap());
    }
    sessions.try_into().unwrap()
}

#[track_caller]
fn wrong_state<T: std::fmt::Debug>(outcome: Outcome<T>) {
    refused_because(outcome, Code::FailedPrecondition, "WRONG_STATE");
}

#[track_caller]
fn independent<T: std::fmt::Debug>(outcome: Outcome<T>) {
    refused_because(outcome, Code::FailedPrecondition, "SOD_COMPLAINT_SUBJECT");
}
