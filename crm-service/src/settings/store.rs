//! The settings in the database: one row.

use super::domain::{MESSAGE, NAME, SettingsFields};
use crate::records::call::Call;
use crate::records::column::number;
use crate::records::etag;
use crate::records::history::{Written, write_down};
use crate::records::message::{changed, descriptor, merge, to_text};
use crate::records::module::Module;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{self, HistoryAction};
use service_kit::db::{Db, DbKind, Stmt};
use service_kit::guard::permit::Permit;
use std::collections::BTreeSet;

/// The row of `settings`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Settings {
    organization_name: String,
    default_currency: String,
    max_share_days: i64,
    claims_per_day: i64,
    max_owned_customers: i64,
    claim_cool_down_hours: i64,
    recycle_after_days: i64,
    max_attachment_mib: i64,
    version: i64,
    updated_at_us: Option<i64>,
    updated_by: String,
}

/// The id under which their history is kept.
const RECORD: &str = "main";
const READ: &str = "
    SELECT organization_name, default_currency, max_share_days, claims_per_day, max_owned_customers,
        claim_cool_down_hours, recycle_after_days, max_attachment_mib, version,
        updated_at_us, updated_by
    FROM settings
    WHERE id = 1";
// Two changes without an etag come one after the other. SQLite has one writer.
const LOCK: &str = "
    SELECT id
    FROM settings
    WHERE id = 1
    FOR NO KEY UPDATE";
const UPDATE: &str = "
    UPDATE settings
    SET organization_name = $2, default_currency = $3, max_share_days = $4, claims_per_day = $5,
        max_owned_customers = $6, claim_cool_down_hours = $7, recycle_after_days = $8,
        max_attachment_mib = $9,
        version = version + 1, updated_at_us = $10, updated_by = $11
    WHERE id = 1 AND version = $1";

impl Settings {
    /// For the wire.
    pub(crate) fn message(&self) -> v1::Settings {
        v1::Settings {
            organization_name: self.organization_name.clone(),
            default_currency: self.default_currency.clone(),
            max_share_days: number(self.max_share_days),
            claims_per_day: number(self.claims_per_day),
            max_owned_customers: number(self.max_owned_customers),
            claim_cool_down_hours: number(self.claim_cool_down_hours),
            recycle_after_days: number(self.recycle_after_days),
            max_attachment_mib: number(self.max_attachment_mib),
            etag: etag::of(self.version),
            updated_at: self.updated_at_us.map(timestamp),
            updated_by: self.updated_by.clone(),
        }
    }
}

/// The settings, for whom the guard let through.
pub(crate) async fn read(db: &Db, _: &Permit<Module>) -> Result<Settings, Refusal> {
    Ok(db.fetch_one(Stmt::new(READ)).await?)
}

/// Changes the settings in `paths` to what `wanted` has; with `validate_only` for the answer alone.
///
/// # Errors
/// The etag is stale, or a field cannot be accepted.
pub(crate) async fn update(
    db: &Db,
    _: &Permit<Module>,
    wanted: &v1::Settings,
    paths: &BTreeSet<String>,
    call: &Call,
) -> Result<v1::Settings, Refusal> {
    let descriptor = descriptor(MESSAGE)?;
    let mut tx = db.begin().await?;
    if tx.kind() == DbKind::Postgres {
        let _: (i64,) = tx.fetch_one(Stmt::new(LOCK)).await?;
    }
    let before: Settings = tx.fetch_one(Stmt::new(READ)).await?;
    if !etag::matches(&wanted.etag, before.version) {
        return Err(Refusal::EtagStale);
    }
    let now = before.message();
    let fields = SettingsFields::parse(&merge(&descriptor, &now, wanted, paths)?)?;
    if SettingsFields::parse(&now).as_ref() == Ok(&fields) {
        return Ok(now);
    }
    let update = Stmt::new(UPDATE)
        .bind(before.version)
        .bind(fields.organization_name)
        .bind(fields.default_currency)
        .bind(fields.max_share_days)
        .bind(fields.claims_per_day)
        .bind(fields.max_owned_customers)
        .bind(fields.claim_cool_down_hours)
        .bind(fields.recycle_after_days)
        .bind(fields.max_attachment_mib)
        .bind(call.now_us)
        .bind(&call.caller);
    if tx.execute(update).await? != 1 {
        return Err(Refusal::EtagStale);
    }
    let stored: Settings = tx.fetch_one(Stmt::new(READ)).await?;
    let after = stored.message();
    let written = Written {
        record_type: NAME,
        id: RECORD,
        version: stored.version,
        action: HistoryAction::Updated,
        changed_fields: changed(&descriptor, &now, &after)?,
        after: to_text(MESSAGE, &after)?,
    };
    write_down(&mut tx, call, written).await?;
    if !call.validate_only {
        tx.commit().await?;
    }
    Ok(after)
}
