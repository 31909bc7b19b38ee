//! An attachment's bytes as a stream, its right asked again before each part.

use crate::collaboration::attachment::{ATTACHMENT, Attachment};
use crate::crm::Crm;
use crate::records::record::{not_found, stored};
use crate::records::refusal::Refusal;
use crate::records::visible::is_visible;
use futures::stream::{self, BoxStream};
use menshen_proto::crm::v1::DownloadAttachmentResponse;
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use service_kit::guard::permit::Permit;
use service_kit::status;
use tonic::Status;

/// The parts, in order.
pub(super) type Parts = BoxStream<'static, Result<DownloadAttachmentResponse, Status>>;

const PART: &str = "
    SELECT data
    FROM content_parts
    WHERE sha256 = $1 AND at = $2";

/// What is still to be sent.
struct Sending {
    crm: Crm,
    caller: Caller,
    id: String,
    sha256: String,
    size_bytes: i64,
    at: i64,
}

/// The parts of the attachment that the guard let through.
///
/// # Errors
/// It changed since.
pub(super) async fn parts_of(crm: &Crm, permit: &Permit<Attachment>) -> Result<Parts, Refusal> {
    let mut tx = crm.db.snapshot_read().await?;
    let found = stored::<Attachment>(&mut tx, permit.id()).await?;
    if found.version != permit.version() {
        return Err(Refusal::Stale);
    }
    let sending = Sending {
        crm: crm.clone(),
        caller: permit.caller().clone(),
        id: permit.id().to_owned(),
        sha256: found.message.sha256,
        size_bytes: found.message.size_bytes,
        at: 0,
    };
    Ok(Box::pin(stream::unfold(Some(sending), next)))
}

/// The next part. After an error nothing more comes.
async fn next(
    sending: Option<Sending>,
) -> Option<(Result<DownloadAttachmentResponse, Status>, Option<Sending>)> {
    let mut sending = sending?;
    if sending.at >= sending.size_bytes {
        return None;
    }
    match sending.part().await {
        Ok(data) => {
            let offset = sending.at;
            sending.at += i64::try_from(data.len()).unwrap_or(i64::MAX);
            Some((
                Ok(DownloadAttachmentResponse { offset, data }),
                Some(sending),
            ))
        }
        Err(refusal) => Some((Err(refusal.into()), None)),
    }
}

impl Sending {
    async fn part(&self) -> Result<Vec<u8>, Refusal> {
        if !is_visible(&self.crm, &self.caller, &ATTACHMENT, &self.id).await? {
            return Err(not_found::<Attachment>(&self.id));
        }
        let select = Stmt::new(PART).bind(&self.sha256).bind(self.at);
        let part: Option<(Vec<u8>,)> = self.crm.db.fetch_optional(select).await?;
        match part {
            Some((data,)) if !data.is_empty() => Ok(data),
            _ => Err(status::internal_message("a part of an attachment is missing").into()),
        }
    }
}
