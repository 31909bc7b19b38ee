//! Strategies and plans: made by one person, approved by another.

use crate::ask::unique;
use crate::expect::{denied, refused, refused_because};
use crate::marketing::{create, new_plan, plan_request};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    ActivateMarketingPlanRequest, ApproveMarketingPlanRequest, ApproveStrategyRequest,
    ArchiveMarketingPlanRequest, GetMarketingPlanRequest, HistoryAction,
    ListMarketingPlanHistoryRequest, ListMarketingPlansRequest, MarketingIndicator, MarketingPlan,
    MarketingPlanStatus, Money, ReturnMarketingPlanRequest, SubmitMarketingPlanRequest,
    SubmitStrategyRequest, TotalMode, UpdateMarketingPlanRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    plan_is_a_draft_until_another_person_approves_it,
    whoever_created_or_submitted_a_plan_does_not_approve_it,
    strategy_is_not_approved_by_who_submitted_it,
    submitted_plan_is_not_edited_until_it_is_returned,
    steps_out_of_turn_are_refused,
    callers_do_not_choose_state_or_hands,
    budget_is_hidden_from_who_may_not_read_amounts,
    plan_with_impossible_terms_is_refused_field_by_field,
    plan_is_approved_only_in_the_version_that_was_read,
);

/// Row 8 of the model: 制定市场策略.
async fn plan_is_a_draft_until_another_person_approves_it(world: Arc<World>) {
    let (author, manager) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let plan = new_plan(&author, MarketingPlan::default()).await;
    assert_eq!(plan.status(), MarketingPlanStatus::Draft);
    assert_eq!(plan.prepared_by, "u21");
    let plan = submit(&author, &plan.id).await;
    assert_eq!(plan.status(), MarketingPlanStatus::InApproval);
    // The specialist's role has no such function; see below for who has it.
    denied(approve(&author, &plan.id, "").await, "function");

    let approved = approve(&manager, &plan.id, "").await.unwrap().into_inner();
    let approved = approved.marketing_plan.unwrap();
    assert_eq!(approved.status(), MarketingPlanStatus::Approved);
    assert_eq!(
        (
            approved.submitted_by.as_str(),
            approved.approved_by.as_str()
        ),
        ("u21", "u20")
    );
    let request = ActivateMarketingPlanRequest {
        id: plan.id.clone(),
        ..ActivateMarketingPlanRequest::default()
    };
    let active = author
        .marketing_plans()
        .activate_marketing_plan(request)
        .await;
    let active = active.unwrap().into_inner().marketing_plan.unwrap();
    assert_eq!(active.status(), MarketingPlanStatus::Active);
    let request = ArchiveMarketingPlanRequest {
        id: plan.id,
        ..ArchiveMarketingPlanRequest::default()
    };
    let over = author
        .marketing_plans()
        .archive_marketing_plan(request)
        .await;
    let over = over.unwrap().into_inner().marketing_plan.unwrap();
    assert_eq!(over.status(), MarketingPlanStatus::Archived);
}

/// They hold the function and all data, and one of them every right: four eyes all the same.
async fn whoever_created_or_submitted_a_plan_does_not_approve_it(world: Arc<World>) {
    let (manager, admin, executive) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u01").await.unwrap(),
    );
    let plan = new_plan(&manager, MarketingPlan::default()).await.id;
    submit(&admin, &plan).await;
    let refusal = denied(approve(&manager, &plan, "").await, "restriction");
    assert!(
        format!("{refusal:?}").contains("another person"),
        "{refusal:?}"
    );
    denied(approve(&admin, &plan, "").await, "restriction");
    approve(&executive, &plan, "").await.unwrap();
}

async fn strategy_is_not_approved_by_who_submitted_it(world: Arc<World>) {
    let (manager, executive) = (
        world.sign_in("u20").await.unwrap(),
        world.sign_in("u01").await.unwrap(),
    );
    let admin = world.sign_in("u30").await.unwrap();
    let id = unique("strategy");
    create(&admin, "strategy", &id).await;
    let request = SubmitStrategyRequest {
        id: id.clone(),
        ..SubmitStrategyRequest::default()
    };
    manager.strategies().submit_strategy(request).await.unwrap();
    let request = ApproveStrategyRequest {
        id,
        ..ApproveStrategyRequest::default()
    };
    let own = manager.strategies().approve_strategy(request.clone()).await;
    denied(own, "restriction");
    executive
        .strategies()
        .approve_strategy(request)
        .await
        .unwrap();
}

