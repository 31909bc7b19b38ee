//! The settings in the database: one row.

use super::domain::{Module, SHAPE, SettingsFields};
use crate::records::call::Call;
use crate::records::column::number;
use crate::records::etag;
use crate::records::history::{Change, append};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::{self, HistoryAction};
use service_kit::db::{Db, Stmt};
use service_kit::guard::permit::Permit;
use std::collections::BTreeSet;

/// The row of `settings`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Settings {
    organization_name: String,
    default_currency: String,
    max_share_days: i64,
    version: i64,
    updated_at_us: Option<i64>,
    updated_by: String,
}

/// The id under which their history is kept.
const RECORD: &str = "main";
const READ: &str = "
    SELECT organization_name, default_currency, max_share_days, version, updated_at_us, updated_by
    FROM settings
    WHERE id = 1";
const UPDATE: &str = "
    UPDATE settings
    SET organization_name = $2, default_currency = $3, max_share_days = $4,
        version = version + 1, updated_at_us = $5, updated_by = $6
    WHERE id = 1 AND version = $1";

impl Settings {
    /// For the wire.
    pub(crate) fn message(&self) -> v1::Settings {
        v1::Settings {
            organization_name: self.organization_name.clone(),
            default_currency: self.default_currency.clone(),
            max_share_days: number(self.max_share_days),
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

/// What the CRM itself goes by, whoever calls.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    /// ISO 4217, of customers that name none.
    pub(crate) default_currency: String,
    /// The longest that a record may be shared.
    pub(crate) max_share_days: i64,
}

/// What is in force now.
pub(crate) async fn in_force(db: &Db) -> Result<InForce, Refusal> {
    let settings: Settings = db.fetch_one(Stmt::new(READ)).await?;
    Ok(InForce {
        default_currency: settings.default_currency,
        max_share_days: settings.max_share_days,
    })
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
    let mut tx = db.begin().await?;
    let before: Settings = tx.fetch_one(Stmt::new(READ)).await?;
    if !etag::matches(&wanted.etag, before.version) {
        return Err(Refusal::EtagStale);
    }
    let now = before.message();
    let fields = SettingsFields::parse(&SHAPE.merge(&now, wanted, paths)?)?;
    if SettingsFields::parse(&now).as_ref() == Ok(&fields) {
        return Ok(now);
    }
    let update = Stmt::new(UPDATE)
        .bind(before.version)
        .bind(fields.organization_name)
        .bind(fields.default_currency)
        .bind(fields.max_share_days)
        .bind(call.now_us)
        .bind(&call.caller);
    if tx.execute(update).await? != 1 {
        return Err(Refusal::EtagStale);
    }
    let after: Settings = tx.fetch_one(Stmt::new(READ)).await?;
    let changed = after.message();
    let change = Change {
        id: RECORD,
        version: after.version,
        action: HistoryAction::Updated,
        before: &now,
        after: &changed,
    };
    append(&mut tx, &SHAPE, call, &change).await?;
    if !call.validate_only {
        tx.commit().await?;
    }
    Ok(changed)
}
