//! What can be done with a member beside the standard methods.

use super::{CampaignMember, RESPOND};
use crate::records::serve::Records;
use crate::records::time::timestamp;
use menshen_proto::crm::v1;
use menshen_proto::standard::CampaignMemberVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl CampaignMemberVerbs for Records<CampaignMember> {
    async fn record_response(
        &self,
        request: Request<v1::RecordResponseRequest>,
    ) -> Result<Response<v1::RecordResponseResponse>, Status> {
        let permit = Permit::<CampaignMember>::of(&request)?;
        let asked = request.get_ref();
        let call = self
            .crm
            .call("RecordResponse", permit.caller(), asked)
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let at = asked.responded_at.unwrap_or(timestamp(call.now_us));
        let wanted = v1::CampaignMember {
            response: asked.response.clone(),
            responded_at: Some(at),
            ..v1::CampaignMember::default()
        };
        let member = self
            .step(&permit, &asked.etag, &RESPOND, &wanted, &call)
            .await?;
        Ok(Response::new(v1::RecordResponseResponse {
            campaign_member: Some(member),
        }))
    }
}
