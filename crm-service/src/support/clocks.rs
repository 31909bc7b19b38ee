//! Clocks of tickets: what was promised, how much of the time is spent, and what a broken promise does.
//!
//! A clock that runs has the time at which it is breached in its row, so that a breach is found by an index.
//! Whoever changes a clock says in the statement which state it has: of two replicas, or of a step and the
//! background work, one succeeds.

mod breach;
mod show;

pub(crate) use breach::breach_due;
pub(crate) use show::shown;

use super::business_calendar::BusinessCalendar;
use super::business_calendar::hours::Hours;
use super::queue::Queue;
use super::sla_policy::SlaPolicy;
use super::ticket::TICKET;
use crate::records::facts::lock;
use crate::records::message::{from_text, to_text};
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{self, TicketClockKind, TicketClockState, TicketStatus};
use menshen_proto::standard::Resource as _;
use service_kit::db::{Stmt, Tx};

const RUNNING: i64 = TicketClockState::Running as i64;
const PAUSED: i64 = TicketClockState::Paused as i64;
const FIRST_RESPONSE: i64 = TicketClockKind::FirstResponse as i64;
const RESOLUTION: i64 = TicketClockKind::Resolution as i64;

const INSERT: &str = "
    INSERT INTO ticket_clocks (ticket_id, clock, state, target_us, spent_us, since_us, due_at_us, calendar)
    VALUES ($1, $2, 1, $3, 0, $4, $5, $6)";
const OF_TICKET: &str = "
    SELECT clock, state, target_us, spent_us, since_us, due_at_us, ended_at_us, calendar
    FROM ticket_clocks
    WHERE ticket_id = $1
    ORDER BY clock";
const PAUSE: &str = "
    UPDATE ticket_clocks
    SET state = 2, spent_us = $3, since_us = NULL, due_at_us = NULL
    WHERE ticket_id = $1 AND clock = $2 AND state = 1";
const RUN: &str = "
    UPDATE ticket_clocks
    SET state = 1, since_us = $3, due_at_us = $4
    WHERE ticket_id = $1 AND clock = $2 AND state = 2";
const MEET: &str = "
    UPDATE ticket_clocks
    SET state = 3, spent_us = $3, since_us = NULL, due_at_us = NULL, ended_at_us = $4
    WHERE ticket_id = $1 AND clock = $2 AND state IN (1, 2)";

/// A clock, read.
#[derive(Debug, sqlx::FromRow)]
struct Clock {
    #[sqlx(rename = "clock")]
    kind: i64,
    state: i64,
    target_us: i64,
    spent_us: i64,
    since_us: Option<i64>,
    due_at_us: Option<i64>,
    ended_at_us: Option<i64>,
    calendar: String,
}

impl Clock {
    async fn of(tx: &mut Tx, ticket: &str) -> Result<Vec<Self>, Refusal> {
        Ok(tx.fetch_all(Stmt::new(OF_TICKET).bind(ticket)).await?)
    }

    fn hours(&self) -> Result<Option<Hours>, Refusal> {
        let calendar = from_text(v1::BusinessCalendar::MESSAGE, &self.calendar)?;
        Ok(Hours::of(&calendar))
    }

    /// Business time that is spent.
    fn spent_us(&self, hours: Option<&Hours>, now_us: i64) -> i64 {
        let running = |(since, hours): (i64, &Hours)| hours.between(since, now_us);
        self.spent_us + self.since_us.zip(hours).map_or(0, running)
    }

    fn is_late(&self, now_us: i64) -> bool {
        self.state == RUNNING && self.due_at_us.is_some_and(|due| due <= now_us)
    }
}

