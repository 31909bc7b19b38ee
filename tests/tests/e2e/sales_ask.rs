//! Calls about sales, as grpcurl makes them: requests and answers are JSON.

use crate::ask::Outcome;
use e2e::dynamic;
use e2e::session::Session;
use serde_json::{Value, json};
use tonic::Response;

/// Calls `LeadService/StartLead` with a request in JSON.
pub(crate) async fn call(by: &Session, method: &str, request: Value) -> Outcome<Value> {
    let (service, name) = method.split_once('/').unwrap();
    let method = dynamic::method(&format!("menshen.crm.v1.{service}"), name).unwrap();
    let request = dynamic::from_json(method.input(), &request.to_string()).unwrap();
    let answer = dynamic::call(by.crm_channel(), &method, request).await?;
    let text = dynamic::to_json(&answer.into_inner()).unwrap();
    Ok(Response::new(serde_json::from_str(&text).unwrap()))
}

/// The answer of a call that must succeed.
pub(crate) async fn done(by: &Session, method: &str, request: Value) -> Value {
    let answer = call(by, method, request.clone()).await;
    match answer {
        Ok(answer) => answer.into_inner(),
        Err(status) => panic!("{method} {request}: {status:?}"),
    }
}

/// A record of a kind, made with these fields by its own method. `Lead`, `lead`.
pub(crate) async fn made(by: &Session, kind: &str, field: &str, record: Value) -> Value {
    let request = json!({ field: record });
    let answer = done(by, &format!("{kind}Service/Create{kind}"), request).await;
    answer[field].clone()
}

/// Asks a method that takes an id and answers with a record.
pub(crate) async fn act(by: &Session, method: &str, id: &str) -> Outcome<Value> {
    call(by, method, json!({ "id": id })).await
}

/// The same, with a reason.
pub(crate) async fn act_because(
    by: &Session,
    method: &str,
    id: &str,
    reason: &str,
) -> Outcome<Value> {
    call(by, method, json!({ "id": id, "reason": reason })).await
}

/// The text of a field.
pub(crate) fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

/// A lead of the caller's own.
pub(crate) async fn lead(by: &Session) -> Value {
    let lead = json!({
        "displayName": "赵先生", "company": "海川精工", "mobile": "199-0000-0007",
        "email": "zhao@haichuan.example", "phone": "199-0000-0008", "source": "fair",
    });
    made(by, "Lead", "lead", lead).await
}

/// A lead of the caller's own, worth selling to.
pub(crate) async fn qualified_lead(by: &Session) -> String {
    let id = text(&lead(by).await, "id").to_owned();
    act(by, "LeadService/StartLead", &id).await.unwrap();
    act(by, "LeadService/QualifyLead", &id).await.unwrap();
    id
}

/// An opportunity of the caller's own, of this customer, worth 5,000.00.
pub(crate) async fn opportunity(by: &Session, customer: &str) -> Value {
    let opportunity = json!({
        "customer": customer, "displayName": "六轴机器人产线", "amount": { "amountMinor": 500_000 },
        "closeDate": "2026-12-20",
    });
    made(by, "Opportunity", "opportunity", opportunity).await
}

/// Puts an opportunity into a stage.
pub(crate) async fn advance(by: &Session, id: &str, stage: &str) -> Outcome<Value> {
    let request = json!({ "id": id, "stage": stage });
    call(by, "OpportunityService/AdvanceOpportunity", request).await
}

/// A record for who asks what is not there; see `absent.rs`.
pub(crate) async fn hidden(owner: &Session, kind: &str, customer: &str, id: &str) {
    let (name, record) = match kind {
        "lead" => ("Lead", json!({ "displayName": "x" })),
        "pipeline" => {
            let stages = json!([{ "key": "only", "displayName": "Only", "canWin": true }]);
            ("Pipeline", json!({ "displayName": "x", "stages": stages }))
        }
        "product" => ("Product", json!({ "displayName": "x", "sku": id })),
        "price_book" => ("PriceBook", json!({ "displayName": "x" })),
        "opportunity" => (
            "Opportunity",
            json!({ "displayName": "x", "customer": customer }),
        ),
        "quote" => {
            let sale = opportunity(owner, customer).await;
            let sale = text(&sale, "id");
            ("Quote", json!({ "displayName": "x", "opportunity": sale }))
        }
        "contract" => (
            "Contract",
            json!({ "displayName": "x", "customer": customer }),
        ),
        other => panic!("no `{other}` is made here yet"),
    };
    let request = json!({ kind: record, format!("{kind}_id"): id });
    done(owner, &format!("{name}Service/Create{name}"), request).await;
}
