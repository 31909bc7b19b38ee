//! `menshen.crm.v1.DuplicateService`.

use super::find::find;
use super::merge::merge;
use crate::crm::Crm;
use crate::customers::customer::Customer;
use crate::records::module::Module;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::duplicate_service_server::DuplicateService;
use menshen_proto::crm::v1::{
    FindDuplicatesRequest, FindDuplicatesResponse, MergeCustomersRequest, MergeCustomersResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

/// Serves the search for duplicates, and merging.
pub(crate) struct DuplicateApi(pub(crate) Crm);

#[tonic::async_trait]
impl DuplicateService for DuplicateApi {
    async fn find_duplicates(
        &self,
        request: Request<FindDuplicatesRequest>,
    ) -> Result<Response<FindDuplicatesResponse>, Status> {
        let permit = Permit::<Module>::of(&request)?;
        let found = find(&self.0, permit.caller(), request.get_ref()).await?;
        Ok(Response::new(found))
    }

    async fn merge_customers(
        &self,
        request: Request<MergeCustomersRequest>,
    ) -> Result<Response<MergeCustomersResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.get_ref();
        let call = self.0.call("MergeCustomers", permit.caller(), asked);
        let call = call
            .with_request_id(&asked.request_id)
            .with_reason(&asked.reason, false)
            .map_err(Refusal::from)?
            .validate_only(asked.validate_only);
        let merged = retry(|| merge(&self.0, &permit, asked, &call)).await?;
        Ok(Response::new(merged))
    }
}
