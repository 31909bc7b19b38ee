//! `menshen.crm.v1.PurchaseService`.

use super::domain::SHAPE;
use super::row::Purchase;
use super::write;
use crate::crm::Crm;
use crate::customers::chosen_id::id_of_new;
use crate::records::history::Entry;
use crate::records::history_page::history_page;
use crate::records::list::{Asked, list};
use crate::records::record::{Record, many, one};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::purchase_service_server::PurchaseService;
use menshen_proto::crm::v1::{
    self, BatchGetPurchasesRequest, BatchGetPurchasesResponse, CancelPurchaseRequest,
    CancelPurchaseResponse, CreatePurchaseRequest, CreatePurchaseResponse, DeletePurchaseRequest,
    DeletePurchaseResponse, GetPurchaseRequest, GetPurchaseResponse, ListPurchaseHistoryRequest,
    ListPurchaseHistoryResponse, ListPurchasesRequest, ListPurchasesResponse, PurchaseHistoryEntry,
    RestorePurchaseRequest, RestorePurchaseResponse, UpdatePurchaseRequest, UpdatePurchaseResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::{Admission, Permit, Permits, Scope};
use tonic::{Request, Response, Status};

/// Serves purchases.
pub(crate) struct PurchaseApi(pub(crate) Crm);

#[tonic::async_trait]
impl PurchaseService for PurchaseApi {
    async fn create_purchase(
        &self,
        request: Request<CreatePurchaseRequest>,
    ) -> Result<Response<CreatePurchaseResponse>, Status> {
        let allowed = Admission::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("CreatePurchase", allowed.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let proposed = asked.purchase.unwrap_or_default();
        let id = id_of_new(&self.0, &allowed, &asked.purchase_id).await?;
        let created = retry(|| write::create(&self.0.db, &allowed, &id, &proposed, &call)).await?;
        Ok(Response::new(CreatePurchaseResponse {
            purchase: Some(created),
        }))
    }

    async fn get_purchase(
        &self,
        request: Request<GetPurchaseRequest>,
    ) -> Result<Response<GetPurchaseResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let purchase = one(&self.0.db, &permit).await?.message();
        Ok(Response::new(GetPurchaseResponse {
            purchase: Some(purchase),
        }))
    }

    async fn batch_get_purchases(
        &self,
        request: Request<BatchGetPurchasesRequest>,
    ) -> Result<Response<BatchGetPurchasesResponse>, Status> {
        let permits = Permits::<Purchase>::of(&request)?;
        let found = many(&self.0.db, &permits).await?;
        Ok(Response::new(BatchGetPurchasesResponse {
            purchases: found.records.iter().map(Record::message).collect(),
            not_found: found.not_found,
        }))
    }

    async fn list_purchases(
        &self,
        request: Request<ListPurchasesRequest>,
    ) -> Result<Response<ListPurchasesResponse>, Status> {
        let scope = Scope::<Purchase>::of(&request)?;
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
        Ok(Response::new(ListPurchasesResponse {
            purchases: page.records.iter().map(Record::message).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
            total_is_exact: page.total_is_exact,
        }))
    }

    async fn update_purchase(
        &self,
        request: Request<UpdatePurchaseRequest>,
    ) -> Result<Response<UpdatePurchaseResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let paths = SHAPE
            .paths(asked.update_mask.as_ref())
            .map_err(Refusal::from)?;
        let call = self.0.call("UpdatePurchase", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let wanted = asked.purchase.unwrap_or_default();
        let updated = retry(|| write::update(&self.0.db, &permit, &wanted, &paths, &call)).await?;
        Ok(Response::new(UpdatePurchaseResponse {
            purchase: Some(updated),
        }))
    }

    async fn delete_purchase(
        &self,
        request: Request<DeletePurchaseRequest>,
    ) -> Result<Response<DeletePurchaseResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("DeletePurchase", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let deleted = retry(|| write::delete(&self.0.db, &permit, &asked.etag, &call)).await?;
        Ok(Response::new(DeletePurchaseResponse {
            purchase: Some(deleted),
        }))
    }

    async fn restore_purchase(
        &self,
        request: Request<RestorePurchaseRequest>,
    ) -> Result<Response<RestorePurchaseResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("RestorePurchase", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let restored = retry(|| write::restore(&self.0.db, &permit, &call)).await?;
        Ok(Response::new(RestorePurchaseResponse {
            purchase: Some(restored),
        }))
    }

    async fn list_purchase_history(
        &self,
        request: Request<ListPurchaseHistoryRequest>,
    ) -> Result<Response<ListPurchaseHistoryResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let (entries, next_page_token) =
            history_page(&self.0, &permit, asked.page_size, &asked.page_token).await?;
        let entries = entries.into_iter().map(history_entry).collect();
        Ok(Response::new(ListPurchaseHistoryResponse {
            entries,
            next_page_token,
        }))
    }

    async fn cancel_purchase(
        &self,
        request: Request<CancelPurchaseRequest>,
    ) -> Result<Response<CancelPurchaseResponse>, Status> {
        let permit = Permit::<Purchase>::of(&request)?;
        let asked = request.into_inner();
        let mut violations = Violations::default();
        violations.text("reason", &asked.reason, 0..=1_000);
        violations.or(()).map_err(Refusal::from)?;
        let call = self.0.call("CancelPurchase", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .with_reason(&asked.reason)
            .validate_only(asked.validate_only);
        let cancelled = retry(|| write::cancel(&self.0.db, &permit, &asked.etag, &call)).await?;
        Ok(Response::new(CancelPurchaseResponse {
            purchase: Some(cancelled),
        }))
    }
}

fn history_entry(entry: Entry<v1::Purchase>) -> PurchaseHistoryEntry {
    PurchaseHistoryEntry {
        action: entry.action.into(),
        at: Some(timestamp(entry.at_us)),
        actor: entry.actor,
        changed_fields: entry.changed_fields,
        after: Some(entry.after),
        reason: entry.reason,
    }
}
