//! What a person who is written to decides, by the link in a message and without an account.

mod choice;
pub(super) mod token;

use super::secret::{Purpose, Secret};
use crate::crm::Crm;
use menshen_proto::crm::v1;
use menshen_proto::crm::v1::preference_service_server::PreferenceService;
use tonic::{Request, Response, Status};

/// Serves it.
pub(crate) struct PreferenceApi(pub(crate) Crm);

#[tonic::async_trait]
impl PreferenceService for PreferenceApi {
    async fn unsubscribe(
        &self,
        request: Request<v1::UnsubscribeRequest>,
    ) -> Result<Response<v1::UnsubscribeResponse>, Status> {
        let link = self.link(&request.get_ref().token).await?;
        choice::withdraw(&self.0, &link).await?;
        Ok(Response::new(v1::UnsubscribeResponse {}))
    }

    async fn resubscribe(
        &self,
        request: Request<v1::ResubscribeRequest>,
    ) -> Result<Response<v1::ResubscribeResponse>, Status> {
        let link = self.link(&request.get_ref().token).await?;
        choice::give(&self.0, &link).await?;
        Ok(Response::new(v1::ResubscribeResponse {}))
    }
}

impl PreferenceApi {
    async fn link(&self, token: &str) -> Result<token::Link, Status> {
        let secret = Secret::of(&self.0.db, Purpose::Links).await?;
        Ok(token::Link::read(&secret, token)?)
    }
}
