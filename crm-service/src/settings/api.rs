//! `menshen.crm.v1.SettingsService`.

use super::domain::{MESSAGE, updatable};
use super::store;
use crate::crm::Crm;
use crate::records::message::descriptor;
use crate::records::module::Module;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::settings_service_server::SettingsService;
use menshen_proto::crm::v1::{
    GetSettingsRequest, GetSettingsResponse, UpdateSettingsRequest, UpdateSettingsResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

/// Serves the settings.
pub(crate) struct SettingsApi(pub(crate) Crm);

#[tonic::async_trait]
impl SettingsService for SettingsApi {
    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let permit = Permit::<Module>::of(&request)?;
        let settings = store::read(&self.0.db, &permit).await?.message();
        Ok(Response::new(GetSettingsResponse {
            settings: Some(settings),
        }))
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let permit = Permit::<Module>::of(&request)?;
        let asked = request.into_inner();
        let descriptor = descriptor(MESSAGE).map_err(Refusal::from)?;
        let paths = updatable(&descriptor)
            .paths(asked.update_mask.as_ref())
            .map_err(Refusal::from)?;
        let call = self
            .0
            .call("UpdateSettings", permit.caller(), &asked)
            .validate_only(asked.validate_only);
        let wanted = asked.settings.unwrap_or_default();
        let settings = retry(|| store::update(&self.0.db, &permit, &wanted, &paths, &call)).await?;
        Ok(Response::new(UpdateSettingsResponse {
            settings: Some(settings),
        }))
    }
}