async fn submitted_plan_is_not_edited_until_it_is_returned(world: Arc<World>) {
    let (author, manager) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let plan = new_plan(&author, MarketingPlan::default()).await.id;
    submit(&author, &plan).await;
    let refusal = refused_because(
        set_goal(&author, &plan, "more").await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    assert!(refusal.message().contains("`IN_APPROVAL`"), "{refusal}");
    let request = ReturnMarketingPlanRequest {
        id: plan.clone(),
        ..ReturnMarketingPlanRequest::default()
    };
    let silent = manager
        .marketing_plans()
        .return_marketing_plan(request.clone())
        .await;
    refused(silent, Code::InvalidArgument);
    let request = ReturnMarketingPlanRequest {
        reason: "the budget is missing".to_owned(),
        ..request
    };
    let returned = manager
        .marketing_plans()
        .return_marketing_plan(request)
        .await;
    let returned = returned.unwrap().into_inner().marketing_plan.unwrap();
    assert_eq!(returned.status(), MarketingPlanStatus::Draft);
    assert_eq!(returned.submitted_by, "");
    set_goal(&author, &plan, "more").await.unwrap();

    let request = ListMarketingPlanHistoryRequest {
        id: plan,
        ..ListMarketingPlanHistoryRequest::default()
    };
    let history = author
        .marketing_plans()
        .list_marketing_plan_history(request)
        .await;
    let entries = history.unwrap().into_inner().entries;
    assert_eq!(
        (entries[1].action(), entries[1].reason.as_str()),
        (HistoryAction::Advanced, "the budget is missing")
    );
}

async fn steps_out_of_turn_are_refused(world: Arc<World>) {
    let (author, manager) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let plan = new_plan(&author, MarketingPlan::default()).await.id;
    let early = approve(&manager, &plan, "").await;
    let refusal = refused_because(early, Code::FailedPrecondition, "WRONG_STATE");
    assert!(
        refusal
            .message()
            .contains("MARKETING_PLAN_STATUS_IN_APPROVAL"),
        "{refusal}"
    );
    submit(&author, &plan).await;
    let request = SubmitMarketingPlanRequest {
        id: plan,
        ..SubmitMarketingPlanRequest::default()
    };
    let again = author
        .marketing_plans()
        .submit_marketing_plan(request)
        .await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");
}

async fn callers_do_not_choose_state_or_hands(world: Arc<World>) {
    let author = world.sign_in("u21").await.unwrap();
    let forged = MarketingPlan {
        status: MarketingPlanStatus::Approved as i32,
        prepared_by: "u20".to_owned(),
        submitted_by: "u20".to_owned(),
        approved_by: "u20".to_owned(),
        ..MarketingPlan::default()
    };
    let plan = new_plan(&author, forged).await;
    assert_eq!(plan.status(), MarketingPlanStatus::Draft);
    let hands = [&plan.prepared_by, &plan.submitted_by, &plan.approved_by];
    assert_eq!(hands, ["u21", "", ""]);
    for field in ["status", "submitted_by"] {
        let request = UpdateMarketingPlanRequest {
            marketing_plan: Some(plan.clone()),
            update_mask: Some(mask(&[field])),
            ..UpdateMarketingPlanRequest::default()
        };
        let forged = author
            .marketing_plans()
            .update_marketing_plan(request)
            .await;
        refused(forged, Code::InvalidArgument);
    }
}

/// Sees the plan by a share, but no amounts.
async fn budget_is_hidden_from_who_may_not_read_amounts(world: Arc<World>) {
    let (author, finance) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u29").await.unwrap(),
    );
    let budget = Some(Money {
        currency: "CNY".to_owned(),
        amount_minor: 5_000_000,
    });
    let plan = MarketingPlan {
        budget,
        ..MarketingPlan::default()
    };
    let plan = new_plan(&author, plan).await;
    let request = GetMarketingPlanRequest {
        id: plan.id.clone(),
    };
    let seen = finance.marketing_plans().get_marketing_plan(request).await;
    let seen = seen.unwrap().into_inner().marketing_plan.unwrap();
    assert_eq!(seen.budget.unwrap().amount_minor, 5_000_000);
    // Finance reads amounts and changes none.
    let request = UpdateMarketingPlanRequest {
        marketing_plan: Some(MarketingPlan {
            id: plan.id.clone(),
            ..MarketingPlan::default()
        }),
        update_mask: Some(mask(&["budget"])),
        ..UpdateMarketingPlanRequest::default()
    };
    denied(
        finance
            .marketing_plans()
            .update_marketing_plan(request)
            .await,
        "function",
    );
    // Sales enters no plans at all.
    let sales = world.sign_in("u05").await.unwrap();
    let request = ListMarketingPlansRequest {
        total: TotalMode::None as i32,
        ..ListMarketingPlansRequest::default()
    };
    denied(
        sales.marketing_plans().list_marketing_plans(request).await,
        "access",
    );
}

