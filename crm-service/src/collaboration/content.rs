//! `menshen.crm.v1.AttachmentContentService`: what is in attachments, in the database and in parts.
//!
//! In the database, not in a folder: a file then becomes an attachment in the transaction that checks the right to
//! it, is in every backup, and is there after a failover.

mod download;
mod sniff;
pub(super) mod upload;

use super::attachment::Attachment;
use crate::crm::Crm;
use crate::customers::customer::Customer;
use download::{Parts, parts_of};
use menshen_proto::crm::v1::attachment_content_service_server::AttachmentContentService;
use menshen_proto::crm::v1::{
    CancelUploadRequest, CancelUploadResponse, DownloadAttachmentRequest, GetUploadRequest,
    GetUploadResponse, StartUploadRequest, StartUploadResponse, UploadChunkRequest,
    UploadChunkResponse,
};
use service_kit::caller::Caller;
use service_kit::db::retry;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

pub(crate) use upload::forget_old_uploads;

/// Bytes of a part: half of what a request may have.
const PART_BYTES: i64 = 262_144;

/// Serves the bytes of attachments.
pub(crate) struct ContentApi(pub(crate) Crm);

#[tonic::async_trait]
impl AttachmentContentService for ContentApi {
    type DownloadAttachmentStream = Parts;

    async fn start_upload(
        &self,
        request: Request<StartUploadRequest>,
    ) -> Result<Response<StartUploadResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let upload = upload::start(&self.0, &permit, request.get_ref()).await?;
        let upload = Some(upload);
        Ok(Response::new(StartUploadResponse { upload }))
    }

    async fn upload_chunk(
        &self,
        request: Request<UploadChunkRequest>,
    ) -> Result<Response<UploadChunkResponse>, Status> {
        let caller = Caller::of(&request)?.subject.clone();
        let part = request.into_inner();
        let upload = Some(retry(|| upload::add(&self.0, &caller, &part)).await?);
        Ok(Response::new(UploadChunkResponse { upload }))
    }

    async fn get_upload(
        &self,
        request: Request<GetUploadRequest>,
    ) -> Result<Response<GetUploadResponse>, Status> {
        let caller = &Caller::of(&request)?.subject;
        let upload = upload::own(&self.0, caller, &request.get_ref().upload).await?;
        let upload = Some(upload.message());
        Ok(Response::new(GetUploadResponse { upload }))
    }

    async fn cancel_upload(
        &self,
        request: Request<CancelUploadRequest>,
    ) -> Result<Response<CancelUploadResponse>, Status> {
        let caller = &Caller::of(&request)?.subject;
        let id = &request.get_ref().upload;
        retry(|| upload::give_up(&self.0, caller, id)).await?;
        Ok(Response::new(CancelUploadResponse {}))
    }

    async fn download_attachment(
        &self,
        request: Request<DownloadAttachmentRequest>,
    ) -> Result<Response<Parts>, Status> {
        let permit = Permit::<Attachment>::of(&request)?;
        Ok(Response::new(parts_of(&self.0, &permit).await?))
    }
}
