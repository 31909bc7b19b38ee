//! The end of a batch: when nothing of it is pending or on its way.

use super::recipient::{give_up, progress};
use crate::crm::Crm;
use crate::marketing::send_batch::{SEND_BATCH, SendBatch};
use crate::records::call::Call;
use crate::records::history::{Written, write_down};
use crate::records::message::to_text;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{GetSendProgressResponse, HistoryAction, SendBatchStatus};
use menshen_proto::standard::Resource as _;
use service_kit::db::Stmt;

const SENDING: &str = "
    SELECT id
    FROM send_batches
    WHERE status = $1
    ORDER BY id";
const END: &str = "
    UPDATE send_batches
    SET status = $2, finished_at_us = $3, updated_at_us = $3, updated_by = $4, version = version + 1
    WHERE id = $1 AND status = $5";

/// The one that sends, as history knows it.
const ACTOR: &str = "service:crm";

/// Ends the batches of which everything is settled.
pub(super) async fn finish(crm: &Crm, now_us: i64) -> Result<(), Refusal> {
    let sending = Stmt::new(SENDING).bind(SendBatchStatus::Sending as i32);
    let batches: Vec<(String,)> = crm.db.fetch_all(sending).await?;
    if batches.is_empty() {
        return Ok(());
    }
    give_up(&crm.db, now_us).await?;
    for (batch,) in batches {
        let progress = progress(&crm.db, &batch).await?;
        if progress.pending == 0 && progress.in_flight == 0 {
            end(crm, &batch, outcome(&progress), now_us).await?;
        }
    }
    Ok(())
}

/// It failed where there were letters and the server took none of them.
fn outcome(progress: &GetSendProgressResponse) -> SendBatchStatus {
    let is_lost = progress.failed + progress.unknown > 0;
    if progress.sent == 0 && is_lost {
        SendBatchStatus::Failed
    } else {
        SendBatchStatus::Done
    }
}

async fn end(crm: &Crm, id: &str, status: SendBatchStatus, now_us: i64) -> Result<(), Refusal> {
    let mut tx = crm.db.begin().await?;
    let end = Stmt::new(END)
        .bind(id)
        .bind(status as i32)
        .bind(now_us)
        .bind(ACTOR)
        .bind(SendBatchStatus::Sending as i32);
    if tx.execute(end).await? == 0 {
        return Ok(());
    }
    let after: Record<SendBatch> = stored(&mut tx, id).await?;
    let call = Call::new("FinishSend", ACTOR, &after.message, now_us);
    let written = Written {
        record_type: SEND_BATCH.name,
        id,
        version: after.version,
        action: HistoryAction::Advanced,
        changed_fields: ["status", "finished_at"].map(str::to_owned).to_vec(),
        after: to_text(menshen_proto::crm::v1::SendBatch::MESSAGE, &after.message)?,
    };
    write_down(&mut tx, &call, written).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_which_nothing_arrived_failed() {
        let of = |sent, failed, unknown| GetSendProgressResponse {
            sent,
            failed,
            unknown,
            ..GetSendProgressResponse::default()
        };
        assert_eq!(outcome(&of(0, 0, 0)), SendBatchStatus::Done);
        assert_eq!(outcome(&of(1, 5, 1)), SendBatchStatus::Done);
        assert_eq!(outcome(&of(0, 1, 0)), SendBatchStatus::Failed);
        assert_eq!(outcome(&of(0, 0, 1)), SendBatchStatus::Failed);
    }
}
