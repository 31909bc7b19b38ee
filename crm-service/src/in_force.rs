//! What the organization decided that writes go by, whoever makes them.

use crate::records::refusal::Refusal;
use service_kit::db::{Db, Stmt};

/// The settings, as far as the CRM itself goes by them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct InForce {
    /// ISO 4217, of records that name none.
    pub(crate) default_currency: String,
    /// The longest that a record may be shared.
    pub(crate) max_share_days: i64,
}

const READ: &str = "
    SELECT default_currency, max_share_days
    FROM settings
    WHERE id = 1";

/// What is in force now.
///
/// # Errors
/// The database fails.
pub(crate) async fn in_force(db: &Db) -> Result<InForce, Refusal> {
    Ok(db.fetch_one(Stmt::new(READ)).await?)
}
