//! The life of a ticket: its states, the steps between them, and the times that they leave.

use super::TICKET;
use crate::records::entity::{Cause, Change, Step};
use crate::records::refusal::Refusal;
use crate::records::time::{micros, timestamp};
use menshen_proto::crm::v1::{self, HistoryAction, TicketEscalation, TicketKind, TicketStatus};

/// The method that moves a ticket to another queue.
pub(super) const MOVES: &str = "MoveTicket";
/// The method that makes the caller the owner.
pub(super) const TAKE: &str = "TakeTicket";

const NEW: i32 = TicketStatus::New as i32;
const ASSIGNED: i32 = TicketStatus::Assigned as i32;
const IN_PROGRESS: i32 = TicketStatus::InProgress as i32;
const WAITING_CUSTOMER: i32 = TicketStatus::WaitingCustomer as i32;
const WAITING_INTERNAL: i32 = TicketStatus::WaitingInternal as i32;
const RESOLVED: i32 = TicketStatus::Resolved as i32;
const CLOSED: i32 = TicketStatus::Closed as i32;
const REOPENED: i32 = TicketStatus::Reopened as i32;
const REJECTED: i32 = TicketStatus::Rejected as i32;
const DUPLICATE: i32 = TicketStatus::Duplicate as i32;

/// Somebody may still have to do something.
const UNRESOLVED: &[i32] = &[
    NEW,
    ASSIGNED,
    IN_PROGRESS,
    WAITING_CUSTOMER,
    WAITING_INTERNAL,
    REOPENED,
];
const WAITING: &[i32] = &[WAITING_CUSTOMER, WAITING_INTERNAL];
/// Somebody is at it.
const UNDER_WAY: &[i32] = &[IN_PROGRESS, WAITING_CUSTOMER, WAITING_INTERNAL];

/// The steps that take nothing.
pub(super) const ACTS: &[Step] = &[
    Step::new(TAKE, &[NEW], ASSIGNED).told_as(HistoryAction::Transferred),
    Step::new("StartTicket", &[ASSIGNED, REOPENED], IN_PROGRESS),
    Step::new("ResumeTicket", WAITING, IN_PROGRESS),
    Step::new("CloseTicket", &[RESOLVED], CLOSED),
    Step::new("ReopenTicket", &[RESOLVED], REOPENED).with_reason(),
    Step::new("RejectTicket", UNRESOLVED, REJECTED).with_reason(),
    ESCALATION,
];
const ESCALATION: Step = Step {
    field: "escalation",
    ..Step::new(
        "EscalateTicket",
        &[TicketEscalation::None as i32],
        TicketEscalation::Escalated as i32,
    )
    .with_reason()
};
/// Of broken promises, too.
pub(crate) static ESCALATE: Step = ESCALATION;
pub(super) static ASSIGN: Step =
    Step::new("AssignTicket", UNRESOLVED, ASSIGNED).told_as(HistoryAction::Transferred);
pub(super) static MOVE: Step = Step::new(MOVES, UNRESOLVED, NEW)
    .told_as(HistoryAction::Transferred)
    .taking(&["queue"]);
pub(super) static WAIT_FOR_CUSTOMER: Step =
    Step::new("WaitTicket", UNDER_WAY, WAITING_CUSTOMER).taking(&["waiting_reason"]);
pub(super) static WAIT_FOR_COLLEAGUE: Step =
    Step::new("WaitTicket", UNDER_WAY, WAITING_INTERNAL).taking(&["waiting_reason"]);
pub(super) static RESOLVE: Step =
    Step::new("ResolveTicket", UNDER_WAY, RESOLVED).taking(&["root_cause", "resolution"]);
pub(super) static MARK_DUPLICATE: Step =
    Step::new("MarkDuplicateTicket", UNRESOLVED, DUPLICATE).taking(&["duplicate_of"]);

/// How long after it was resolved a ticket may be reopened.
const REOPEN_US: i64 = 7 * 24 * 3_600 * 1_000_000;

/// What a record's state and times are after a change.
pub(super) fn complete(change: &mut Change<'_, v1::Ticket>) {
    let (now, is_owned) = (timestamp(change.call.now_us), change.place.owner.is_some());
    let ticket = &mut change.after;
    match change.cause {
        Cause::Create => {
            ticket.status = if is_owned { ASSIGNED } else { NEW };
            ticket.escalation = TicketEscalation::None as i32;
            ticket.waiting_reason.clear();
            ticket.resolved_at = None;
            ticket.closed_at = None;
        }
        Cause::Step(step) if step.field == "status" => {
            match step.to {
                RESOLVED => ticket.resolved_at = Some(now),
                REOPENED => ticket.resolved_at = None,
                CLOSED | REJECTED | DUPLICATE => ticket.closed_at = Some(now),
                // Its new queue gave it to somebody.
                NEW if is_owned => ticket.status = ASSIGNED,
                _ => {}
            }
            if !WAITING.contains(&step.to) {
                ticket.waiting_reason.clear();
            }
        }
        _ => {}
    }
}

/// What the steps alone do not say.
///
/// # Errors
/// FAILED_PRECONDITION: a complaint without its cause, a reopening that comes too late, an escalation of
/// what is over.
pub(super) fn admit(change: &Change<'_, v1::Ticket>) -> Result<(), Refusal> {
    let Cause::Step(step) = change.cause else {
        return Ok(());
    };
    let ticket = &change.after;
    let refused = |problem: &str| Err(Refusal::wrong_state(TICKET.reference(change.id), problem));
    let is_complaint = ticket.kind() == TicketKind::Complaint;
    if step.to == RESOLVED && is_complaint && ticket.root_cause.trim().is_empty() {
        return refused("a complaint is resolved once its cause is known; give `root_cause`");
    }
    if step.field == "escalation" && !UNRESOLVED.contains(&ticket.status) {
        return refused("the ticket is resolved or over; reopen it, or open another");
    }
    let resolved_at = change.before.and_then(|before| before.resolved_at.as_ref());
    let resolved_at_us = resolved_at.and_then(micros).unwrap_or_default();
    if step.to == REOPENED && change.call.now_us - resolved_at_us > REOPEN_US {
        return refused("it was resolved more than 7 days ago; open another ticket");
    }
    Ok(())
}
