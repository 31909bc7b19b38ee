//! Customers that lie too long go into the pool by themselves.

use crate::crm::Crm;
use crate::customers::customer::Customer;
use crate::in_force::in_force;
use crate::records::call::Call;
use crate::records::entity::Move;
use crate::records::place::Place;
use crate::records::refusal::Refusal;
use crate::records::system::move_by_itself;
use menshen_proto::crm::v1::{HistoryAction, RecycleCustomersRequest};
use service_kit::db::{Db, Stmt, retry};

const DAY_US: i64 = 24 * 3_600 * 1_000_000;
/// Who history says did it.
const CRM: &str = "service:crm";
/// How many are looked for at a time.
const BATCH: i64 = 100;

/// Nobody talked to it, it bought nothing, and its owner has not just got it.
macro_rules! lain {
    ($which:literal) => {
        concat!(
            "
    SELECT id
    FROM customers
    WHERE owner_id IS NOT NULL AND deleted_at_us IS NULL
        AND COALESCE(last_activity_at_us, 0) < $2
        AND COALESCE(owned_since_us, created_at_us) < $2
        AND NOT EXISTS (
            SELECT 1
            FROM purchases
            WHERE customer_id = customers.id AND created_at_us >= $2 AND deleted_at_us IS NULL)
        AND ",
            $which
        )
    };
}

const LAIN: &str = lain!("id > $1 ORDER BY id LIMIT $3");
const STILL: &str = lain!("id = $1");

/// Puts into the pool what has lain longer than the settings allow, and says how many; with
/// `validate_only` nothing is changed.
///
/// # Errors
/// The database or authz-service fails. What is in the pool by then stays there.
pub(crate) async fn recycle(crm: &Crm, validate_only: bool) -> Result<i64, Refusal> {
    let days = in_force(&crm.db).await?.recycle_after_days;
    if days == 0 {
        return Ok(0);
    }
    let now_us = crm.clock.now_us();
    let before_us = now_us - days * DAY_US;
    let call = Call::new(
        "RecycleCustomers",
        CRM,
        &RecycleCustomersRequest::default(),
        now_us,
    )
    .validate_only(validate_only);
    let (mut recycled, mut after) = (0, String::new());
    loop {
        let ids = lain(&crm.db, &after, before_us).await?;
        let Some(last) = ids.last() else {
            return Ok(recycled);
        };
        after.clone_from(last);
        for id in &ids {
            let to = Move {
                place: Place::default(),
                action: HistoryAction::Recycled,
            };
            let still = || Stmt::new(STILL).bind(id).bind(before_us);
            let moved = retry(|| move_by_itself::<Customer>(crm, id, &to, still(), &call));
            recycled += i64::from(moved.await?);
        }
    }
}

async fn lain(db: &Db, after: &str, before_us: i64) -> Result<Vec<String>, Refusal> {
    let select = Stmt::new(LAIN).bind(after).bind(before_us).bind(BATCH);
    let found: Vec<(String,)> = db.fetch_all(select).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
