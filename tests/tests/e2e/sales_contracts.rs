//! Contracts: nobody approves what they made, and one pair of eyes is not enough.

use crate::ask::own_customer;
use crate::expect::{denied, refused, refused_because};
use crate::sales_ask::{act, act_because, call, done, made, text};
use e2e::session::Session;
use e2e::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    s15_maker_of_a_contract_does_not_approve_it_and_finance_does,
    contract_takes_two_approvals_of_which_finance_gives_the_last,
    contract_in_force_is_amended_and_ended_only_by_who_may,
    payment_plan_makes_the_amount,
);

const SUBMIT: &str = "ContractService/SubmitContract";
const APPROVE: &str = "ContractService/ApproveContract";
const SIGN: &str = "ContractService/SignContract";
const END: &str = "ContractService/TerminateContract";
const UPDATE: &str = "ContractService/UpdateContract";

async fn contract(by: &Session) -> String {
    let customer = own_customer(by).await.id;
    let contract = json!({
        "customer": customer, "displayName": "年度框架合同", "amount": { "amountMinor": 900 },
    });
    let made = made(by, "Contract", "contract", contract).await;
    text(&made, "id").to_owned()
}

async fn submitted(by: &Session) -> String {
    let id = contract(by).await;
    act(by, SUBMIT, &id).await.unwrap();
    id
}

async fn status(by: &Session, id: &str) -> String {
    let answer = done(by, "ContractService/GetContract", json!({ "id": id })).await;
    text(&answer["contract"], "status").to_owned()
}

async fn s15_maker_of_a_contract_does_not_approve_it_and_finance_does(world: Arc<World>) {
    let (director, finance) = (
        world.sign_in("u02").await.unwrap(),
        world.sign_in("u28").await.unwrap(),
    );
    let id = submitted(&director).await;
    denied(act(&director, APPROVE, &id).await, "restriction");
    act(&finance, APPROVE, &id).await.unwrap();
    // Once is not twice.
    denied(act(&finance, APPROVE, &id).await, "restriction");
    assert_eq!(status(&director, &id).await, "CONTRACT_STATUS_IN_APPROVAL");
}

async fn contract_takes_two_approvals_of_which_finance_gives_the_last(world: Arc<World>) {
    let (rep, director) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
    );
    let (first, last) = (
        world.sign_in("u28").await.unwrap(),
        world.sign_in("u29").await.unwrap(),
    );
    let id = submitted(&rep).await;
    denied(act(&rep, APPROVE, &id).await, "function");
    act(&director, APPROVE, &id).await.unwrap();
    denied(act(&director, APPROVE, &id).await, "restriction");
    act(&last, APPROVE, &id).await.unwrap();
    assert_eq!(status(&rep, &id).await, "CONTRACT_STATUS_APPROVED");

    let other = submitted(&rep).await;
    act(&first, APPROVE, &other).await.unwrap();
    denied(act(&director, APPROVE, &other).await, "function");
    assert_eq!(status(&rep, &other).await, "CONTRACT_STATUS_IN_APPROVAL");

    // A refusal takes the first approval with it.
    let back = act_because(
        &last,
        "ContractService/RejectContract",
        &other,
        "wrong price",
    )
    .await;
    let back = back.unwrap().into_inner();
    assert_eq!(
        (
            text(&back["contract"], "status"),
            text(&back["contract"], "firstApprovedBy")
        ),
        ("CONTRACT_STATUS_DRAFT", "")
    );
}

async fn contract_in_force_is_amended_and_ended_only_by_who_may(world: Arc<World>) {
    let (rep, director, finance) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
        world.sign_in("u29").await.unwrap(),
    );
    let id = submitted(&rep).await;
    refused(act(&director, SIGN, &id).await, Code::FailedPrecondition);
    act(&director, APPROVE, &id).await.unwrap();
    act(&finance, APPROVE, &id).await.unwrap();
    denied(act(&rep, SIGN, &id).await, "function");
    let future = json!({ "id": id, "signDate": "2199-01-01" });
    refused(call(&director, SIGN, future).await, Code::InvalidArgument);
    let signed = json!({ "id": id, "signDate": "2026-01-05" });
    let signed = done(&director, SIGN, signed).await;
    assert_eq!(text(&signed["contract"], "signDate"), "2026-01-05");

    let update = json!({ "contract": { "id": id, "terms": "x" }, "updateMask": "terms" });
    refused_because(
        call(&rep, "ContractService/UpdateContract", update.clone()).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    denied(act_because(&rep, END, &id, "they left").await, "function");
    refused(
        act(&rep, "ContractService/ExpireContract", &id).await,
        Code::FailedPrecondition,
    );
    let amended = act_because(&rep, "ContractService/AmendContract", &id, "more pieces").await;
    let amended: Value = amended.unwrap().into_inner();
    assert_eq!(
        (
            text(&amended["contract"], "status"),
            &amended["contract"]["revision"]
        ),
        ("CONTRACT_STATUS_DRAFT", &json!(2))
    );
    done(&rep, "ContractService/UpdateContract", update).await;
    for (who, method) in [
        (&rep, SUBMIT),
        (&director, APPROVE),
        (&finance, APPROVE),
        (&director, SIGN),
    ] {
        act(who, method, &id).await.unwrap();
    }
    act_because(&director, END, &id, "they left").await.unwrap();
    assert_eq!(status(&rep, &id).await, "CONTRACT_STATUS_TERMINATED");
}

async fn payment_plan_makes_the_amount(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let id = contract(&rep).await;
    let plan = |last: i64| {
        let part =
            |on: &str, minor: i64| json!({ "dueOn": on, "amount": { "amountMinor": minor } });
        json!({
            "contract": { "id": id, "paymentPlan": [part("2026-03-31", 400), part("2026-06-30", last)] },
            "updateMask": "paymentPlan",
        })
    };
    refused(call(&rep, UPDATE, plan(400)).await, Code::InvalidArgument);
    done(&rep, UPDATE, plan(500)).await;
    let plain = contract(&rep).await;
    let bare = json!({ "contract": { "id": plain }, "updateMask": "amount" });
    done(&rep, UPDATE, bare).await;
    refused(act(&rep, SUBMIT, &plain).await, Code::FailedPrecondition);
}
