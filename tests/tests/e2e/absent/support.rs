//! How records of the service centre are made.

use crate::ask::{own_customer, ticket_about, unique};
use e2e::company::DESKS;
use e2e::session::Session;
use menshen_proto::crm::v1::{
    BusinessCalendar, BusinessDay, BusinessHours, CreateBusinessCalendarRequest,
    CreateQueueRequest, CreateSlaPolicyRequest, CreateTicketMessageRequest, CreateTicketRequest,
    SlaPolicy, SlaTarget, Ticket, TicketMessage, TicketMessageKind, TicketPriority,
};

/// Makes a record with this id, if it is of such a type.
pub(super) async fn create(owner: &Session, resource_type: &str, id: &str) -> bool {
    match resource_type {
        "business_calendar" => calendar(owner, id).await,
        "sla_policy" => policy(owner, id).await,
        "queue" => queue(owner, id).await,
        "ticket" => ticket(owner, id).await,
        "ticket_message" => message(owner, id).await,
        _ => return false,
    }
    true
}

async fn calendar(owner: &Session, id: &str) {
    let hours = BusinessHours {
        day: BusinessDay::Monday as i32,
        opens: "09:00".to_owned(),
        closes: "18:00".to_owned(),
    };
    let request = CreateBusinessCalendarRequest {
        business_calendar_id: id.to_owned(),
        business_calendar: Some(BusinessCalendar {
            display_name: "x".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            hours: vec![hours],
            ..BusinessCalendar::default()
        }),
        ..CreateBusinessCalendarRequest::default()
    };
    let mut calendars = owner.business_calendars();
    calendars.create_business_calendar(request).await.unwrap();
}

async fn policy(owner: &Session, id: &str) {
    let calendar_id = unique("calendar");
    calendar(owner, &calendar_id).await;
    let target = SlaTarget {
        priority: TicketPriority::High as i32,
        first_response_seconds: 60,
        resolution_seconds: 60,
    };
    let request = CreateSlaPolicyRequest {
        sla_policy_id: id.to_owned(),
        sla_policy: Some(SlaPolicy {
            display_name: "x".to_owned(),
            calendar: calendar_id,
            targets: vec![target],
            ..SlaPolicy::default()
        }),
        ..CreateSlaPolicyRequest::default()
    };
    let mut policies = owner.sla_policies();
    policies.create_sla_policy(request).await.unwrap();
}

async fn queue(owner: &Session, id: &str) {
    let request = CreateQueueRequest {
        queue_id: id.to_owned(),
        queue: Some(DESKS[0].queue()),
        ..CreateQueueRequest::default()
    };
    owner.queues().create_queue(request).await.unwrap();
}

async fn ticket(owner: &Session, id: &str) {
    let request = CreateTicketRequest {
        ticket_id: id.to_owned(),
        ticket: Some(Ticket {
            customer: own_customer(owner).await.id,
            subject: "x".to_owned(),
            queue: "Q-Inquiry".to_owned(),
            ..Ticket::default()
        }),
        ..CreateTicketRequest::default()
    };
    owner.tickets().create_ticket(request).await.unwrap();
}

async fn message(owner: &Session, id: &str) {
    let customer = own_customer(owner).await.id;
    let message = TicketMessage {
        ticket: ticket_about(owner, &customer).await.id,
        kind: TicketMessageKind::Note as i32,
        body: "x".to_owned(),
        ..TicketMessage::default()
    };
    let request = CreateTicketMessageRequest {
        ticket_message: Some(message),
        ticket_message_id: id.to_owned(),
        ..CreateTicketMessageRequest::default()
    };
    let mut messages = owner.ticket_messages();
    messages.create_ticket_message(request).await.unwrap();
}
