//! The operations of the role table on a ticket 工单.

use super::Answer;
use crate::Result;
use crate::company::DESKS;
use crate::session::Session;
use menshen_proto::crm::v1::{
    CreateTicketRequest, DeleteTicketRequest, GetTicketRequest, ListTicketsRequest, Ticket,
    TicketPriority, UpdateTicketRequest,
};
use prost_types::FieldMask;

/// Create, read, update, delete, as trials that leave no trace.
pub(super) async fn answers(session: &Session, customer: &str) -> Result<[Answer; 4]> {
    let id = first(session, customer).await?;
    let mut tickets = session.tickets();
    let create = CreateTicketRequest {
        ticket: Some(Ticket {
            customer: customer.to_owned(),
            queue: DESKS.first().map_or("", |desk| desk.queue).to_owned(),
            subject: "a ticket for the role table".to_owned(),
            ..Ticket::default()
        }),
        validate_only: true,
        ..CreateTicketRequest::default()
    };
    let update = UpdateTicketRequest {
        ticket: Some(Ticket {
            id: id.clone(),
            priority: TicketPriority::High as i32,
            ..Ticket::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["priority".to_owned()],
        }),
        validate_only: true,
        ..UpdateTicketRequest::default()
    };
    let delete = DeleteTicketRequest {
        id: id.clone(),
        validate_only: true,
        ..DeleteTicketRequest::default()
    };
    Ok([
        Answer::of(tickets.create_ticket(create).await)?,
        Answer::of(tickets.get_ticket(GetTicketRequest { id }).await)?,
        Answer::of(tickets.update_ticket(update).await)?,
        Answer::of(tickets.delete_ticket(delete).await)?,
    ])
}

/// A ticket about the customer that the caller sees.
async fn first(session: &Session, customer: &str) -> Result<String> {
    let request = ListTicketsRequest {
        page_size: 1,
        filter: format!("customer = \"{customer}\""),
        ..ListTicketsRequest::default()
    };
    let page = session.tickets().list_tickets(request).await?.into_inner();
    let ticket = page.tickets.into_iter().next();
    Ok(ticket.ok_or("there is no ticket to try it on")?.id)
}
