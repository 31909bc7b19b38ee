//! Handlers that do what their proof says, and count.

use super::office::{State, customer};
use crate::guard::permit::{Admission, Permit, Permits, Resource, Scope};
use crate::status;
use menshen_proto::crm::v1::customer_service_server::CustomerService;
use menshen_proto::crm::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, CreateCustomerRequest,
    CreateCustomerResponse, CustomerHistoryEntry, DeleteCustomerRequest, DeleteCustomerResponse,
    GetCustomerRequest, GetCustomerResponse, ListCustomerHistoryRequest,
    ListCustomerHistoryResponse, ListCustomerSharesRequest, ListCustomerSharesResponse,
    ListCustomersRequest, ListCustomersResponse, RestoreCustomerRequest, RestoreCustomerResponse,
    ShareCustomerRequest, ShareCustomerResponse, TransferCustomerRequest, TransferCustomerResponse,
    UnshareCustomerRequest, UnshareCustomerResponse, UpdateCustomerRequest, UpdateCustomerResponse,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tonic::{Request, Response, Status};

/// The marker of customers.
pub(super) struct Customers;

impl Resource for Customers {
    const TYPE: &'static str = "customer";
}

/// A marker that no customer method gives a proof for.
pub(super) struct Contacts;

impl Resource for Contacts {
    const TYPE: &'static str = "contact";
}

pub(super) struct Desk(pub(super) Arc<State>);

impl Desk {
    /// Counts; answers stale, as if another had written between decision and write, while it must.
    fn run(&self, version: i64) -> Result<(), Status> {
        self.0.ran.fetch_add(1, Ordering::SeqCst);
        self.0.versions.lock().unwrap().push(version);
        let less = |left: usize| left.checked_sub(1);
        if self
            .0
            .changes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
            .is_ok()
        {
            let mut rows = self.0.rows.lock().unwrap();
            rows.values_mut().for_each(|row| row.0 += 1);
            if self.0.gone_after_change.load(Ordering::SeqCst) {
                rows.clear();
            }
            return Err(status::stale());
        }
        Ok(())
    }

    fn permitted<T>(&self, request: &Request<T>) -> Result<Permit<Customers>, Status> {
        let permit = Permit::<Customers>::of(request)?;
        self.run(permit.version())?;
        Ok(permit)
    }
}

/// Handlers that only need their permit.
macro_rules! permitted {
    ($($method:ident: $request:ty => $response:ty, |$permit:ident| $answer:expr;)*) => {
        #[tonic::async_trait]
        impl CustomerService for Desk {
            $(async fn $method(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let $permit = self.permitted(&request)?;
                Ok(Response::new($answer))
            })*

            async fn create_customer(
                &self,
                request: Request<CreateCustomerRequest>,
            ) -> Result<Response<CreateCustomerResponse>, Status> {
                let admission = Admission::<Customers>::of(&request)?;
                self.run(0)?;
                let customer = Some(customer(admission.id()));
                Ok(Response::new(CreateCustomerResponse { customer }))
            }

            async fn batch_get_customers(
                &self,
                request: Request<BatchGetCustomersRequest>,
            ) -> Result<Response<BatchGetCustomersResponse>, Status> {
                let permits = Permits::<Customers>::of(&request)?;
                self.run(0)?;
                let customers = permits.allowed().iter().map(|id| customer(id)).collect();
                let not_found = permits.refused().to_vec();
                Ok(Response::new(BatchGetCustomersResponse { customers, not_found }))
            }

            async fn list_customers(
                &self,
                request: Request<ListCustomersRequest>,
            ) -> Result<Response<ListCustomersResponse>, Status> {
                let scope = Scope::<Customers>::of(&request)?;
                self.run(0)?;
                assert!(scope.predicate().kind.is_some());
                let customers = vec![customer("own"), customer("seen")];
                Ok(Response::new(ListCustomersResponse { customers, ..Default::default() }))
            }
        }
    };
}

permitted! {
    get_customer: GetCustomerRequest => GetCustomerResponse,
        |permit| GetCustomerResponse { customer: Some(customer(permit.id())) };
    update_customer: UpdateCustomerRequest => UpdateCustomerResponse,
        |permit| UpdateCustomerResponse { customer: Some(customer(permit.id())) };
    delete_customer: DeleteCustomerRequest => DeleteCustomerResponse,
        |permit| DeleteCustomerResponse { customer: Some(customer(permit.id())) };
    restore_customer: RestoreCustomerRequest => RestoreCustomerResponse,
        |permit| RestoreCustomerResponse { customer: Some(customer(permit.id())) };
    transfer_customer: TransferCustomerRequest => TransferCustomerResponse,
        |permit| TransferCustomerResponse { customer: Some(customer(permit.id())) };
    list_customer_history: ListCustomerHistoryRequest => ListCustomerHistoryResponse,
        |permit| ListCustomerHistoryResponse {
            entries: vec![CustomerHistoryEntry { after: Some(customer(permit.id())), ..Default::default() }],
            ..Default::default()
        };
    share_customer: ShareCustomerRequest => ShareCustomerResponse,
        |_permit| ShareCustomerResponse::default();
    unshare_customer: UnshareCustomerRequest => UnshareCustomerResponse,
        |_permit| UnshareCustomerResponse::default();
    list_customer_shares: ListCustomerSharesRequest => ListCustomerSharesResponse,
        |_permit| ListCustomerSharesResponse::default();
}
