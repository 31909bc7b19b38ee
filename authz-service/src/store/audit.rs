//! The audit log.

use super::rows;
use service_kit::db::{DbError, Tx};

/// Who did what, to what, and why.
#[derive(Clone, Debug, Default)]
pub struct AuditRow {
    /// `user:…` or `service:…`. Empty: nobody was recognised.
    pub actor: String,
    /// The service that passed the call on. Empty: none.
    pub via_service: String,
    /// A stable name, for example `grant`.
    pub action: &'static str,
    /// What it was done to.
    pub target: String,
    /// A JSON object. Empty: there was nothing.
    pub before: String,
    /// A JSON object. Empty: there is nothing.
    pub after: String,
    /// Why.
    pub reason: String,
    /// The caller's request id. Empty: none.
    pub request_id: String,
}

const INSERT: &str = "
    INSERT INTO audit_log (
        revision, seq, at_us, actor, via_service, action, target, before, after, reason, request_id
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Appends what a revision did, the first of it at `seq`.
pub async fn append(
    tx: &mut Tx,
    revision: i64,
    seq: i64,
    at_us: i64,
    entries: Vec<AuditRow>,
) -> Result<(), DbError> {
    let rows = entries.into_iter().zip(seq..).map(|(entry, seq)| {
        vec![
            revision.into(),
            seq.into(),
            at_us.into(),
            entry.actor.into(),
            entry.via_service.into(),
            entry.action.into(),
            entry.target.into(),
            entry.before.into(),
            entry.after.into(),
            entry.reason.into(),
            entry.request_id.into(),
        ]
    });
    rows::insert(tx, INSERT, rows.collect()).await
}
