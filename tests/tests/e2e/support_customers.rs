//! Customers come into reach through tickets, and leave it with them.

use crate::ask::{get, open, own_customer, set_level, ticket_about};
use crate::expect::{denied, refused};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, MoveTicketRequest, Ticket, TicketKind, UpdateTicketRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    ticket_may_be_opened_about_any_customer_by_who_serves_and_by_nobody_else,
    ticket_opens_its_customer_to_the_department_and_no_other,
    t20_losing_the_last_ticket_loses_the_customer_on_the_next_call,
    t15_ticket_names_only_what_is_its_customers,
    customer_of_a_ticket_takes_contacts_from_who_serves_it,
);

async fn ticket_may_be_opened_about_any_customer_by_who_serves_and_by_nobody_else(
    world: Arc<World>,
) {
    let (rep, agent) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u24").await.unwrap(),
    );
    let customer = own_customer(&rep).await.id;
    assert_eq!(
        get(&agent, &customer).await.unwrap_err().code(),
        Code::NotFound
    );
    let about = |customer: &str| Ticket {
        customer: customer.to_owned(),
        ..Ticket::default()
    };
    denied(open(&rep, about(&customer)).await, "function");
    let opened = open(&agent, about(&customer)).await.unwrap().into_inner();
    let ticket = opened.ticket.unwrap();
    assert_eq!(
        (ticket.owner.as_str(), ticket.department.as_str()),
        ("", "D31")
    );
    assert!(ticket.number.starts_with("T-"));
    refused(open(&agent, about("nobody")).await, Code::InvalidArgument);
}

async fn ticket_opens_its_customer_to_the_department_and_no_other(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let [inquiry, complaints, lead] = people(&world, ["u24", "u25", "u23"]).await;
    ticket_about(&inquiry, &customer).await;
    get(&inquiry, &customer).await.unwrap();
    get(&lead, &customer).await.unwrap();
    inquiry
        .customers()
        .update_customer(set_level(&customer, "A"))
        .await
        .unwrap();
    let outcome = get(&complaints, &customer).await;
    assert_eq!(outcome.unwrap_err().code(), Code::NotFound);
}

/// T20.
async fn t20_losing_the_last_ticket_loses_the_customer_on_the_next_call(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let [agent, lead] = people(&world, ["u24", "u23"]).await;
    let about = Ticket {
        kind: TicketKind::AfterSales as i32,
        ..Ticket::default()
    };
    denied(
        open(
            &agent,
            Ticket {
                customer: customer.clone(),
                ..about
            },
        )
        .await,
        "data",
    );
    let tickets = [
        ticket_about(&agent, &customer).await,
        ticket_about(&agent, &customer).await,
    ];
    for (ticket, is_last) in tickets.iter().zip([false, true]) {
        get(&agent, &customer).await.unwrap();
        let request = MoveTicketRequest {
            id: ticket.id.clone(),
            queue: "Q-Both".to_owned(),
            ..MoveTicketRequest::default()
        };
        both(&world).await;
        lead.tickets().move_ticket(request).await.unwrap();
        let after = get(&agent, &customer).await;
        assert_eq!(after.is_err(), is_last, "{after:?}");
    }
    assert_eq!(
        get(&agent, &customer).await.unwrap_err().code(),
        Code::NotFound
    );
    get(&lead, &customer).await.unwrap();
}

/// T15: a contact of somebody else is none of this ticket's.
async fn t15_ticket_names_only_what_is_its_customers(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let [agent] = people(&world, ["u24"]).await;
    let (own, other) = (own_customer(&rep).await.id, own_customer(&rep).await.id);
    let ticket = ticket_about(&agent, &own).await;
    let (theirs, ours) = (contact(&rep, &other).await, contact(&rep, &own).await);
    // Out of the agent's sight, then within it, but of another customer.
    refused(
        name(&agent, &ticket.id, &theirs).await,
        Code::InvalidArgument,
    );
    ticket_about(&agent, &other).await;
    refused(
        name(&agent, &ticket.id, &theirs).await,
        Code::InvalidArgument,
    );
    name(&agent, &ticket.id, &ours).await.unwrap();
}

/// 3.7: contacts through the customer, new ones too.
async fn customer_of_a_ticket_takes_contacts_from_who_serves_it(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let [agent] = people(&world, ["u24"]).await;
    let customer = own_customer(&rep).await.id;
    let request = || CreateContactRequest {
        contact: Some(Contact {
            customer: customer.clone(),
            display_name: "x".to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    refused(
        agent.contacts().create_contact(request()).await,
        Code::NotFound,
    );
    ticket_about(&agent, &customer).await;
    agent.contacts().create_contact(request()).await.unwrap();
}

async fn contact(by: &Session, customer: &str) -> String {
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: "x".to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    let created = by.contacts().create_contact(request).await.unwrap();
    created.into_inner().contact.unwrap().id
}

async fn name(
    by: &Session,
    ticket: &str,
    contact: &str,
) -> crate::ask::Outcome<menshen_proto::crm::v1::UpdateTicketResponse> {
    let request = UpdateTicketRequest {
        ticket: Some(Ticket {
            id: ticket.to_owned(),
            contact: contact.to_owned(),
            ..Ticket::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["contact".to_owned()],
        }),
        ..UpdateTicketRequest::default()
    };
    by.tickets().update_ticket(request).await
}

async fn people<const N: usize>(world: &World, ids: [&str; N]) -> [Session; N] {
    let mut sessions = Vec::new();
    for id in ids {
        sessions.push(world.sign_in(id).await.unwrap());
    }
    sessions.try_into().unwrap()
}

/// A queue of D33 for every kind of ticket.
async fn both(world: &World) {
    use menshen_proto::crm::v1::{CreateQueueRequest, Queue};
    let queue = Queue {
        display_name: "售后 All".to_owned(),
        department: "D33".to_owned(),
        kinds: vec![
            TicketKind::Consultation as i32,
            TicketKind::AfterSales as i32,
        ],
        ..Queue::default()
    };
    let request = CreateQueueRequest {
        queue_id: "Q-Both".to_owned(),
        queue: Some(queue),
        ..CreateQueueRequest::default()
    };
    let admin = world.sign_in("u30").await.unwrap();
    match admin.queues().create_queue(request).await {
        Ok(_) => {}
        Err(status) => assert_eq!(status.code(), Code::AlreadyExists, "{status:?}"),
    }
}
