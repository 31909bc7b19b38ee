//! Opportunities: their way through the pipeline, who sells them, who sees them.

use crate::ask::own_customer;
use crate::expect::{denied, refused, refused_because};
use crate::sales_ask::{act, act_because, advance, call, done, made, opportunity, text};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{DeleteCustomerRequest, ShareCustomerRequest, ShareLevel};
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    stage_moves_legally_and_what_is_won_is_reopened_only_by_who_may,
    illegal_jump_of_a_stage_is_refused,
    junior_creates_and_reads_opportunities_and_updates_none,
    member_for_writing_updates_and_is_out_at_once,
    parts_of_an_opportunity_make_a_whole,
    t18_owner_of_the_customer_reads_its_opportunities_and_nobody_else_of_it,
    t39_opportunity_goes_and_comes_with_its_customer,
    lines_add_up_to_the_amount_which_marketing_does_not_see,
);

const GET: &str = "OpportunityService/GetOpportunity";
const WIN: &str = "OpportunityService/WinOpportunity";
const REOPEN: &str = "OpportunityService/ReopenOpportunity";
const LOSE: &str = "OpportunityService/LoseOpportunity";
const ADD: &str = "OpportunityService/AddOpportunityMember";
const SET: &str = "OpportunityService/SetOpportunitySplits";

async fn own_opportunity(by: &Session) -> String {
    let customer = own_customer(by).await.id;
    text(&opportunity(by, &customer).await, "id").to_owned()
}

async fn read(by: &Session, id: &str) -> Value {
    let mut answer = done(by, GET, json!({ "id": id })).await;
    answer["opportunity"].take()
}

async fn rename(by: &Session, id: &str) -> crate::ask::Outcome<Value> {
    let request = json!({
        "opportunity": { "id": id, "displayName": "renamed" }, "updateMask": "displayName",
    });
    call(by, "OpportunityService/UpdateOpportunity", request).await
}

async fn stage_moves_legally_and_what_is_won_is_reopened_only_by_who_may(world: Arc<World>) {
    let (rep, manager) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let id = own_opportunity(&rep).await;
    for stage in ["qualification", "proposal", "negotiation"] {
        advance(&rep, &id, stage).await.unwrap();
    }
    assert_eq!(read(&rep, &id).await["probability"], json!(75));
    act(&rep, WIN, &id).await.unwrap();
    let won = read(&rep, &id).await;
    assert_eq!(text(&won, "category"), "OPPORTUNITY_CATEGORY_CLOSED");
    refused(rename(&rep, &id).await, Code::FailedPrecondition);

    denied(
        act_because(&rep, REOPEN, &id, "they want more").await,
        "function",
    );
    refused(act(&manager, REOPEN, &id).await, Code::InvalidArgument);
    act_because(&manager, REOPEN, &id, "they want more")
        .await
        .unwrap();
    let open = read(&rep, &id).await;
    assert_eq!(
        (text(&open, "status"), text(&open, "stage")),
        ("OPPORTUNITY_STATUS_OPEN", "qualification")
    );
}

async fn illegal_jump_of_a_stage_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let id = own_opportunity(&rep).await;
    for stage in ["negotiation", "prospecting"] {
        refused_because(
            advance(&rep, &id, stage).await,
            Code::FailedPrecondition,
            "WRONG_STATE",
        );
    }
    refused(advance(&rep, &id, "heaven").await, Code::InvalidArgument);
    // Nothing is won in its first stage, but it may be lost there; for what reason must be said.
    refused(act(&rep, WIN, &id).await, Code::FailedPrecondition);
    refused(act(&rep, LOSE, &id).await, Code::InvalidArgument);
    let lost = json!({ "id": id, "lossReason": "too expensive" });
    done(&rep, LOSE, lost).await;
    refused(
        advance(&rep, &id, "qualification").await,
        Code::FailedPrecondition,
    );

    // A stage asks for what it requires.
    let customer = own_customer(&rep).await.id;
    let bare = json!({ "customer": customer, "displayName": "x" });
    let bare = made(&rep, "Opportunity", "opportunity", bare).await;
    advance(&rep, text(&bare, "id"), "qualification")
        .await
        .unwrap();
    let missing = refused(
        advance(&rep, text(&bare, "id"), "proposal").await,
        Code::FailedPrecondition,
    );
    assert!(missing.message().contains("`amount`"), "{missing:?}");
}

async fn junior_creates_and_reads_opportunities_and_updates_none(world: Arc<World>) {
    let junior = world.sign_in("u07").await.unwrap();
    let id = own_opportunity(&junior).await;
    read(&junior, &id).await;
    denied(rename(&junior, &id).await, "function");
    denied(advance(&junior, &id, "qualification").await, "function");
}

