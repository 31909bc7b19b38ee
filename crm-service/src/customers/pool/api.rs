//! `menshen.crm.v1.PoolService`.

use super::recycle::recycle;
use crate::authz::receiver;
use crate::crm::Crm;
use crate::customers::customer::{CUSTOMER, Customer};
use crate::records::entity::Move;
use crate::records::place::Place;
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use menshen_proto::crm::v1::pool_service_server::PoolService;
use menshen_proto::crm::v1::{
    self, AssignCustomerRequest, AssignCustomerResponse, ClaimCustomerRequest,
    ClaimCustomerResponse, HistoryAction, ListPooledCustomersRequest, ListPooledCustomersResponse,
    PooledCustomer, RecycleCustomersRequest, RecycleCustomersResponse, ReleaseCustomerRequest,
    ReleaseCustomerResponse,
};
use menshen_proto::standard::{List, Standard as _};
use service_kit::guard::permit::Permit;
use service_kit::status::{self, Reason};
use tonic::{Request, Response, Status};

/// Serves the public pool.
pub(crate) struct PoolApi(pub(crate) Records<Customer>);

impl PoolApi {
    /// Over the CRM's database.
    pub(crate) fn new(crm: &Crm) -> Self {
        Self(Records::new(crm))
    }

    fn crm(&self) -> &Crm {
        &self.0.crm
    }
}

#[tonic::async_trait]
impl PoolService for PoolApi {
    async fn list_pooled_customers(
        &self,
        request: Request<ListPooledCustomersRequest>,
    ) -> Result<Response<ListPooledCustomersResponse>, Status> {
        let request = request.map(|asked| List {
            total: asked.total(),
            page_size: asked.page_size,
            page_token: asked.page_token,
            filter: asked.filter,
            order_by: asked.order_by,
            show_deleted: false,
        });
        let page = self.0.list(request).await?;
        Ok(Response::new(ListPooledCustomersResponse {
            customers: page.records.into_iter().map(pooled).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
            total_is_exact: page.total_is_exact,
        }))
    }

    async fn claim_customer(
        &self,
        request: Request<ClaimCustomerRequest>,
    ) -> Result<Response<ClaimCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.get_ref();
        let Some(user) = permit.caller().subject.strip_prefix("user:") else {
            return Err(status::failed_precondition(
                Reason::PreconditionFailed,
                permit.caller().subject.clone(),
                "a service owns no customers; call with a person's token",
            ));
        };
        let now = Place::of(&CUSTOMER, permit.contextual(), permit.id());
        let place = if now.owner.as_deref() == Some(user) {
            now
        } else {
            Place {
                owner: Some(user.to_owned()),
                department: receiver(&*self.crm().directory, user).await?.department,
                teams: Vec::new(),
            }
        };
        let to = Move {
            place,
            action: HistoryAction::Claimed,
        };
        let call = self.crm().call("ClaimCustomer", permit.caller(), asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let customer = self.0.give(&permit, "", &to, false, &call).await?;
        Ok(Response::new(ClaimCustomerResponse {
            customer: Some(customer),
        }))
    }

    async fn release_customer(
        &self,
        request: Request<ReleaseCustomerRequest>,
    ) -> Result<Response<ReleaseCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.get_ref();
        let to = Move {
            place: Place::default(),
            action: HistoryAction::Released,
        };
        let call = self.crm().call("ReleaseCustomer", permit.caller(), asked);
        let call = call
            .with_request_id(&asked.request_id)
            .with_reason(&asked.reason, false)
            .map_err(Refusal::from)?
            .validate_only(asked.validate_only);
        let customer = self.0.give(&permit, &asked.etag, &to, false, &call).await?;
        Ok(Response::new(ReleaseCustomerResponse {
            customer: Some(customer),
        }))
    }

    async fn assign_customer(
        &self,
        request: Request<AssignCustomerRequest>,
    ) -> Result<Response<AssignCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.get_ref();
        if asked.owner.is_empty() {
            return Err(status::invalid_field("owner", "is due; give a user's id"));
        }
        let to = Move {
            place: Place::of(&CUSTOMER, permit.target(), permit.id()),
            action: HistoryAction::Transferred,
        };
        let call = self.crm().call("AssignCustomer", permit.caller(), asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let customer = self.0.give(&permit, "", &to, false, &call).await?;
        Ok(Response::new(AssignCustomerResponse {
            customer: Some(customer),
        }))
    }

    async fn recycle_customers(
        &self,
        request: Request<RecycleCustomersRequest>,
    ) -> Result<Response<RecycleCustomersResponse>, Status> {
        let recycled = recycle(self.crm(), request.get_ref().validate_only).await?;
        Ok(Response::new(RecycleCustomersResponse { recycled }))
    }
}

fn pooled(customer: v1::Customer) -> PooledCustomer {
    PooledCustomer {
        id: customer.id,
        display_name: customer.display_name,
        kind: customer.kind,
        status: customer.status,
        level: customer.level,
        industry: customer.industry,
        region: customer.region,
        source: customer.source,
        employees: customer.employees,
        last_activity_at: customer.last_activity_at,
        created_at: customer.created_at,
    }
}
