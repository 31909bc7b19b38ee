//! Ticket messages 工单沟通: what was said about a ticket. They are only added.

use super::clocks;
use super::ticket::TICKET;
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{self, TicketMessageKind};
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about ticket messages.
#[derive(Clone, Debug)]
pub(crate) struct TicketMessage;

pub(crate) static TICKET_MESSAGE: Kind = Kind {
    name: "ticket_message",
    message: "menshen.crm.v1.TicketMessage",
    table: "ticket_messages",
    module: "module:ticket_messages",
    is_owned: false,
    fields: &[
        Field::parent("ticket", &TICKET, "what was said stays where it was said"),
        Field::choice("kind", 0),
        Field::text("body", 1, 10_000),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const CLOSED: &str = "
    SELECT closed_at_us
    FROM tickets
    WHERE id = $1";
// Not a new version of the ticket: what it is about does not change.
const FIRST_REPLY: &str = "
    UPDATE tickets
    SET first_replied_at_us = $2
    WHERE id = $1 AND first_replied_at_us IS NULL";

impl Resource for TicketMessage {
    const TYPE: &'static str = "ticket_message";
}

impl Entity for TicketMessage {
    type Message = v1::TicketMessage;

    fn kind() -> &'static Kind {
        &TICKET_MESSAGE
    }

    async fn writing(
        tx: &mut Tx,
        change: &mut Change<'_, v1::TicketMessage>,
    ) -> Result<(), Refusal> {
        let message = &change.after;
        let (closed_at_us,): (Option<i64>,) = tx
            .fetch_one(Stmt::new(CLOSED).bind(&message.ticket))
            .await?;
        if closed_at_us.is_some() && message.kind() != TicketMessageKind::Note {
            let problem = "the ticket is closed; open another, or leave a note";
            return Err(Refusal::wrong_state(
                TICKET.reference(&message.ticket),
                problem,
            ));
        }
        Ok(())
    }

    async fn written(tx: &mut Tx, change: &Change<'_, v1::TicketMessage>) -> Result<(), Refusal> {
        let message = &change.after;
        if message.kind() == TicketMessageKind::Reply {
            let reply = Stmt::new(FIRST_REPLY).bind(&message.ticket);
            tx.execute(reply.bind(change.call.now_us)).await?;
            clocks::replied(tx, &message.ticket, change.call.now_us).await?;
        }
        Ok(())
    }
}
