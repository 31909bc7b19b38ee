//! Conversion of leads: all of it or nothing, and never more than creating each part would take.

use crate::ask::{PASSWORD, grant, newcomer, own_customer, relationship, unique};
use crate::expect::{denied, refused, refused_because};
use crate::sales_ask::{act, call, done, qualified_lead, text};
use e2e::company::load::in_days;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{ShareCustomerRequest, ShareLevel};
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    t27_conversion_makes_customer_contact_and_opportunity_and_is_the_end_of_the_lead,
    t27_conversion_takes_what_creating_takes_or_writes_nothing,
    t27_attaching_takes_the_right_to_update_there,
    t27_personal_fields_go_over_only_where_they_may_be_read_and_written,
);

const CONVERT: &str = "LeadService/ConvertLead";

async fn t27_conversion_makes_customer_contact_and_opportunity_and_is_the_end_of_the_lead(
    world: Arc<World>,
) {
    let rep = world.sign_in("u05").await.unwrap();
    let id = qualified_lead(&rep).await;
    let sale =
        json!({ "displayName": "首单", "amount": { "currency": "CNY", "amountMinor": 900 } });
    let mut request = json!({ "id": id, "opportunity": sale, "validateOnly": true });
    done(&rep, CONVERT, request.clone()).await;
    assert_eq!(status(&rep, &id).await, "LEAD_STATUS_QUALIFIED");

    request["validateOnly"] = json!(false);
    request["requestId"] = json!(unique("convert"));
    let converted = done(&rep, CONVERT, request.clone()).await;
    // A retry has the same answer, and no second effect.
    assert_eq!(done(&rep, CONVERT, request).await, converted);
    let lead = &converted["lead"];
    assert_eq!(text(lead, "status"), "LEAD_STATUS_CONVERTED");
    let customer = json!({ "id": lead["convertedCustomer"] });
    let customer = done(&rep, "CustomerService/GetCustomer", customer).await;
    assert_eq!(text(&customer["customer"], "displayName"), "海川精工");
    assert_eq!(text(&customer["customer"], "owner"), "u05");
    let contact = json!({ "id": lead["convertedContact"] });
    let contact = done(&rep, "ContactService/GetContact", contact).await;
    assert_eq!(text(&contact["contact"], "mobile"), "199-0000-0007");
    let sale = json!({ "id": lead["convertedOpportunity"] });
    let sale = done(&rep, "OpportunityService/GetOpportunity", sale).await;
    assert_eq!(sale["opportunity"]["amount"]["amountMinor"], json!("900"));

    refused_because(
        act(&rep, CONVERT, &id).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    let update = json!({ "lead": { "id": id, "company": "x" }, "updateMask": "company" });
    refused_because(
        call(&rep, "LeadService/UpdateLead", update).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
}

async fn t27_conversion_takes_what_creating_takes_or_writes_nothing(world: Arc<World>) {
    let marketer = converter(&world).await;
    let id = qualified_lead_without_channels(&marketer).await;
    // Converting is among this person's functions; creating customers is not.
    denied(act(&marketer, CONVERT, &id).await, "function");
    assert_eq!(status(&marketer, &id).await, "LEAD_STATUS_QUALIFIED");
    let junior = world.sign_in("u07").await.unwrap();
    let lead = json!({ "lead": { "displayName": "x" } });
    let lead = done(&junior, "LeadService/CreateLead", lead).await;
    denied(
        act(&junior, CONVERT, text(&lead["lead"], "id")).await,
        "function",
    );
}

async fn t27_attaching_takes_the_right_to_update_there(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let id = qualified_lead(&rep).await;
    let theirs = own_customer(&other).await.id;
    let attached = |customer: &str| json!({ "id": id, "customer": customer });
    let hidden = refused(call(&rep, CONVERT, attached(&theirs)).await, Code::NotFound);
    let absent = refused(
        call(&rep, CONVERT, attached("nobody")).await,
        Code::NotFound,
    );
    assert_eq!(
        hidden.message().replace(&theirs, "nobody"),
        absent.message()
    );
    let share = ShareCustomerRequest {
        id: theirs.clone(),
        subject: "user:u05".to_owned(),
        level: ShareLevel::Read as i32,
        expires_at: Some(in_days(1).into()),
        ..ShareCustomerRequest::default()
    };
    other.customers().share_customer(share).await.unwrap();
    denied(call(&rep, CONVERT, attached(&theirs)).await, "data");
    assert_eq!(status(&rep, &id).await, "LEAD_STATUS_QUALIFIED");

    let own = own_customer(&rep).await.id;
    let converted = done(&rep, CONVERT, attached(&own)).await;
    assert_eq!(text(&converted["lead"], "convertedCustomer"), own);
    let contact = json!({ "id": converted["lead"]["convertedContact"] });
    let contact = done(&rep, "ContactService/GetContact", contact).await;
    assert_eq!(text(&contact["contact"], "customer"), own);
}

async fn t27_personal_fields_go_over_only_where_they_may_be_read_and_written(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let converter = converter(&world).await;
    for (module, relation) in [
        ("customers", "creator"),
        ("customers", "creates_own"),
        ("contacts", "creator"),
        ("leads", "updates_all"),
    ] {
        let right = relationship(&format!("module:{module}"), relation, &converter.subject);
        grant(world.root(), right).await.unwrap();
    }
    let id = qualified_lead(&rep).await;
    let converted = done(&converter, CONVERT, json!({ "id": id })).await;
    let contact = json!({ "id": converted["lead"]["convertedContact"] });
    let contact = done(&admin, "ContactService/GetContact", contact).await;
    assert_eq!(text(&contact["contact"], "displayName"), "赵先生");
    assert_eq!(text(&contact["contact"], "mobile"), "");
}

/// Somebody in marketing, without personal fields, who may convert what they may update.
struct Converter {
    session: Session,
    subject: String,
}

impl std::ops::Deref for Converter {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

async fn converter(world: &World) -> Converter {
    let id = unique("converter");
    newcomer(world.root(), world.anonymous(), &id).await;
    let subject = format!("user:{id}");
    let role = relationship("role:marketing_specialist", "member", &subject);
    grant(world.root(), role).await.unwrap();
    for relation in ["updater", "updates_own", "converter"] {
        let right = relationship("module:leads", relation, &subject);
        grant(world.root(), right).await.unwrap();
    }
    let session = world.sign_in_with(&id, PASSWORD).await.unwrap();
    Converter { session, subject }
}

async fn qualified_lead_without_channels(by: &Session) -> String {
    let lead = json!({ "lead": { "displayName": "x" } });
    let lead = done(by, "LeadService/CreateLead", lead).await;
    let id = text(&lead["lead"], "id").to_owned();
    act(by, "LeadService/StartLead", &id).await.unwrap();
    act(by, "LeadService/QualifyLead", &id).await.unwrap();
    id
}

async fn status(by: &Session, id: &str) -> String {
    let answer: Value = done(by, "LeadService/GetLead", json!({ "id": id })).await;
    text(&answer["lead"], "status").to_owned()
}
