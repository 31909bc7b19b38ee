//! `menshen.crm.v1.CustomerService`.

use super::domain::{SHAPE, check_mask};
use super::row::Customer;
use super::transfer::Afterwards;
use super::{admission, shares, transfer, write};
use crate::crm::Crm;
use crate::customers::chosen_id::id_of_new;
use crate::records::history::Entry;
use crate::records::history_page::history_page;
use crate::records::list::{Asked, list};
use crate::records::record::{Record, delete, many, one, restore};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::customer_service_server::CustomerService;
use menshen_proto::crm::v1::{
    self, BatchGetCustomersRequest, BatchGetCustomersResponse, CreateCustomerRequest,
    CreateCustomerResponse, CustomerHistoryEntry, DeleteCustomerRequest, DeleteCustomerResponse,
    GetCustomerRequest, GetCustomerResponse, ListCustomerHistoryRequest,
    ListCustomerHistoryResponse, ListCustomerSharesRequest, ListCustomerSharesResponse,
    ListCustomersRequest, ListCustomersResponse, RestoreCustomerRequest, RestoreCustomerResponse,
    ShareCustomerRequest, ShareCustomerResponse, TransferCustomerRequest, TransferCustomerResponse,
    UnshareCustomerRequest, UnshareCustomerResponse, UpdateCustomerRequest, UpdateCustomerResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::{Admission, Permit, Permits, Scope};
use tonic::{Request, Response, Status};

/// Serves customers.
pub(crate) struct CustomerApi(pub(crate) Crm);

#[tonic::async_trait]
impl CustomerService for CustomerApi {
    async fn create_customer(
        &self,
        request: Request<CreateCustomerRequest>,
    ) -> Result<Response<CreateCustomerResponse>, Status> {
        let allowed = Admission::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("CreateCustomer", allowed.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let proposed = asked.customer.unwrap_or_default();
        let fields = admission::admit(&self.0, &allowed, &proposed).await?;
        let id = id_of_new(&self.0, &allowed, &asked.customer_id).await?;
        let created = retry(|| write::create(&self.0.db, &allowed, &id, &fields, &call)).await?;
        Ok(Response::new(CreateCustomerResponse {
            customer: Some(created),
        }))
    }

    async fn get_customer(
        &self,
        request: Request<GetCustomerRequest>,
    ) -> Result<Response<GetCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let customer = one(&self.0.db, &permit).await?.message();
        Ok(Response::new(GetCustomerResponse {
            customer: Some(customer),
        }))
    }

    async fn batch_get_customers(
        &self,
        request: Request<BatchGetCustomersRequest>,
    ) -> Result<Response<BatchGetCustomersResponse>, Status> {
        let permits = Permits::<Customer>::of(&request)?;
        let found = many(&self.0.db, &permits).await?;
        Ok(Response::new(BatchGetCustomersResponse {
            customers: found.records.iter().map(Record::message).collect(),
            not_found: found.not_found,
        }))
    }

    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Result<Response<ListCustomersResponse>, Status> {
        let scope = Scope::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let page = list(
            &self.0,
            &scope,
            Asked {
                page_size: asked.page_size,
                total: asked.total(),
                page_token: asked.page_token,
                filter: asked.filter,
                order_by: asked.order_by,
                show_deleted: asked.show_deleted,
            },
        )
        .await?;
        Ok(Response::new(ListCustomersResponse {
            customers: page.records.iter().map(Record::message).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
            total_is_exact: page.total_is_exact,
        }))
    }

    async fn update_customer(
        &self,
        request: Request<UpdateCustomerRequest>,
    ) -> Result<Response<UpdateCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let paths = SHAPE
            .paths(asked.update_mask.as_ref())
            .map_err(Refusal::from)?;
        check_mask(&paths).map_err(Refusal::from)?;
        let call = self.0.call("UpdateCustomer", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let wanted = asked.customer.unwrap_or_default();
        if paths.contains("teams") {
            admission::admit_teams(&self.0, &permit, &wanted.teams).await?;
        }
        let updated = retry(|| write::update(&self.0.db, &permit, &wanted, &paths, &call)).await?;
        Ok(Response::new(UpdateCustomerResponse {
            customer: Some(updated),
        }))
    }

    async fn delete_customer(
        &self,
        request: Request<DeleteCustomerRequest>,
    ) -> Result<Response<DeleteCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("DeleteCustomer", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let deleted = retry(|| delete(&self.0.db, &permit, &asked.etag, &call)).await?;
        Ok(Response::new(DeleteCustomerResponse {
            customer: Some(deleted),
        }))
    }

    async fn restore_customer(
        &self,
        request: Request<RestoreCustomerRequest>,
    ) -> Result<Response<RestoreCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("RestoreCustomer", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let restored = retry(|| restore(&self.0.db, &permit, &call)).await?;
        Ok(Response::new(RestoreCustomerResponse {
            customer: Some(restored),
        }))
    }

    async fn list_customer_history(
        &self,
        request: Request<ListCustomerHistoryRequest>,
    ) -> Result<Response<ListCustomerHistoryResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let (entries, next_page_token) =
            history_page(&self.0, &permit, asked.page_size, &asked.page_token).await?;
        let entries = entries.into_iter().map(history_entry).collect();
        Ok(Response::new(ListCustomerHistoryResponse {
            entries,
            next_page_token,
        }))
    }

    async fn transfer_customer(
        &self,
        request: Request<TransferCustomerRequest>,
    ) -> Result<Response<TransferCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("TransferCustomer", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let afterwards = transfer::admit(&self.0, &permit).await?;
        let customer = retry(|| write::transfer(&self.0.db, &permit, &asked.etag, &call)).await?;
        if !asked.validate_only && !asked.keep_shares {
            transfer::end_shares(&self.0, &customer).await?;
        }
        let customer = match afterwards {
            Afterwards::InSight => customer,
            Afterwards::OutOfSight => v1::Customer {
                id: customer.id,
                ..v1::Customer::default()
            },
        };
        Ok(Response::new(TransferCustomerResponse {
            customer: Some(customer),
        }))
    }

    async fn share_customer(
        &self,
        request: Request<ShareCustomerRequest>,
    ) -> Result<Response<ShareCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let (share, written_at) = shares::share(&self.0, &permit, request.get_ref()).await?;
        Ok(Response::new(ShareCustomerResponse {
            share: Some(share),
            written_at,
        }))
    }

    async fn unshare_customer(
        &self,
        request: Request<UnshareCustomerRequest>,
    ) -> Result<Response<UnshareCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let written_at = shares::unshare(&self.0, &permit, request.get_ref()).await?;
        Ok(Response::new(UnshareCustomerResponse { written_at }))
    }

    async fn list_customer_shares(
        &self,
        request: Request<ListCustomerSharesRequest>,
    ) -> Result<Response<ListCustomerSharesResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let shares = shares::list(&self.0, &permit).await?;
        Ok(Response::new(ListCustomerSharesResponse { shares }))
    }
}

fn history_entry(entry: Entry<v1::Customer>) -> CustomerHistoryEntry {
    CustomerHistoryEntry {
        action: entry.action.into(),
        at: Some(timestamp(entry.at_us)),
        actor: entry.actor,
        changed_fields: entry.changed_fields,
        after: Some(entry.after),
    }
}
