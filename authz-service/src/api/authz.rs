//! `AuthzService`: the hot path, and the grants.

use super::conversation::Conversation;
use super::error::status;
use crate::convert;
use crate::decisions::{Asker, batch, check, filter};
use crate::grants::{Order, list, queue};
use crate::org::Organization;
use futures::{Stream, stream};
use menshen_proto::authz::v1::authz_service_server::AuthzService;
use menshen_proto::authz::v1::{
    BatchCheckRequest, BatchCheckResponse, CheckRequest, CheckResponse, FilterRequest,
    FilterResponse, GrantRecord, GrantRequest, GrantResponse, GrantState, ListGrantsRequest,
    ListGrantsResponse, RevokeRequest, RevokeResponse,
};
use service_kit::caller::Caller;
use service_kit::clock::timestamp;
use service_kit::guard::CredentialReader;
use service_kit::serve::Health;
use std::pin::Pin;
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// Serves one organization.
#[derive(Clone)]
pub struct AuthzApi {
    org: Arc<Organization>,
    credentials: Arc<CredentialReader>,
    health: Health,
}

impl AuthzApi {
    /// Serves `org`. Streams end when `health` says that the process stops.
    pub fn new(org: Arc<Organization>, health: Health) -> Self {
        Self {
            org,
            credentials: Arc::default(),
            health,
        }
    }
}

#[tonic::async_trait]
impl AuthzService for AuthzApi {
    async fn check(
        &self,
        request: Request<CheckRequest>,
    ) -> Result<Response<CheckResponse>, Status> {
        let caller = Caller::of(&request)?;
        answer(&self.org, caller, request.get_ref()).map(Response::new)
    }

    async fn batch_check(
        &self,
        request: Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (head, register) = (self.org.head(), self.org.principals.load());
        let moment = self.org.moment(&head, &register).map_err(status)?;
        let asker = Asker::new(caller, &register);
        batch::answer(moment, asker, request.get_ref(), status)
            .map(Response::new)
            .map_err(status)
    }

    type StreamChecksStream = Pin<Box<dyn Stream<Item = Result<CheckResponse, Status>> + Send>>;

    async fn stream_checks(
        &self,
        request: Request<Streaming<CheckRequest>>,
    ) -> Result<Response<Self::StreamChecksStream>, Status> {
        let (headers, extensions, questions) = request.into_parts();
        let credentials = self.credentials.read(headers.as_ref(), &extensions)?;
        let health = self.health.clone();
        let begun = Conversation {
            org: Arc::clone(&self.org),
            credentials,
            questions,
            stopping: Box::pin(async move { health.draining().await }),
        };
        Ok(Response::new(Box::pin(stream::unfold(
            Some(begun),
            Conversation::go_on,
        ))))
    }

    async fn filter(
        &self,
        request: Request<FilterRequest>,
    ) -> Result<Response<FilterResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (head, register) = (self.org.head(), self.org.principals.load());
        let moment = self.org.moment(&head, &register).map_err(status)?;
        let asker = Asker::new(caller, &register);
        filter::answer(moment, asker, request.get_ref())
            .map(Response::new)
            .map_err(status)
    }

    async fn grant(
        &self,
        request: Request<GrantRequest>,
    ) -> Result<Response<GrantResponse>, Status> {
        let caller = Caller::of(&request)?;
        let register = self.org.principals.load_full();
        let asker = Asker::new(caller, &register);
        let order = Order::grant(caller, asker, request.get_ref()).map_err(status)?;
        let written_at = queue::submit(&self.org, order).await.map_err(status)?;
        let state = GrantState::Applied.into();
        Ok(Response::new(GrantResponse {
            written_at,
            access_request: String::new(),
            state,
        }))
    }

    async fn revoke(
        &self,
        request: Request<RevokeRequest>,
    ) -> Result<Response<RevokeResponse>, Status> {
        let caller = Caller::of(&request)?;
        let register = self.org.principals.load_full();
        let asker = Asker::new(caller, &register);
        let order = Order::revoke(caller, asker, request.get_ref()).map_err(status)?;
        let written_at = queue::submit(&self.org, order).await.map_err(status)?;
        Ok(Response::new(RevokeResponse { written_at }))
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        let page = list::Page::read(request.get_ref())?;
        // Taken before the rows are read: they hold everything up to it, and perhaps more.
        let read_at = self.org.head().token.to_string();
        let listed = self
            .org
            .run(move |org| async move { list::list(&org, &page).await })
            .await;
        let (grants, next_page_token) = listed.map_err(status)?;
        let grants = grants.into_iter().map(|grant| GrantRecord {
            relationship: Some(convert::message(&grant.relationship)),
            granted_by: grant.granted_by,
            granted_at: Some(timestamp(grant.granted_at_us)),
            reason: grant.reason,
        });
        let grants = grants.collect();
        Ok(Response::new(ListGrantsResponse {
            grants,
            next_page_token,
            read_at,
        }))
    }
}

/// Nothing here waits: the answer comes from memory.
pub(super) fn answer(
    org: &Organization,
    caller: &Caller,
    request: &CheckRequest,
) -> Result<CheckResponse, Status> {
    let (head, register) = (org.head(), org.principals.load());
    let moment = org.moment(&head, &register).map_err(status)?;
    check::answer(moment, Asker::new(caller, &register), request).map_err(status)
}
