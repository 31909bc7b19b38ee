//! Tickets 工单: what customers ask of us, and who works on it.

mod about;
mod hands;
pub(crate) mod life;
mod routing;
mod verbs;

use super::clocks;
use super::queue::QUEUE;
use crate::crm::Crm;
use crate::customers::contact::CONTACT;
use crate::customers::customer::CUSTOMER;
use crate::customers::purchase::PURCHASE;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::field::Field;
use crate::records::kind::{Joined, Kind};
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{
    self, TicketChannel, TicketEscalation, TicketKind, TicketPriority, TicketSeverity, TicketStatus,
};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about tickets.
#[derive(Clone, Debug)]
pub(crate) struct Ticket;

pub(crate) static TICKET: Kind = Kind {
    name: "ticket",
    message: "menshen.crm.v1.Ticket",
    table: "tickets",
    module: "module:tickets",
    is_owned: true,
    fields: &[
        Field::line("number", 0, 20).by_the_kind("it is counted"),
        Field::choice("kind", TicketKind::Consultation as i32).at_first(OPEN_ANOTHER),
        // Whoever serves customers may open a ticket about any, and sees only that it is there.
        Field::link_for("customer", &CUSTOMER, "open_ticket").at_first(OPEN_ANOTHER),
        Field::link("contact", &CONTACT),
        Field::link("purchase", &PURCHASE),
        Field::home("queue", &QUEUE).at_first("move it with MoveTicket"),
        Field::choice("priority", TicketPriority::Normal as i32),
        Field::choice("channel", TicketChannel::Phone as i32),
        Field::line("subject", 1, 200).searched(),
        Field::text("description", 0, 10_000),
        Field::choice("status", TicketStatus::New as i32).by_the_kind("it changes by steps"),
        Field::choice("severity", TicketSeverity::None as i32),
        Field::relation("subject_user"),
        Field::text("root_cause", 0, 2_000),
        Field::text("resolution", 0, 10_000),
        Field::text("waiting_reason", 0, 500).by_the_kind("it is set by WaitTicket"),
        Field::link("duplicate_of", &TICKET).at_first("end it with MarkDuplicateTicket"),
        Field::time("first_replied_at").aside("reply to the customer"),
        Field::time("resolved_at").by_the_kind("it is set by ResolveTicket"),
        Field::time("closed_at").by_the_kind("it is set by the step that ends the ticket"),
        Field::choice("escalation", TicketEscalation::None as i32)
            .by_the_kind("it is set by EscalateTicket"),
    ],
    joined: &[Joined {
        relation: "seller",
        subject: "user",
        rows: "(SELECT t.id AS ticket_id, c.owner_id FROM tickets t \
                JOIN customers c ON c.id = t.customer_id \
                WHERE t.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND c.owner_id IS NOT NULL)",
        record: "ticket_id",
        column: "owner_id",
    }],
    plan: OnceLock::new(),
};

const OPEN_ANOTHER: &str =
    "it stays as it was opened; open another and mark this one as its duplicate";

const NEXT_NUMBER: &str = "
    UPDATE ticket_numbers
    SET last = last + 1
    WHERE id = 1
    RETURNING last";

impl Resource for Ticket {
    const TYPE: &'static str = "ticket";
}

impl Entity for Ticket {
    type Message = v1::Ticket;

    const STEPS: &'static [Step] = life::ACTS;

    fn kind() -> &'static Kind {
        &TICKET
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Ticket>,
    ) -> Result<(), Refusal> {
        hands::admit(crm, caller, change).await
    }

    fn check(change: &mut Change<'_, v1::Ticket>, violations: &mut Violations) {
        about::check(change, violations);
        life::complete(change);
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Ticket>) -> Result<(), Refusal> {
        life::admit(change)?;
        about::writing(tx, change).await?;
        if matches!(change.cause, Cause::Step(step) if step.field == "status") {
            let (status, now_us) = (change.after.status(), change.call.now_us);
            if clocks::follow(tx, change.id, status, now_us).await? {
                change.after.escalation = TicketEscalation::Escalated as i32;
            }
        }
        if matches!(change.cause, Cause::Create) {
            // Last, so that others wait for the counter as shortly as can be.
            let (number,): (i64,) = tx.fetch_one(Stmt::new(NEXT_NUMBER)).await?;
            change.after.number = format!("T-{number:06}");
        }
        Ok(())
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::Ticket>) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) {
            clocks::start(tx, change.id, &change.after, change.call.now_us).await?;
        }
        Ok(())
    }
}
