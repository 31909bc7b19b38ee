//! The recipients of a batch: a row each, which says how far their letter got.
//!
//! pending → claimed → sent, skipped, failed or unknown; and back to pending where the server said "not now".

use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{
    CampaignMemberStatus, CampaignStatus, ConsentObstacle, GetSendProgressResponse,
    SendBatchStatus, SkippedRecipients,
};
use service_kit::db::{Db, Stmt};

pub(crate) const PENDING: i64 = 1;
const CLAIMED: i64 = 2;
const SENT: i64 = 3;
const SKIPPED: i64 = 4;
const FAILED: i64 = 5;
const UNKNOWN: i64 = 6;

/// A server that says "not now" so often says no.
const MOST_DEFERRALS: i64 = 5;
/// How long it is left alone after "not now".
const DEFERRED_US: i64 = 60_000_000;
/// Far longer than a letter takes: whoever claimed it is no more.
const ABANDONED_US: i64 = 600_000_000;
/// What a server said is kept this long, in characters.
const SAID_CHARS: usize = 300;

const DUE: &str = "
    SELECT r.batch_id, r.member_id, r.contact_id, b.purpose, b.subject, b.body, r.deferrals
    FROM send_recipients r
    JOIN send_batches b ON b.id = r.batch_id
    JOIN campaigns c ON c.id = b.campaign_id
    WHERE r.state = $1 AND b.status = $2 AND c.status = $3 AND c.deleted_at_us IS NULL
        AND (r.not_before_us IS NULL OR r.not_before_us <= $4)
    ORDER BY r.batch_id, r.member_id
    LIMIT 1";
const CLAIM: &str = "
    UPDATE send_recipients
    SET state = $3, claimed_at_us = $4
    WHERE batch_id = $1 AND member_id = $2 AND state = $5";
// Nobody else settles a claimed row but who gives it up for abandoned.
const SETTLE: &str = "
    UPDATE send_recipients
    SET state = $3, obstacle = $4, said = $5, settled_at_us = $6, not_before_us = $7, deferrals = $8
    WHERE batch_id = $1 AND member_id = $2 AND state = $9";
const MEMBER: &str = "
    UPDATE campaign_members
    SET status = $2, version = version + 1, updated_at_us = $3, updated_by = 'service:crm'
    WHERE id = $1 AND status = $4";
const ABANDON: &str = "
    UPDATE send_recipients
    SET state = $1, settled_at_us = $2, said = 'the sender was interrupted'
    WHERE state = $3 AND claimed_at_us < $4";
const COUNT: &str = "
    SELECT state, obstacle, COUNT(*)
    FROM send_recipients
    WHERE batch_id = $1
    GROUP BY state, obstacle
    ORDER BY state, obstacle";

/// A recipient whose letter nobody else hands over.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub(super) batch_id: String,
    pub(super) member_id: String,
    pub(super) contact_id: String,
    pub(super) purpose: String,
    pub(super) subject: String,
    pub(super) body: String,
    deferrals: i64,
}

/// What became of a letter.
#[derive(Debug)]
pub(super) enum Fate {
    Sent,
    /// Something stood against it.
    Skipped(ConsentObstacle),
    /// The server refused it, and said why.
    Failed(String),
    /// The server said "not now".
    Deferred(String),
    /// The connection broke.
    Unknown(String),
}

fn due(now_us: i64) -> Stmt {
    Stmt::new(DUE)
        .bind(PENDING)
        .bind(SendBatchStatus::Sending as i32)
        .bind(CampaignStatus::Running as i32)
        .bind(now_us)
}

/// Whether a letter is to be sent.
pub(super) async fn any_due(db: &Db, now_us: i64) -> Result<bool, Refusal> {
    let found: Option<Claimed> = db.fetch_optional(due(now_us)).await?;
    Ok(found.is_some())
}

/// The next one, claimed durably. `None`: there is none, or another worker was faster.
pub(super) async fn claim(db: &Db, now_us: i64) -> Result<Option<Claimed>, Refusal> {
    let found: Option<Claimed> = db.fetch_optional(due(now_us)).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let claim = Stmt::new(CLAIM)
        .bind(&found.batch_id)
        .bind(&found.member_id)
        .bind(CLAIMED)
        .bind(now_us)
        .bind(PENDING);
    Ok((db.execute(claim).await? == 1).then_some(found))
}

/// Writes down what became of it.
pub(super) async fn settle(
    db: &Db,
    claimed: &Claimed,
    fate: &Fate,
    now_us: i64,
) -> Result<(), Refusal> {
    let deferrals = claimed.deferrals + i64::from(matches!(fate, Fate::Deferred(_)));
    let (state, obstacle, said) = match fate {
        Fate::Sent => (SENT, 0, ""),
        Fate::Skipped(obstacle) => (SKIPPED, i64::from(*obstacle as i32), ""),
        Fate::Deferred(said) if deferrals < MOST_DEFERRALS => (PENDING, 0, said.as_str()),
        Fate::Deferred(said) | Fate::Failed(said) => (FAILED, 0, said.as_str()),
        Fate::Unknown(said) => (UNKNOWN, 0, said.as_str()),
    };
    let said: String = said.chars().take(SAID_CHARS).collect();
    let mut tx = db.begin().await?;
    let settle = Stmt::new(SETTLE)
        .bind(&claimed.batch_id)
        .bind(&claimed.member_id)
        .bind(state)
        .bind(obstacle)
        .bind(said)
        .bind(now_us)
        .bind((state == PENDING).then_some(now_us + DEFERRED_US))
        .bind(deferrals)
        .bind(CLAIMED);
    tx.execute(settle).await?;
    let member = match (fate, state) {
        (Fate::Sent, _) => Some(CampaignMemberStatus::Sent),
        (Fate::Skipped(ConsentObstacle::Withdrawn | ConsentObstacle::Suppressed), _) => {
            Some(CampaignMemberStatus::OptedOut)
        }
        (_, FAILED) => Some(CampaignMemberStatus::Bounced),
        _ => None,
    };
    if let Some(status) = member {
        let update = Stmt::new(MEMBER)
            .bind(&claimed.member_id)
            .bind(status as i32)
            .bind(now_us)
            .bind(CampaignMemberStatus::Targeted as i32);
        tx.execute(update).await?;
    }
    Ok(tx.commit().await?)
}

/// Gives up the letters of workers that are no more: nobody knows whether they went out.
pub(super) async fn give_up(db: &Db, now_us: i64) -> Result<(), Refusal> {
    let abandon = Stmt::new(ABANDON)
        .bind(UNKNOWN)
        .bind(now_us)
        .bind(CLAIMED)
        .bind(now_us - ABANDONED_US);
    db.execute(abandon).await?;
    Ok(())
}

/// How far a batch got.
///
/// # Errors
/// The database fails.
pub(crate) async fn progress(db: &Db, batch: &str) -> Result<GetSendProgressResponse, Refusal> {
    let rows: Vec<(i64, i64, i64)> = db.fetch_all(Stmt::new(COUNT).bind(batch)).await?;
    let mut progress = GetSendProgressResponse::default();
    for (state, obstacle, count) in rows {
        match state {
            PENDING => progress.pending += count,
            CLAIMED => progress.in_flight += count,
            SENT => progress.sent += count,
            FAILED => progress.failed += count,
            UNKNOWN => progress.unknown += count,
            _ => {
                let obstacle = i32::try_from(obstacle).unwrap_or_default();
                progress.skipped.push(SkippedRecipients { obstacle, count });
            }
        }
    }
    Ok(progress)
}
