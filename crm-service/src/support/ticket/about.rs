//! What a ticket is about: its customer and what is theirs, its queue, and what only complaints have.

use super::TICKET;
use crate::customers::contact::CONTACT;
use crate::customers::purchase::PURCHASE;
use crate::records::entity::{Cause, Change};
use crate::records::kind::Kind;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use crate::support::queue::Queue;
use menshen_proto::crm::v1::{self, TicketKind, TicketSeverity};
use service_kit::db::{Stmt, Tx};

const CONTACT_OF: &str = "
    SELECT id
    FROM contacts
    WHERE id = $1 AND customer_id = $2 AND deleted_at_us IS NULL";
const PURCHASE_OF: &str = "
    SELECT id
    FROM purchases
    WHERE id = $1 AND customer_id = $2 AND deleted_at_us IS NULL";
const TICKET_OF: &str = "
    SELECT id
    FROM tickets
    WHERE id = $1 AND customer_id = $2 AND deleted_at_us IS NULL";

/// A field of a ticket that names something.
type IdOf = fn(&v1::Ticket) -> &String;

pub(super) fn check(change: &Change<'_, v1::Ticket>, violations: &mut Violations) {
    let ticket = &change.after;
    if matches!(change.cause, Cause::Create) {
        violations.id("customer", &ticket.customer);
        if !ticket.duplicate_of.is_empty() {
            violations.add(
                "duplicate_of",
                "is set by MarkDuplicateTicket; leave it empty",
            );
        }
        if !ticket.department.is_empty() {
            violations.add("department", "is that of the queue; leave it empty");
        }
    }
    if ticket.kind() == TicketKind::Complaint {
        return;
    }
    if change.cause.touches("severity") && ticket.severity() != TicketSeverity::None {
        violations.add("severity", "is of complaints only; leave it empty");
    }
    if change.cause.touches("subject_user") && !ticket.subject_user.is_empty() {
        violations.add("subject_user", "is of complaints only; leave it empty");
    }
}

/// Whatever the ticket names is its customer's, and its queue takes tickets of its kind.
pub(super) async fn writing(tx: &mut Tx, change: &Change<'_, v1::Ticket>) -> Result<(), Refusal> {
    let (ticket, mut violations) = (&change.after, Violations::of(TICKET.name));
    let before = |of: IdOf| change.before.map(of);
    if before(|ticket| &ticket.queue) != Some(&ticket.queue) {
        check_queue(tx, ticket, &mut violations).await?;
    }
    let named: [(_, _, &'static Kind, IdOf); 3] = [
        ("contact", CONTACT_OF, &CONTACT, |ticket| &ticket.contact),
        ("purchase", PURCHASE_OF, &PURCHASE, |ticket| {
            &ticket.purchase
        }),
        ("duplicate_of", TICKET_OF, &TICKET, |ticket| {
            &ticket.duplicate_of
        }),
    ];
    for (field, select, kind, of) in named {
        let id = of(ticket);
        if id.is_empty() || before(of) == Some(id) {
            continue;
        }
        let select = Stmt::new(select).bind(id).bind(&ticket.customer);
        let found: Option<(String,)> = tx.fetch_optional(select).await?;
        if found.is_none() {
            let (kind, id) = (kind.name, quote(id));
            let problem = format!("{kind} {id} is not of the ticket's customer; name one that is");
            violations.add(field, problem);
        }
    }
    if ticket.duplicate_of == change.id {
        violations.add("duplicate_of", "is the ticket itself; name the other one");
    }
    Ok(violations.or(())?)
}

async fn check_queue(
    tx: &mut Tx,
    ticket: &v1::Ticket,
    violations: &mut Violations,
) -> Result<(), Refusal> {
    let queue: Record<Queue> = stored(tx, &ticket.queue).await?;
    if !queue.message.kinds.contains(&ticket.kind) {
        let (queue, kind) = (quote(&ticket.queue), ticket.kind().as_str_name());
        let problem = format!("{queue} takes no `{kind}`; name a queue that does");
        violations.add("queue", problem);
    }
    Ok(())
}