/// Starts the clocks of a new ticket, if its queue promises anything. They go by the policy as it is now.
///
/// # Errors
/// The database fails.
pub(crate) async fn start(
    tx: &mut Tx,
    id: &str,
    ticket: &v1::Ticket,
    now_us: i64,
) -> Result<(), Refusal> {
    let queue: Record<Queue> = stored(tx, &ticket.queue).await?;
    if queue.message.sla_policy.is_empty() {
        return Ok(());
    }
    let policy: Record<SlaPolicy> = stored(tx, &queue.message.sla_policy).await?;
    let mut targets = policy.message.targets.iter();
    let target = targets.find(|target| target.priority == ticket.priority);
    let (Some(target), None) = (target, policy.deleted_at_us) else {
        return Ok(());
    };
    let calendar: Record<BusinessCalendar> = stored(tx, &policy.message.calendar).await?;
    let calendar = calendar.message;
    let text = to_text(v1::BusinessCalendar::MESSAGE, &calendar)?;
    let hours = Hours::of(&calendar);
    for (clock, seconds) in [
        (FIRST_RESPONSE, target.first_response_seconds),
        (RESOLUTION, target.resolution_seconds),
    ] {
        let target_us = seconds * 1_000_000;
        let due = hours
            .as_ref()
            .and_then(|hours| hours.after(now_us, target_us));
        let insert = Stmt::new(INSERT).bind(id).bind(clock).bind(target_us);
        tx.execute(insert.bind(now_us).bind(due).bind(&text))
            .await?;
    }
    Ok(())
}

/// Lets the clocks follow a ticket into another state; says whether one of them was late, which the caller
/// makes an escalation of.
///
/// # Errors
/// Stale: a clock changed meanwhile.
pub(crate) async fn follow(
    tx: &mut Tx,
    id: &str,
    status: TicketStatus,
    now_us: i64,
) -> Result<bool, Refusal> {
    let mut was_late = false;
    // The ticket first, as a breach does: two writes about it wait for each other.
    lock(tx, &TICKET, id).await?;
    for clock in Clock::of(tx, id).await? {
        if clock.is_late(now_us) {
            was_late |= breach::claim(tx, id, clock.kind, now_us).await?;
            continue;
        }
        let hours = clock.hours()?;
        let about = |sql| Stmt::new(sql).bind(id).bind(clock.kind);
        let spent_us = clock.spent_us(hours.as_ref(), now_us);
        let change = match (status, clock.state) {
            (_, state) if state != RUNNING && state != PAUSED => continue,
            (
                TicketStatus::Resolved
                | TicketStatus::Closed
                | TicketStatus::Rejected
                | TicketStatus::Duplicate,
                _,
            ) => about(MEET).bind(spent_us).bind(now_us),
            (TicketStatus::WaitingCustomer, RUNNING) => about(PAUSE).bind(spent_us),
            (TicketStatus::WaitingCustomer, _) | (_, RUNNING) => continue,
            _ => {
                let left_us = clock.target_us - spent_us;
                let due = hours.and_then(|hours| hours.after(now_us, left_us));
                about(RUN).bind(now_us).bind(due)
            }
        };
        if tx.execute(change).await? != 1 {
            return Err(Refusal::Stale);
        }
    }
    Ok(was_late)
}

/// A reply went out: the promise of a first response is kept, or it is too late.
///
/// # Errors
/// Stale: the clock changed meanwhile.
pub(crate) async fn replied(tx: &mut Tx, id: &str, now_us: i64) -> Result<(), Refusal> {
    let clocks = Clock::of(tx, id).await?;
    let first = clocks.iter().find(|clock| clock.kind == FIRST_RESPONSE);
    let Some(clock) = first.filter(|clock| clock.ended_at_us.is_none()) else {
        return Ok(());
    };
    if clock.is_late(now_us) {
        return breach::breach(tx, id, FIRST_RESPONSE, now_us)
            .await
            .map(|_| ());
    }
    let spent_us = clock.spent_us(clock.hours()?.as_ref(), now_us);
    let meet = Stmt::new(MEET).bind(id).bind(FIRST_RESPONSE);
    match tx.execute(meet.bind(spent_us).bind(now_us)).await? {
        1 => Ok(()),
        _ => Err(Refusal::Stale),
    }
}
