//! What a choice changes: one entry among the consents, and the suppression of the address.

use super::token::Link;
use crate::crm::Crm;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{ConsentStatus, LawfulBasis, SuppressionReason};
use service_kit::db::{Stmt, Tx, retry};
use service_kit::ids;

const IN_FORCE: &str = "
    SELECT COUNT(*)
    FROM suppressions
    WHERE channel = $1 AND address_hash = $2 AND lifted_at_us IS NULL";
const SUPPRESS: &str = "
    INSERT INTO suppressions (
        id, channel, address_hash, reason, note,
        version, created_at_us, created_by, updated_at_us, updated_by
    )
    VALUES ($1, $2, $3, $4, '', 1, $5, $6, $5, $6)";
const LIFT: &str = "
    UPDATE suppressions
    SET lifted_at_us = $3, updated_at_us = $3, updated_by = $4, version = version + 1
    WHERE channel = $1 AND address_hash = $2 AND lifted_at_us IS NULL";
const SAY: &str = "
    INSERT INTO consents (
        id, contact_id, channel, purpose, status, lawful_basis, source, proof, notice_version, at_us,
        version, created_at_us, created_by, updated_at_us, updated_by
    )
    VALUES ($1, $2, $3, $4, $5, $6, 'link in a message', '', '', $7, 1, $7, $8, $7, $8)";

/// Nothing more is sent to the address. A second call changes nothing.
///
/// # Errors
/// The database fails.
pub(super) async fn withdraw(crm: &Crm, link: &Link) -> Result<(), Refusal> {
    retry(|| async {
        let mut tx = crm.db.begin().await?;
        if is_suppressed(&mut tx, link).await? {
            return Ok(());
        }
        let now_us = crm.clock.now_us();
        let suppress = Stmt::new(SUPPRESS)
            .bind(ids::new_id(now_us).to_string())
            .bind(link.channel() as i32)
            .bind(&link.address_hash)
            .bind(SuppressionReason::Unsubscribed as i32)
            .bind(now_us)
            .bind(actor(link));
        tx.execute(suppress).await?;
        say(&mut tx, link, ConsentStatus::Withdrawn, now_us).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// The address may be written to again. A second call changes nothing.
///
/// # Errors
/// The database fails.
pub(super) async fn give(crm: &Crm, link: &Link) -> Result<(), Refusal> {
    retry(|| async {
        let mut tx = crm.db.begin().await?;
        let now_us = crm.clock.now_us();
        let lift = Stmt::new(LIFT)
            .bind(link.channel() as i32)
            .bind(&link.address_hash)
            .bind(now_us)
            .bind(actor(link));
        if tx.execute(lift).await? == 0 {
            return Ok(());
        }
        say(&mut tx, link, ConsentStatus::OptedIn, now_us).await?;
        Ok(tx.commit().await?)
    })
    .await
}

async fn is_suppressed(tx: &mut Tx, link: &Link) -> Result<bool, Refusal> {
    let select = Stmt::new(IN_FORCE)
        .bind(link.channel() as i32)
        .bind(&link.address_hash);
    let (found,): (i64,) = tx.fetch_one(select).await?;
    Ok(found > 0)
}

async fn say(tx: &mut Tx, link: &Link, status: ConsentStatus, now_us: i64) -> Result<(), Refusal> {
    let say = Stmt::new(SAY)
        .bind(ids::new_id(now_us).to_string())
        .bind(&link.contact)
        .bind(link.channel() as i32)
        .bind(&link.purpose)
        .bind(status as i32)
        .bind(LawfulBasis::Consent as i32)
        .bind(now_us)
        .bind(actor(link));
    tx.execute(say).await?;
    Ok(())
}

/// Nobody with an account: the person behind the contact.
fn actor(link: &Link) -> String {
    format!("contact:{}", link.contact)
}