async fn member_for_writing_updates_and_is_out_at_once(world: Arc<World>) {
    let (rep, helper) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u18").await.unwrap(),
    );
    let id = own_opportunity(&rep).await;
    refused(act(&helper, GET, &id).await, Code::NotFound);
    let member =
        |level: &str| json!({ "id": id, "user": "u18", "role": "presales", "level": level });
    done(&rep, ADD, member("SHARE_LEVEL_READ")).await;
    read(&helper, &id).await;
    denied(rename(&helper, &id).await, "data");
    done(&rep, ADD, member("SHARE_LEVEL_WRITE")).await;
    rename(&helper, &id).await.unwrap();
    // Who was added adds nobody.
    let third = json!({ "id": id, "user": "u15", "level": "SHARE_LEVEL_READ" });
    denied(call(&helper, ADD, third).await, "data");
    let listed = json!({ "filter": "display_name = \"renamed\"" });
    let listed = done(&helper, "OpportunityService/ListOpportunities", listed).await;
    let listed = listed["opportunities"].as_array().unwrap();
    assert!(listed.iter().any(|one| text(one, "id") == id));

    let remove = json!({ "id": id, "user": "u18" });
    done(&rep, "OpportunityService/RemoveOpportunityMember", remove).await;
    refused(act(&helper, GET, &id).await, Code::NotFound);
    refused(rename(&helper, &id).await, Code::NotFound);
}

async fn parts_of_an_opportunity_make_a_whole(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let id = own_opportunity(&rep).await;
    let member = json!({ "id": id, "user": "u06", "level": "SHARE_LEVEL_READ" });
    done(&rep, "OpportunityService/AddOpportunityMember", member).await;
    let parts = |own: i32, other: i32| {
        json!({ "id": id, "splits": [
            { "user": "u05", "basisPoints": own }, { "user": "u06", "basisPoints": other },
        ]})
    };
    refused(
        call(&rep, SET, parts(7_000, 2_000)).await,
        Code::InvalidArgument,
    );
    done(&rep, SET, parts(7_000, 3_000)).await;
    let remove = json!({ "id": id, "user": "u06" });
    refused(
        call(&rep, "OpportunityService/RemoveOpportunityMember", remove).await,
        Code::FailedPrecondition,
    );
    let listed = act(&rep, "OpportunityService/ListOpportunityMembers", &id).await;
    let listed = listed.unwrap().into_inner();
    assert_eq!(listed["splits"][1]["basisPoints"], json!(3_000));
    assert_eq!(text(&listed["members"][0], "user"), "u06");
}

async fn t18_owner_of_the_customer_reads_its_opportunities_and_nobody_else_of_it(
    world: Arc<World>,
) {
    let (rep, admin, colleague) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u06").await.unwrap(),
    );
    let customer = own_customer(&rep).await.id;
    let id = text(&opportunity(&admin, &customer).await, "id").to_owned();
    assert_eq!(text(&read(&rep, &id).await, "owner"), "u30");
    denied(rename(&rep, &id).await, "data");
    // A colleague to whom the customer is open does not see what somebody else sells to it.
    let share = ShareCustomerRequest {
        id: customer.clone(),
        subject: "user:u06".to_owned(),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareCustomerRequest::default()
    };
    rep.customers().share_customer(share).await.unwrap();
    act(&colleague, "CustomerService/GetCustomer", &customer)
        .await
        .unwrap();
    refused(act(&colleague, GET, &id).await, Code::NotFound);
}

async fn t39_opportunity_goes_and_comes_with_its_customer(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let customer = own_customer(&admin).await.id;
    let id = text(&opportunity(&admin, &customer).await, "id").to_owned();
    let delete = DeleteCustomerRequest {
        id: customer.clone(),
        ..DeleteCustomerRequest::default()
    };
    admin.customers().delete_customer(delete).await.unwrap();
    refused(act(&admin, GET, &id).await, Code::NotFound);
    let restore = json!({ "id": customer });
    done(&admin, "CustomerService/RestoreCustomer", restore).await;
    read(&admin, &id).await;
}

async fn lines_add_up_to_the_amount_which_marketing_does_not_see(world: Arc<World>) {
    let (rep, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let id = own_opportunity(&rep).await;
    let line = json!({
        "description": "robot arm", "quantity": 2, "unitPrice": { "amountMinor": 500 },
        "discountBasisPoints": 1_000,
    });
    let update = json!({ "opportunity": { "id": id, "lines": [line] }, "updateMask": "lines" });
    done(&rep, "OpportunityService/UpdateOpportunity", update).await;
    assert_eq!(read(&rep, &id).await["amount"]["amountMinor"], json!("900"));
    let seen = read(&marketing, &id).await;
    assert_eq!(text(&seen, "stage"), "prospecting");
    assert_eq!(
        (&seen["amount"], &seen["lines"]),
        (&Value::Null, &Value::Null)
    );
    for question in ["amount.amount_minor > 5", "loss_reason = \"x\""] {
        let filtered = json!({ "filter": question });
        denied(
            call(&marketing, "OpportunityService/ListOpportunities", filtered).await,
            "field",
        );
    }
}
