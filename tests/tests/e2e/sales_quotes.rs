//! Quotes: who approves which, and what a change of an approved one makes.

use crate::ask::own_customer;
use crate::expect::{denied, refused, refused_because};
use crate::sales_ask::{act, act_because, call, done, made, opportunity, text};
use e2e::session::Session;
use e2e::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    quote_is_approved_by_somebody_who_did_not_make_it,
    change_of_an_approved_quote_makes_a_new_draft,
    manager_approves_discounts_up_to_a_fifth_and_the_director_above,
    quote_that_was_sent_is_accepted_in_time_only,
);

/// A quote of the caller's own, for two pieces at 5.00, with this discount on the whole.
async fn quote(by: &Session, discount_basis_points: i32) -> String {
    quote_with(by, json!({ "discountBasisPoints": discount_basis_points })).await
}

async fn quote_with(by: &Session, further: Value) -> String {
    let customer = own_customer(by).await.id;
    let sale = opportunity(by, &customer).await;
    let line = json!({
        "description": "robot arm", "quantity": 2, "unitPrice": { "amountMinor": 500 },
    });
    let mut quote = json!({
        "opportunity": text(&sale, "id"), "displayName": "报价一", "lines": [line],
    });
    for (field, value) in further.as_object().unwrap() {
        quote[field] = value.clone();
    }
    let made = made(by, "Quote", "quote", quote).await;
    text(&made, "id").to_owned()
}

async fn status(by: &Session, id: &str) -> String {
    let answer = done(by, "QuoteService/GetQuote", json!({ "id": id })).await;
    text(&answer["quote"], "status").to_owned()
}

const SUBMIT: &str = "QuoteService/SubmitQuote";
const APPROVE: &str = "QuoteService/ApproveQuote";

async fn quote_is_approved_by_somebody_who_did_not_make_it(world: Arc<World>) {
    let (rep, manager, director) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
    );
    let id = quote(&rep, 0).await;
    act(&rep, SUBMIT, &id).await.unwrap();
    denied(act(&rep, APPROVE, &id).await, "function");
    act(&manager, APPROVE, &id).await.unwrap();
    assert_eq!(status(&rep, &id).await, "QUOTE_STATUS_APPROVED");

    // The manager's own, and one that the manager changed, are for somebody else.
    let own = quote(&manager, 0).await;
    act(&manager, SUBMIT, &own).await.unwrap();
    denied(act(&manager, APPROVE, &own).await, "restriction");
    act(&director, APPROVE, &own).await.unwrap();
    let changed = quote(&rep, 0).await;
    let terms = json!({ "quote": { "id": changed, "terms": "30 days" }, "updateMask": "terms" });
    done(&manager, "QuoteService/UpdateQuote", terms).await;
    act(&rep, SUBMIT, &changed).await.unwrap();
    denied(act(&manager, APPROVE, &changed).await, "restriction");
    let rejected = act_because(&director, "QuoteService/RejectQuote", &changed, "too long").await;
    assert_eq!(
        text(&rejected.unwrap().into_inner()["quote"], "status"),
        "QUOTE_STATUS_REJECTED"
    );
}

async fn change_of_an_approved_quote_makes_a_new_draft(world: Arc<World>) {
    let (rep, manager) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let id = quote(&rep, 1_000).await;
    act(&rep, SUBMIT, &id).await.unwrap();
    let change = json!({
        "quote": { "id": id, "discountBasisPoints": 500 }, "updateMask": "discountBasisPoints",
    });
    refused_because(
        call(&rep, "QuoteService/UpdateQuote", change.clone()).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    act(&manager, APPROVE, &id).await.unwrap();
    let changed = done(&rep, "QuoteService/UpdateQuote", change).await;
    let quote = &changed["quote"];
    assert_eq!(
        (
            text(quote, "status"),
            &quote["revision"],
            text(quote, "approvedBy")
        ),
        ("QUOTE_STATUS_DRAFT", &json!(2), "")
    );
    assert_eq!(quote["amount"]["amountMinor"], json!("950"));
    // History keeps the one that was approved.
    let history = json!({ "id": id });
    let history = done(&rep, "QuoteService/ListQuoteHistory", history).await;
    let approved = &history["entries"][1]["after"];
    assert_eq!(approved["amount"]["amountMinor"], json!("900"));
    assert_eq!(text(approved, "approvedBy"), "u03");
}

async fn manager_approves_discounts_up_to_a_fifth_and_the_director_above(world: Arc<World>) {
    let (rep, manager, director) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
        world.sign_in("u02").await.unwrap(),
    );
    let (fifth, above) = (quote(&rep, 2_000).await, quote(&rep, 2_010).await);
    for id in [&fifth, &above] {
        act(&rep, SUBMIT, id).await.unwrap();
    }
    act(&manager, APPROVE, &fifth).await.unwrap();
    denied(act(&manager, APPROVE, &above).await, "function");
    assert_eq!(status(&rep, &above).await, "QUOTE_STATUS_IN_REVIEW");
    act(&director, APPROVE, &above).await.unwrap();
}

async fn quote_that_was_sent_is_accepted_in_time_only(world: Arc<World>) {
    let (rep, manager) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u03").await.unwrap(),
    );
    let approved = async |valid_until: &str| {
        let id = quote_with(&rep, json!({ "validUntil": valid_until })).await;
        act(&rep, SUBMIT, &id).await.unwrap();
        act(&manager, APPROVE, &id).await.unwrap();
        id
    };
    let late = approved("2020-01-01").await;
    refused(
        act(&rep, "QuoteService/SendQuote", &late).await,
        Code::FailedPrecondition,
    );
    let id = approved("2199-12-31").await;
    act(&rep, "QuoteService/SendQuote", &id).await.unwrap();
    refused(
        act(&rep, "QuoteService/ExpireQuote", &id).await,
        Code::FailedPrecondition,
    );
    act(&rep, "QuoteService/AcceptQuote", &id).await.unwrap();
    refused(
        act_because(&rep, "QuoteService/VoidQuote", &id, "oops").await,
        Code::FailedPrecondition,
    );
    let customer = own_customer(&rep).await.id;
    let sale = opportunity(&rep, &customer).await;
    let empty = json!({ "opportunity": text(&sale, "id"), "displayName": "x" });
    let empty = made(&rep, "Quote", "quote", empty).await;
    refused(
        act(&rep, SUBMIT, text(&empty, "id")).await,
        Code::FailedPrecondition,
    );
}
