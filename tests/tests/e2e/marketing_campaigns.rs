//! Campaigns: the steps of their life.

use crate::expect::{denied, refused, refused_because};
use crate::marketing::{new_campaign, new_plan};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Campaign, CampaignStatus, CancelCampaignRequest, CompleteCampaignRequest, GetCampaignRequest,
    LaunchCampaignRequest, LaunchCampaignResponse, MarketingPlan, Money, PauseCampaignRequest,
    ResumeCampaignRequest, ScheduleCampaignRequest, UpdateCampaignRequest,
};
use prost_types::{FieldMask, Timestamp};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    campaign_goes_from_schedule_to_completion,
    campaign_is_launched_by_who_has_the_function,
    campaign_under_a_plan_that_is_not_approved_is_not_launched,
    cancelled_campaign_says_why_and_stays_so,
    what_runs_keeps_its_channel_and_takes_its_bills,
    amounts_of_a_campaign_are_hidden_from_sales,
);

/// Row 9 of the model: 开展市场活动.
async fn campaign_goes_from_schedule_to_completion(world: Arc<World>) {
    let manager = world.sign_in("u20").await.unwrap();
    let campaign = new_campaign(&manager, planned()).await;
    assert_eq!(campaign.status(), CampaignStatus::Draft);
    let id = campaign.id;
    refused_because(
        launch(&manager, &id).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    schedule(&manager, &id).await;
    let launched = launch(&manager, &id)
        .await
        .unwrap()
        .into_inner()
        .campaign
        .unwrap();
    assert_eq!(launched.status(), CampaignStatus::Running);
    assert!(launched.launched_at.is_some());
    let request = PauseCampaignRequest {
        id: id.clone(),
        ..PauseCampaignRequest::default()
    };
    manager.campaigns().pause_campaign(request).await.unwrap();
    let request = ResumeCampaignRequest {
        id: id.clone(),
        ..ResumeCampaignRequest::default()
    };
    manager.campaigns().resume_campaign(request).await.unwrap();
    let request = CompleteCampaignRequest {
        id: id.clone(),
        ..CompleteCampaignRequest::default()
    };
    let over = manager.campaigns().complete_campaign(request.clone()).await;
    let over = over.unwrap().into_inner().campaign.unwrap();
    assert_eq!(over.status(), CampaignStatus::Completed);
    let again = manager.campaigns().complete_campaign(request).await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");
}

async fn campaign_is_launched_by_who_has_the_function(world: Arc<World>) {
    let (specialist, manager) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let unplanned = new_campaign(&specialist, Campaign::default()).await.id;
    let request = ScheduleCampaignRequest {
        id: unplanned,
        ..ScheduleCampaignRequest::default()
    };
    let refusal = specialist.campaigns().schedule_campaign(request).await;
    let refusal = refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    assert!(refusal.message().contains("starts_at"), "{refusal}");
    let id = new_campaign(&specialist, planned()).await.id;
    schedule(&specialist, &id).await;
    denied(launch(&specialist, &id).await, "function");
    launch(&manager, &id).await.unwrap();
}

async fn campaign_under_a_plan_that_is_not_approved_is_not_launched(world: Arc<World>) {
    let manager = world.sign_in("u20").await.unwrap();
    let plan = new_plan(&manager, MarketingPlan::default()).await.id;
    let campaign = Campaign { plan, ..planned() };
    let id = new_campaign(&manager, campaign).await.id;
    schedule(&manager, &id).await;
    let refusal = launch(&manager, &id).await;
    let refusal = refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    assert!(
        refusal.message().contains("have the plan approved"),
        "{refusal}"
    );
}

async fn cancelled_campaign_says_why_and_stays_so(world: Arc<World>) {
    let manager = world.sign_in("u20").await.unwrap();
    let id = new_campaign(&manager, planned()).await.id;
    let request = CancelCampaignRequest {
        id: id.clone(),
        ..CancelCampaignRequest::default()
    };
    let silent = manager.campaigns().cancel_campaign(request.clone()).await;
    refused(silent, Code::InvalidArgument);
    let request = CancelCampaignRequest {
        reason: "the fair was called off".to_owned(),
        ..request
    };
    manager.campaigns().cancel_campaign(request).await.unwrap();
    let request = ScheduleCampaignRequest {
        id,
        ..ScheduleCampaignRequest::default()
    };
    let again = manager.campaigns().schedule_campaign(request).await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");
}

async fn what_runs_keeps_its_channel_and_takes_its_bills(world: Arc<World>) {
    let manager = world.sign_in("u20").await.unwrap();
    let id = new_campaign(&manager, planned()).await.id;
    schedule(&manager, &id).await;
    launch(&manager, &id).await.unwrap();
    let change = |path: &str| UpdateCampaignRequest {
        campaign: Some(Campaign {
            id: id.clone(),
            channel: 3,
            cost: Some(Money {
                currency: "CNY".to_owned(),
                amount_minor: 70_000,
            }),
            ..Campaign::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec![path.to_owned()],
        }),
        ..UpdateCampaignRequest::default()
    };
    let refusal = manager.campaigns().update_campaign(change("channel")).await;
    let refusal = refused_because(refusal, Code::FailedPrecondition, "WRONG_STATE");
    assert!(refusal.message().contains("`channel`"), "{refusal}");
    manager
        .campaigns()
        .update_campaign(change("cost"))
        .await
        .unwrap();
}

async fn amounts_of_a_campaign_are_hidden_from_sales(world: Arc<World>) {
    let (manager, sales, rep) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    let campaign = Campaign {
        budget: Some(Money {
            currency: "CNY".to_owned(),
            amount_minor: 1_000_000,
        }),
        ..planned()
    };
    let id = new_campaign(&manager, campaign).await.id;
    let request = GetCampaignRequest { id };
    let seen = sales.campaigns().get_campaign(request.clone()).await;
    let seen = seen.unwrap().into_inner().campaign.unwrap();
    assert_eq!(seen.budget, None);
    assert_eq!(seen.redacted_fields, ["budget", "cost"]);
    denied(rep.campaigns().get_campaign(request).await, "access");
}

fn planned() -> Campaign {
    Campaign {
        starts_at: Some(Timestamp {
            seconds: 1_798_761_600,
            nanos: 0,
        }),
        ..Campaign::default()
    }
}

async fn schedule(by: &Session, id: &str) {
    let request = ScheduleCampaignRequest {
        id: id.to_owned(),
        ..ScheduleCampaignRequest::default()
    };
    by.campaigns().schedule_campaign(request).await.unwrap();
}

async fn launch(by: &Session, id: &str) -> crate::ask::Outcome<LaunchCampaignResponse> {
    let request = LaunchCampaignRequest {
        id: id.to_owned(),
        ..LaunchCampaignRequest::default()
    };
    by.campaigns().launch_campaign(request).await
}
