//! Leads: the steps of their life, and who sees how to reach them.

use crate::expect::{denied, refused, refused_because};
use crate::sales_ask::{act, act_because, call, done, lead, text};
use e2e::world::World;
use serde_json::json;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    lead_walks_its_life_and_no_other_way,
    transferring_a_new_lead_assigns_it,
    lead_hides_its_channels_from_marketing,
);

async fn lead_walks_its_life_and_no_other_way(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let made = lead(&rep).await;
    assert_eq!(text(&made, "status"), "LEAD_STATUS_NEW");
    let id = text(&made, "id");
    refused_because(
        act(&rep, "LeadService/QualifyLead", id).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    act(&rep, "LeadService/StartLead", id).await.unwrap();
    refused(
        act(&rep, "LeadService/DisqualifyLead", id).await,
        Code::InvalidArgument,
    );
    act_because(&rep, "LeadService/DisqualifyLead", id, "no budget")
        .await
        .unwrap();
    act(&rep, "LeadService/RecycleLead", id).await.unwrap();
    // Reopening is a function that a representative lacks.
    denied(act(&rep, "LeadService/ReopenLead", id).await, "function");
    let manager = world.sign_in("u03").await.unwrap();
    let reopened = act(&manager, "LeadService/ReopenLead", id).await.unwrap();
    let reopened = reopened.into_inner();
    assert_eq!(text(&reopened["lead"], "status"), "LEAD_STATUS_NEW");

    let history = done(&rep, "LeadService/ListLeadHistory", json!({ "id": id })).await;
    let reasons = history["entries"].as_array().unwrap().iter();
    let reasons: Vec<&str> = reasons.map(|entry| text(entry, "reason")).collect();
    assert_eq!(reasons, ["", "", "no budget", "", ""]);
}

async fn transferring_a_new_lead_assigns_it(world: Arc<World>) {
    let (rep, leader) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u04").await.unwrap(),
    );
    let made = lead(&rep).await;
    let request = json!({ "id": text(&made, "id"), "owner": "u06" });
    let given = done(&leader, "LeadService/TransferLead", request).await;
    assert_eq!(text(&given["lead"], "owner"), "u06");
    assert_eq!(text(&given["lead"], "status"), "LEAD_STATUS_ASSIGNED");
    refused(
        act(&rep, "LeadService/GetLead", text(&made, "id")).await,
        Code::NotFound,
    );
}

async fn lead_hides_its_channels_from_marketing(world: Arc<World>) {
    let (rep, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let made = lead(&rep).await;
    let request = json!({ "id": text(&made, "id") });
    let seen = done(&marketing, "LeadService/GetLead", request).await;
    assert_eq!(text(&seen["lead"], "company"), "海川精工");
    assert_eq!(text(&seen["lead"], "mobile"), "");
    let redacted = seen["lead"]["redactedFields"].as_array().unwrap();
    assert!(redacted.contains(&json!("mobile")), "{redacted:?}");
    let filtered = json!({ "filter": "mobile = \"199-0000-0007\"" });
    denied(
        call(&marketing, "LeadService/ListLeads", filtered).await,
        "field",
    );
}
