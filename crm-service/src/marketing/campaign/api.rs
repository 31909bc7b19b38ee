//! What can be done with a campaign beside the standard methods and its steps.

use super::Campaign;
use crate::marketing::campaign_member;
use crate::records::serve::Records;
use menshen_proto::crm::v1;
use menshen_proto::standard::CampaignVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl CampaignVerbs for Records<Campaign> {
    async fn add_campaign_members(
        &self,
        request: Request<v1::AddCampaignMembersRequest>,
    ) -> Result<Response<v1::AddCampaignMembersResponse>, Status> {
        let permit = Permit::<Campaign>::of(&request)?;
        let asked = request.get_ref();
        let call = self
            .crm
            .call("AddCampaignMembers", permit.caller(), asked)
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let answer = campaign_member::add(&self.crm, &permit, asked, &call).await?;
        Ok(Response::new(answer))
    }
}
