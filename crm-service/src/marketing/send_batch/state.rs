//! What a batch needs for each step: draft → approved → sending → done or failed.

use super::SEND_BATCH;
use crate::crm::Crm;
use crate::marketing::sending::recipient::PENDING;
use crate::records::entity::Change;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{
    CampaignChannel, CampaignMemberStatus, CampaignStatus, SendBatch, SendBatchStatus,
    TemplateStatus,
};
use service_kit::db::{Stmt, Tx};

const TEMPLATE: &str = "
    SELECT subject, body, status
    FROM templates
    WHERE id = $1 AND deleted_at_us IS NULL";
const CAMPAIGN: &str = "
    SELECT status, channel
    FROM campaigns
    WHERE id = $1";
// Whoever was not written to yet. A member without a contact is nobody whom a letter reaches.
const ADDRESS: &str = "
    INSERT INTO send_recipients (batch_id, member_id, contact_id, state)
    SELECT $1, m.id, m.contact_id, $3
    FROM campaign_members m
    WHERE m.campaign_id = $2 AND m.status = $4 AND m.contact_id IS NOT NULL AND m.deleted_at_us IS NULL";

/// The text is the template's, as it is now.
pub(super) async fn copy_text(
    tx: &mut Tx,
    change: &mut Change<'_, SendBatch>,
) -> Result<(), Refusal> {
    if let Some((subject, body, _)) = template(tx, &change.after.template).await? {
        change.after.subject = subject;
        change.after.body = body;
    }
    let (_, channel) = campaign(tx, &change.after.campaign).await?;
    if channel != i64::from(CampaignChannel::Email as i32) {
        return Err(refused(
            change.id,
            "the campaign does not go by e-mail; only `CAMPAIGN_CHANNEL_EMAIL` is sent from here"
                .to_owned(),
        ));
    }
    Ok(())
}

/// What is approved is the text of the template as others approved it, and no other.
pub(super) async fn admit_text(tx: &mut Tx, change: &Change<'_, SendBatch>) -> Result<(), Refusal> {
    let after = &change.after;
    let approved = i64::from(TemplateStatus::Approved as i32);
    let problem = match template(tx, &after.template).await? {
        Some((subject, body, status)) if status == approved => {
            if subject == after.subject && body == after.body {
                return Ok(());
            }
            "has another text by now; make another batch"
        }
        _ => "is not approved; have it approved first",
    };
    let problem = format!("the template `{}` {problem}", after.template);
    Err(refused(change.id, problem))
}

async fn template(tx: &mut Tx, id: &str) -> Result<Option<(String, String, i64)>, Refusal> {
    Ok(tx.fetch_optional(Stmt::new(TEMPLATE).bind(id)).await?)
}

/// There is a server to hand letters to.
pub(super) fn admit_mail(crm: &Crm, id: &str) -> Result<(), Refusal> {
    if crm.mailer.is_some() {
        return Ok(());
    }
    Err(refused(
        id,
        "no mail server is configured; start crm-service with `--smtp-url`, `--smtp-from` and \
         `--unsubscribe-url`"
            .to_owned(),
    ))
}

/// What is on its way keeps its record.
pub(super) fn admit_delete(change: &Change<'_, SendBatch>) -> Result<(), Refusal> {
    match change.before.map(SendBatch::status) {
        Some(SendBatchStatus::Draft | SendBatchStatus::Approved) | None => Ok(()),
        Some(status) => {
            let status = status.as_str_name();
            let problem = format!("the batch is `{status}`; what was sent stays on record");
            Err(refused(change.id, problem))
        }
    }
}

/// Letters go out while the campaign runs.
pub(super) async fn admit_campaign(
    tx: &mut Tx,
    change: &Change<'_, SendBatch>,
) -> Result<(), Refusal> {
    let (status, _) = campaign(tx, &change.after.campaign).await?;
    if status == i64::from(CampaignStatus::Running as i32) {
        return Ok(());
    }
    Err(refused(
        change.id,
        "its campaign does not run; launch it or resume it first".to_owned(),
    ))
}

/// Writes down each recipient: their rows are what the sending goes by.
pub(super) async fn address(tx: &mut Tx, change: &Change<'_, SendBatch>) -> Result<(), Refusal> {
    let address = Stmt::new(ADDRESS)
        .bind(change.id)
        .bind(&change.after.campaign)
        .bind(PENDING)
        .bind(CampaignMemberStatus::Targeted as i32);
    tx.execute(address).await?;
    Ok(())
}

async fn campaign(tx: &mut Tx, id: &str) -> Result<(i64, i64), Refusal> {
    Ok(tx.fetch_one(Stmt::new(CAMPAIGN).bind(id)).await?)
}

fn refused(id: &str, problem: String) -> Refusal {
    Refusal::wrong_state(SEND_BATCH.reference(id), problem)
}
