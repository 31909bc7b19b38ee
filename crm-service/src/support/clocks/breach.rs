//! Broken promises: each escalates its ticket exactly once.

use super::FIRST_RESPONSE;
use crate::crm::Crm;
use crate::records::call::Call;
use crate::records::entity::{Cause, Change};
use crate::records::facts::lock;
use crate::records::history::append;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use crate::support::ticket::life::ESCALATE;
use crate::support::ticket::{TICKET, Ticket};
use menshen_proto::crm::v1::EscalateTicketRequest;
use service_kit::db::{Stmt, Tx, retry};

/// As history names who notices it.
const ACTOR: &str = "service:crm";
/// Of one turn; the next one comes soon.
const AT_ONCE: i64 = 100;

const DUE: &str = "
    SELECT ticket_id, clock
    FROM ticket_clocks
    WHERE state = 1 AND due_at_us <= $1
    ORDER BY due_at_us
    LIMIT $2";
const CLAIM: &str = "
    UPDATE ticket_clocks
    SET state = 4, spent_us = target_us, since_us = NULL, ended_at_us = due_at_us, due_at_us = NULL
    WHERE ticket_id = $1 AND clock = $2 AND state = 1 AND due_at_us <= $3";
const MARK: &str = "
    UPDATE tickets
    SET escalation = 2, version = version + 1, updated_at_us = $3, updated_by = $4
    WHERE id = $1 AND version = $2";

/// Escalates the tickets about which a promise was broken since the last time. Safe beside itself and beside
/// calls: who marks a clock as breached escalates, in one transaction.
///
/// # Errors
/// The database fails.
pub(crate) async fn breach_due(crm: &Crm) -> Result<(), Refusal> {
    let now_us = crm.clock.now_us();
    let due = Stmt::new(DUE).bind(now_us).bind(AT_ONCE);
    let due: Vec<(String, i64)> = crm.db.fetch_all(due).await?;
    for (ticket, clock) in due {
        let breached = || async {
            let mut tx = crm.db.begin().await?;
            if breach(&mut tx, &ticket, clock, now_us).await? {
                tx.commit().await?;
            }
            Ok::<_, Refusal>(())
        };
        match retry(breached).await {
            // Somebody else was there first; what is still due comes again.
            Ok(()) | Err(Refusal::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Marks a clock as breached; says whether it was this call that did.
pub(super) async fn claim(
    tx: &mut Tx,
    ticket: &str,
    clock: i64,
    now_us: i64,
) -> Result<bool, Refusal> {
    let claim = Stmt::new(CLAIM).bind(ticket).bind(clock).bind(now_us);
    Ok(tx.execute(claim).await? == 1)
}

/// Marks a clock as breached and escalates its ticket, unless that is done.
pub(super) async fn breach(
    tx: &mut Tx,
    ticket: &str,
    clock: i64,
    now_us: i64,
) -> Result<bool, Refusal> {
    // The ticket first, as the steps of its life do: two writes about it wait for each other.
    lock(tx, &TICKET, ticket).await?;
    if !claim(tx, ticket, clock, now_us).await? {
        return Ok(false);
    }
    let before: Record<Ticket> = stored(tx, ticket).await?;
    let mark = Stmt::new(MARK).bind(ticket).bind(before.version);
    if tx.execute(mark.bind(now_us).bind(ACTOR)).await? != 1 {
        return Err(Refusal::Stale);
    }
    let after: Record<Ticket> = stored(tx, ticket).await?;
    let reason = if clock == FIRST_RESPONSE {
        "the promised first response did not come in time"
    } else {
        "it was not resolved in the promised time"
    };
    let request = EscalateTicketRequest::default();
    let call = Call::new("EscalateTicket", ACTOR, &request, now_us).with_reason(reason, false)?;
    let change = Change {
        id: ticket,
        cause: Cause::Step(&ESCALATE),
        before: Some(&before.message),
        after: after.message.clone(),
        place: before.place.clone(),
        call: &call,
    };
    append::<Ticket>(tx, &change, &after).await?;
    Ok(true)
}