async fn plan_with_impossible_terms_is_refused_field_by_field(world: Arc<World>) {
    let author = world.sign_in("u21").await.unwrap();
    let plan = MarketingPlan {
        starts_on: "2026-06-01".to_owned(),
        ends_on: "2026-05-31".to_owned(),
        currency: "RMB".to_owned(),
        indicators: vec![MarketingIndicator {
            target_hundredths: -1,
            ..MarketingIndicator::default()
        }],
        ..MarketingPlan::default()
    };
    let refusal = author
        .marketing_plans()
        .create_marketing_plan(plan_request(plan))
        .await;
    let refusal = format!("{:?}", refused(refusal, Code::InvalidArgument));
    for field in [
        "marketing_plan.ends_on",
        "marketing_plan.currency",
        "marketing_plan.indicators[0].display_name",
        "marketing_plan.indicators[0].target_hundredths",
    ] {
        assert!(refusal.contains(field), "{field}: {refusal}");
    }
    let unknown = MarketingPlan {
        strategy: "nobodys".to_owned(),
        ..MarketingPlan::default()
    };
    let refusal = author
        .marketing_plans()
        .create_marketing_plan(plan_request(unknown))
        .await;
    refused(refusal, Code::InvalidArgument);
}

async fn plan_is_approved_only_in_the_version_that_was_read(world: Arc<World>) {
    let (author, manager) = (
        world.sign_in("u21").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let read = new_plan(&author, MarketingPlan::default()).await;
    submit(&author, &read.id).await;
    refused_because(
        approve(&manager, &read.id, &read.etag).await,
        Code::Aborted,
        "ETAG_STALE",
    );
}

async fn submit(by: &Session, id: &str) -> MarketingPlan {
    let request = SubmitMarketingPlanRequest {
        id: id.to_owned(),
        ..SubmitMarketingPlanRequest::default()
    };
    let submitted = by.marketing_plans().submit_marketing_plan(request).await;
    submitted.unwrap().into_inner().marketing_plan.unwrap()
}

async fn approve(
    by: &Session,
    id: &str,
    etag: &str,
) -> crate::ask::Outcome<menshen_proto::crm::v1::ApproveMarketingPlanResponse> {
    let request = ApproveMarketingPlanRequest {
        id: id.to_owned(),
        etag: etag.to_owned(),
        ..ApproveMarketingPlanRequest::default()
    };
    by.marketing_plans().approve_marketing_plan(request).await
}

async fn set_goal(
    by: &Session,
    id: &str,
    goal: &str,
) -> crate::ask::Outcome<menshen_proto::crm::v1::UpdateMarketingPlanResponse> {
    let request = UpdateMarketingPlanRequest {
        marketing_plan: Some(MarketingPlan {
            id: id.to_owned(),
            goal: goal.to_owned(),
            ..MarketingPlan::default()
        }),
        update_mask: Some(mask(&["goal"])),
        ..UpdateMarketingPlanRequest::default()
    };
    by.marketing_plans().update_marketing_plan(request).await
}

fn mask(paths: &[&str]) -> FieldMask {
    FieldMask {
        paths: paths.iter().map(ToString::to_string).collect(),
    }
}
