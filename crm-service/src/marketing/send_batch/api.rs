//! How far a batch got.

use super::SendBatch;
use crate::marketing::sending::recipient::progress;
use crate::records::serve::Records;
use menshen_proto::crm::v1;
use menshen_proto::standard::SendBatchVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl SendBatchVerbs for Records<SendBatch> {
    async fn get_send_progress(
        &self,
        request: Request<v1::GetSendProgressRequest>,
    ) -> Result<Response<v1::GetSendProgressResponse>, Status> {
        let permit = Permit::<SendBatch>::of(&request)?;
        Ok(Response::new(progress(&self.crm.db, permit.id()).await?))
    }
}
