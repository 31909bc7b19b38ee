//! What keeps somebody from taking everything, or from parking customers in the pool.

use crate::customers::customer::CUSTOMER;
use crate::in_force::{InForce, in_force_in};
use crate::records::entity::Change;
use crate::records::place::Place;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1;
use service_kit::db::{Stmt, Tx};
use service_kit::status::{self, Reason};

const HOUR_US: i64 = 3_600 * 1_000_000;
const DAY_US: i64 = 24 * HOUR_US;

// The row stays locked until the transaction ends: claims of one person are counted one by one.
const COUNT_IN: &str = "
    INSERT INTO pool_claimers (user_id, claims)
    VALUES ($1, 1)
    ON CONFLICT (user_id) DO UPDATE SET claims = pool_claimers.claims + 1";
const CLAIMS_SINCE: &str = "
    SELECT COUNT(*)
    FROM pool_moves
    WHERE user_id = $1 AND is_claim AND at_us > $2";
const OWNED: &str = "
    SELECT COUNT(*)
    FROM customers
    WHERE owner_id = $1 AND deleted_at_us IS NULL";
const LAST_POOLED: &str = "
    SELECT MAX(at_us)
    FROM pool_moves
    WHERE customer_id = $1 AND user_id = $2 AND NOT is_claim";
const MOVE: &str = "
    INSERT INTO pool_moves (customer_id, user_id, is_claim, at_us)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";
const OWNED_SINCE: &str = "
    UPDATE customers
    SET owned_since_us = $2
    WHERE id = $1";

/// Makes sure that the person at this place may claim the customer now.
///
/// # Errors
/// RESOURCE_EXHAUSTED: they have claimed, or own, as many as the settings allow. FAILED_PRECONDITION: it
/// was theirs a short while ago.
pub(crate) async fn admit_claim(
    tx: &mut Tx,
    id: &str,
    place: &Place,
    now_us: i64,
) -> Result<(), Refusal> {
    let Some(user) = &place.owner else {
        return Ok(());
    };
    tx.execute(Stmt::new(COUNT_IN).bind(user)).await?;
    let limits = in_force_in(tx).await?;
    admit_cool_down(tx, id, user, &limits, now_us).await?;
    let since = Stmt::new(CLAIMS_SINCE).bind(user).bind(now_us - DAY_US);
    let (claims,): (i64,) = tx.fetch_one(since).await?;
    if claims >= limits.claims_per_day {
        let problem = format!(
            "you have claimed {claims} customers in 24 hours, and {} is the limit; claim it tomorrow, or ask \
             for it to be assigned to you",
            limits.claims_per_day
        );
        return Err(status::resource_exhausted(Reason::ClaimLimit, problem, None).into());
    }
    let (owned,): (i64,) = tx.fetch_one(Stmt::new(OWNED).bind(user)).await?;
    if limits.max_owned_customers > 0 && owned >= limits.max_owned_customers {
        let problem = format!(
            "you own {owned} customers, and with {} nobody claims another; release one first",
            limits.max_owned_customers
        );
        return Err(status::resource_exhausted(Reason::ClaimLimit, problem, None).into());
    }
    Ok(())
}

async fn admit_cool_down(
    tx: &mut Tx,
    id: &str,
    user: &str,
    limits: &InForce,
    now_us: i64,
) -> Result<(), Refusal> {
    let last = Stmt::new(LAST_POOLED).bind(id).bind(user);
    let (last,): (Option<i64>,) = tx.fetch_one(last).await?;
    let free_at = last.map(|at_us| at_us + limits.claim_cool_down_hours * HOUR_US);
    let Some(wait_us) = free_at.map(|at| at - now_us).filter(|wait| *wait > 0) else {
        return Ok(());
    };
    let hours = wait_us.unsigned_abs().div_ceil(HOUR_US.unsigned_abs());
    Err(Refusal::Precondition {
        reason: Reason::CoolDown,
        subject: CUSTOMER.reference(id),
        message: format!(
            "it was yours a short while ago; claim it in {hours} hours, or leave it to others"
        ),
    })
}

/// Writes down that a customer came into the pool or out of it, and since when its owner has it.
///
/// # Errors
/// The database fails.
pub(crate) async fn write_move(
    tx: &mut Tx,
    id: &str,
    former: &str,
    change: &Change<'_, v1::Customer>,
) -> Result<(), Refusal> {
    let now_us = change.call.now_us;
    let owner = change.place.owner.as_deref();
    if owner == Some(former) {
        return Ok(());
    }
    let moved = match owner {
        Some(claimer) if change.cause.action() == v1::HistoryAction::Claimed => {
            Some((claimer, true))
        }
        None if !former.is_empty() => Some((former, false)),
        _ => None,
    };
    if let Some((user, is_claim)) = moved {
        let write = Stmt::new(MOVE).bind(id).bind(user).bind(is_claim);
        tx.execute(write.bind(now_us)).await?;
    }
    let since = owner.map(|_| now_us);
    tx.execute(Stmt::new(OWNED_SINCE).bind(id).bind(since))
        .await?;
    Ok(())
}
