//! Pipelines, products and price books: everybody in sales reads them, few change them.

use crate::ask::{own_customer, unique};
use crate::expect::{denied, refused};
use crate::sales_ask::{act, call, done, made, text};
use e2e::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    standard_pipeline_is_there_from_the_beginning,
    stage_in_which_an_opportunity_stands_stays,
    pipeline_that_leads_nowhere_is_refused,
    product_hides_its_floor_price_from_who_sells_it,
    price_book_names_products_that_there_are,
);

async fn standard_pipeline_is_there_from_the_beginning(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let request = json!({ "id": "standard" });
    let answer = done(&rep, "PipelineService/GetPipeline", request).await;
    let stages = answer["pipeline"]["stages"].as_array().unwrap().iter();
    let keys: Vec<&str> = stages.map(|stage| text(stage, "key")).collect();
    assert_eq!(
        keys,
        ["prospecting", "qualification", "proposal", "negotiation"]
    );
    let update = json!({
        "pipeline": { "id": "standard", "displayName": "mine" }, "updateMask": "displayName",
    });
    denied(
        call(&rep, "PipelineService/UpdatePipeline", update).await,
        "function",
    );
}

fn pipeline(stages: &Value) -> Value {
    json!({ "displayName": "短流程", "stages": stages })
}

async fn stage_in_which_an_opportunity_stands_stays(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let both = json!([
        { "key": "talk", "displayName": "Talk", "next": ["deal"] },
        { "key": "deal", "displayName": "Deal", "canWin": true },
    ]);
    let made_pipeline = made(&admin, "Pipeline", "pipeline", pipeline(&both)).await;
    let id = text(&made_pipeline, "id");
    let customer = own_customer(&admin).await.id;
    let sale = json!({ "customer": customer, "displayName": "x", "pipeline": id });
    let sale = made(&admin, "Opportunity", "opportunity", sale).await;
    assert_eq!(text(&sale, "stage"), "talk");
    let stages = json!([{ "key": "deal", "displayName": "Deal", "canWin": true }]);
    let update = json!({ "pipeline": { "id": id, "stages": stages }, "updateMask": "stages" });
    let refusal = refused(
        call(&admin, "PipelineService/UpdatePipeline", update).await,
        Code::FailedPrecondition,
    );
    assert!(refusal.message().contains("`talk`"), "{refusal:?}");
}

async fn pipeline_that_leads_nowhere_is_refused(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let wrong = [
        json!([]),
        json!([{ "key": "a", "displayName": "A", "next": ["b"] }]),
        json!([{ "key": "a", "displayName": "A" }, { "key": "a", "displayName": "B" }]),
        json!([{ "key": "a", "displayName": "A", "requiredFields": ["owner"] }]),
        json!([{ "key": "A b", "displayName": "A" }]),
    ];
    for stages in wrong {
        let request = json!({ "pipeline": pipeline(&stages) });
        refused(
            call(&admin, "PipelineService/CreatePipeline", request).await,
            Code::InvalidArgument,
        );
    }
}

async fn product_hides_its_floor_price_from_who_sells_it(world: Arc<World>) {
    let (admin, rep) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    let sku = unique("sku");
    let product = json!({
        "displayName": "机械臂", "sku": sku, "listPrice": { "amountMinor": 900 },
        "floorPrice": { "amountMinor": 700 },
    });
    let made = made(&admin, "Product", "product", product.clone()).await;
    let id = text(&made, "id");
    let seen = act(&rep, "ProductService/GetProduct", id).await.unwrap();
    let seen = seen.into_inner();
    assert_eq!(seen["product"]["listPrice"]["amountMinor"], json!("900"));
    assert_eq!(seen["product"]["redactedFields"], json!(["floor_price"]));
    // No two have one number.
    refused(
        call(
            &admin,
            "ProductService/CreateProduct",
            json!({ "product": product }),
        )
        .await,
        Code::InvalidArgument,
    );
    // What is sold no more is in no new line.
    let retire = json!({
        "product": { "id": id, "status": "PRODUCT_STATUS_RETIRED" }, "updateMask": "status",
    });
    done(&admin, "ProductService/UpdateProduct", retire).await;
    let customer = own_customer(&rep).await.id;
    let line = json!({ "product": id, "quantity": 1, "unitPrice": { "amountMinor": 900 } });
    let sale = json!({ "customer": customer, "displayName": "x", "lines": [line] });
    let request = json!({ "opportunity": sale });
    refused(
        call(&rep, "OpportunityService/CreateOpportunity", request).await,
        Code::InvalidArgument,
    );
}

async fn price_book_names_products_that_there_are(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let product = json!({ "displayName": "x", "sku": unique("sku") });
    let product = made(&admin, "Product", "product", product).await;
    let entry = |product: &str| json!({ "product": product, "price": { "amountMinor": 5 } });
    let book = json!({ "displayName": "代理商", "entries": [entry(text(&product, "id"))] });
    let book = made(&admin, "PriceBook", "priceBook", book).await;
    assert_eq!(text(&book["entries"][0]["price"], "currency"), "CNY");
    let wrong = json!({ "priceBook": { "displayName": "x", "entries": [entry("none")] } });
    refused(
        call(&admin, "PriceBookService/CreatePriceBook", wrong).await,
        Code::InvalidArgument,
    );
}
