//! What the organization decided that writes go by, whoever makes them.

use crate::records::refusal::Refusal;
use service_kit::db::{Db, Stmt, Tx};

/// The settings, as far as the CRM itself goes by them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct InForce {
    /// ISO 4217, of records that name none.
    pub(crate) default_currency: String,
    /// The longest that a record may be shared.
    pub(crate) max_share_days: i64,
    /// How many customers one person may claim in 24 hours.
    pub(crate) claims_per_day: i64,
    /// Above it nobody claims another; 0 is any number.
    pub(crate) max_owned_customers: i64,
    /// How long who owned it may not claim it.
    pub(crate) claim_cool_down_hours: i64,
    /// Days without interaction or purchase after which a customer is pooled; 0 is never.
    pub(crate) recycle_after_days: i64,
    /// The largest file that may be attached.
    pub(crate) max_attachment_mib: i64,
}

const READ: &str = "
    SELECT default_currency, max_share_days, claims_per_day, max_owned_customers, claim_cool_down_hours,
        recycle_after_days, max_attachment_mib
    FROM settings
    WHERE id = 1";

/// What is in force now.
///
/// # Errors
/// The database fails.
pub(crate) async fn in_force(db: &Db) -> Result<InForce, Refusal> {
    Ok(db.fetch_one(Stmt::new(READ)).await?)
}

/// What is in force, as this transaction sees it.
///
/// # Errors
/// The database fails.
pub(crate) async fn in_force_in(tx: &mut Tx) -> Result<InForce, Refusal> {
    Ok(tx.fetch_one(Stmt::new(READ)).await?)
}
