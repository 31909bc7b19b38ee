//! `menshen.crm.v1.InteractionService`.

use super::domain::InteractionFields;
use super::row::Interaction;
use super::write;
use crate::crm::Crm;
use crate::customers::chosen_id::id_of_new;
use crate::records::list::{Asked, list};
use crate::records::record::{Record, many, one};
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::interaction_service_server::InteractionService;
use menshen_proto::crm::v1::{
    BatchGetInteractionsRequest, BatchGetInteractionsResponse, CreateInteractionRequest,
    CreateInteractionResponse, GetInteractionRequest, GetInteractionResponse,
    ListInteractionsRequest, ListInteractionsResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::{Admission, Permit, Permits, Scope};
use tonic::{Request, Response, Status};

/// Serves interactions.
pub(crate) struct InteractionApi(pub(crate) Crm);

#[tonic::async_trait]
impl InteractionService for InteractionApi {
    async fn create_interaction(
        &self,
        request: Request<CreateInteractionRequest>,
    ) -> Result<Response<CreateInteractionResponse>, Status> {
        let allowed = Admission::<Interaction>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("CreateInteraction", allowed.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let proposed = asked.interaction.unwrap_or_default();
        let fields = InteractionFields::parse(&proposed, call.now_us).map_err(Refusal::from)?;
        let customer = proposed.customer;
        let id = id_of_new(&self.0, &allowed, &asked.interaction_id).await?;
        let created =
            retry(|| write::create(&self.0.db, &allowed, &id, &customer, &fields, &call)).await?;
        Ok(Response::new(CreateInteractionResponse {
            interaction: Some(created),
        }))
    }

    async fn get_interaction(
        &self,
        request: Request<GetInteractionRequest>,
    ) -> Result<Response<GetInteractionResponse>, Status> {
        let permit = Permit::<Interaction>::of(&request)?;
        let interaction = one(&self.0.db, &permit).await?.message();
        Ok(Response::new(GetInteractionResponse {
            interaction: Some(interaction),
        }))
    }

    async fn batch_get_interactions(
        &self,
        request: Request<BatchGetInteractionsRequest>,
    ) -> Result<Response<BatchGetInteractionsResponse>, Status> {
        let permits = Permits::<Interaction>::of(&request)?;
        let found = many(&self.0.db, &permits).await?;
        Ok(Response::new(BatchGetInteractionsResponse {
            interactions: found.records.iter().map(Record::message).collect(),
            not_found: found.not_found,
        }))
    }

    async fn list_interactions(
        &self,
        request: Request<ListInteractionsRequest>,
    ) -> Result<Response<ListInteractionsResponse>, Status> {
        let scope = Scope::<Interaction>::of(&request)?;
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
                show_deleted: false,
            },
        )
        .await?;
        Ok(Response::new(ListInteractionsResponse {
            interactions: page.records.iter().map(Record::message).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
            total_is_exact: page.total_is_exact,
        }))
    }
}
