//! Signing a contract, on a day that may be over.

use super::{ACTIVE, APPROVED, Contract};
use crate::records::entity::Step;
use crate::records::serve::Records;
use crate::sales::day;
use menshen_proto::crm::v1::{self, SignContractRequest, SignContractResponse};
use menshen_proto::standard::ContractVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

static SIGN: Step = Step::new("SignContract", &[APPROVED], ACTIVE).taking(&["sign_date"]);

#[tonic::async_trait]
impl ContractVerbs for Records<Contract> {
    async fn sign_contract(
        &self,
        request: Request<SignContractRequest>,
    ) -> Result<Response<SignContractResponse>, Status> {
        let permit = Permit::<Contract>::of(&request)?;
        let asked = request.into_inner();
        let call = self
            .crm
            .call(SIGN.method, permit.caller(), &asked)
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let sign_date = match asked.sign_date.as_str() {
            "" => day::of(call.now_us),
            day => day.to_owned(),
        };
        let wanted = v1::Contract {
            sign_date,
            ..v1::Contract::default()
        };
        let signed = self
            .step(&permit, &asked.etag, &SIGN, &wanted, &call)
            .await?;
        Ok(Response::new(SignContractResponse {
            contract: Some(signed),
        }))
    }
}
