//! `menshen.crm.v1.InboxService`: what people are told of, and what they want to be told of.

mod store;
mod subscribe;

use crate::crm::Crm;
use crate::customers::customer::{CUSTOMER, Customer};
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use futures::stream::BoxStream;
use menshen_proto::crm::v1::inbox_service_server::InboxService;
use menshen_proto::crm::v1::{
    FollowCustomerRequest, FollowCustomerResponse, GetNotificationPreferencesRequest,
    GetNotificationPreferencesResponse, ListFollowedRequest, ListFollowedResponse,
    ListNotificationsRequest, ListNotificationsResponse, MarkNotificationsReadRequest,
    MarkNotificationsReadResponse, NotificationReason, SetNotificationPreferencesRequest,
    SetNotificationPreferencesResponse, SubscribeNotificationsRequest,
    SubscribeNotificationsResponse, UnfollowCustomerRequest, UnfollowCustomerResponse,
};
use service_kit::caller::Caller;
use service_kit::db::retry;
use service_kit::guard::permit::Permit;
use service_kit::page::{PageToken, page_size, question};
use service_kit::serve::Health;
use service_kit::status::{self, Reason};
use std::sync::Arc;
use store::Inbox;
use tonic::{Request, Response, Status};

const DEFAULT_SIZE: u32 = 50;
const MOST_IDS: usize = 100;

/// Serves everybody's own notifications.
pub(crate) struct InboxApi {
    inbox: Arc<Inbox>,
    health: Health,
}

impl InboxApi {
    /// About records of these kinds.
    pub(crate) fn new(crm: &Crm, kinds: &[&'static Kind], health: &Health) -> Self {
        Self {
            inbox: Arc::new(Inbox {
                crm: crm.clone(),
                kinds: kinds.to_vec(),
            }),
            health: health.clone(),
        }
    }
}

/// The id of the person who calls: a service has no inbox.
fn person(caller: &Caller) -> Result<&str, Status> {
    caller.subject.strip_prefix("user:").ok_or_else(|| {
        status::failed_precondition(
            Reason::PreconditionFailed,
            caller.subject.clone(),
            "a service is told nothing; sign in as a person",
        )
    })
}

#[tonic::async_trait]
impl InboxService for InboxApi {
    type SubscribeNotificationsStream =
        BoxStream<'static, Result<SubscribeNotificationsResponse, Status>>;

    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.get_ref();
        let size = page_size(asked.page_size, DEFAULT_SIZE)?;
        let shown = if asked.unread_only { "unread" } else { "all" };
        let question = question(&["notifications", person(caller)?, shown]);
        let token = PageToken::decode(&asked.page_token, &question)?;
        let before = token
            .as_ref()
            .and_then(|token| token.after.first()?.as_str());
        let (notifications, last) = self
            .inbox
            .page(caller, person(caller)?, size, before, asked.unread_only)
            .await?;
        let next = last.map(|id| PageToken::new(&question, vec![id.into()]).encode());
        Ok(Response::new(ListNotificationsResponse {
            notifications,
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn mark_notifications_read(
        &self,
        request: Request<MarkNotificationsReadRequest>,
    ) -> Result<Response<MarkNotificationsReadResponse>, Status> {
        let person = person(Caller::of(&request)?)?;
        let ids = &request.get_ref().ids;
        if ids.is_empty() || ids.len() > MOST_IDS {
            let problem = format!("has {} ids; give 1 to {MOST_IDS}", ids.len());
            return Err(status::invalid_field("ids", problem));
        }
        let marked = retry(|| self.inbox.mark_read(person, ids)).await?;
        Ok(Response::new(MarkNotificationsReadResponse { marked }))
    }

    async fn subscribe_notifications(
        &self,
        request: Request<SubscribeNotificationsRequest>,
    ) -> Result<Response<Self::SubscribeNotificationsStream>, Status> {
        let caller = Caller::of(&request)?;
        let person = person(caller)?;
        let inbox = Arc::clone(&self.inbox);
        let stream = subscribe::from_now(inbox, caller, person, &self.health);
        Ok(Response::new(stream))
    }

    async fn get_notification_preferences(
        &self,
        request: Request<GetNotificationPreferencesRequest>,
    ) -> Result<Response<GetNotificationPreferencesResponse>, Status> {
        let muted = self.inbox.muted(person(Caller::of(&request)?)?).await?;
        Ok(Response::new(GetNotificationPreferencesResponse { muted }))
    }

    async fn set_notification_preferences(
        &self,
        request: Request<SetNotificationPreferencesRequest>,
    ) -> Result<Response<SetNotificationPreferencesResponse>, Status> {
        let person = person(Caller::of(&request)?)?;
        let mut muted = request.get_ref().muted.clone();
        muted.sort_unstable();
        muted.dedup();
        let mut violations = Violations::default();
        for reason in &muted {
            if *reason == 0 || NotificationReason::try_from(*reason).is_err() {
                let problem = format!("`{reason}` is not a reason; give the enum's values");
                violations.add("muted", problem);
            }
        }
        violations.or(()).map_err(Refusal::from)?;
        retry(|| self.inbox.mute(person, &muted)).await?;
        Ok(Response::new(SetNotificationPreferencesResponse { muted }))
    }

    async fn follow_customer(
        &self,
        request: Request<FollowCustomerRequest>,
    ) -> Result<Response<FollowCustomerResponse>, Status> {
        let permit = Permit::<Customer>::of(&request)?;
        let person = person(permit.caller())?;
        retry(|| self.inbox.follow(person, &CUSTOMER, permit.id())).await?;
        Ok(Response::new(FollowCustomerResponse {}))
    }

    async fn unfollow_customer(
        &self,
        request: Request<UnfollowCustomerRequest>,
    ) -> Result<Response<UnfollowCustomerResponse>, Status> {
        let person = person(Caller::of(&request)?)?;
        let id = &request.get_ref().id;
        retry(|| self.inbox.unfollow(person, &CUSTOMER, id)).await?;
        Ok(Response::new(UnfollowCustomerResponse {}))
    }

    async fn list_followed(
        &self,
        request: Request<ListFollowedRequest>,
    ) -> Result<Response<ListFollowedResponse>, Status> {
        let caller = Caller::of(&request)?;
        let followed = self.inbox.followed(caller, person(caller)?).await?;
        Ok(Response::new(ListFollowedResponse { followed }))
    }
}
