//! A record that may not be seen is answered byte for byte like one that does not exist.

mod collaboration;
mod support;

use crate::ask::{new_customer, own_customer, unique};
use crate::marketing;
use e2e::dynamic;
use e2e::refusal::Refusal;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, CreateInteractionRequest, CreatePurchaseRequest, Customer,
    Interaction, InteractionChannel, Money, Purchase, PurchaseLine,
};
use menshen_proto::rules::{METHODS, MethodRule, RuleKind};
use prost_reflect::DynamicMessage;
use std::sync::Arc;

e2e::facts!(in_the_workshop: hidden_record_is_answered_like_an_absent_one);

/// Kept once for everybody: whoever enters the module sees each of them.
const CATALOGUES: [&str; 3] = ["pipeline", "price_book", "product"];

/// Asks every method that names a record for an id that nobody has, then makes the record, out of
/// the caller's sight, and asks again. Nothing in the two answers may differ.
async fn hidden_record_is_answered_like_an_absent_one(world: Arc<World>) {
    let (asker, owner) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let mut asked = 0;
    for rule in METHODS {
        let RuleKind::Record {
            resource_type,
            id_field,
            ..
        } = &rule.kind
        else {
            continue;
        };
        // The id of a campaign's member is not chosen; see `member_of_a_hidden_campaign_is_like_an_absent_one`.
        if CATALOGUES.contains(resource_type) || *resource_type == "campaign_member" {
            continue;
        }
        let id = unique("hidden");
        let absent = told(&asker, rule, id_field, &id).await;
        create(&owner, resource_type, &id).await;
        let hidden = told(&asker, rule, id_field, &id).await;
        assert_eq!(absent, hidden, "{}", rule.path);
        let shown = told(&owner, rule, id_field, &id).await;
        assert_ne!(
            shown, hidden,
            "{}: the record is not there at all",
            rule.path
        );
        asked += 1;
    }
    assert!(asked >= 20, "only {asked} methods name a record");
}

/// Everything that the caller is told: the code, the sentence, the details, each header. Only what
/// differs from any call to the next is left out: the moment, and the decision's name.
#[derive(Debug, PartialEq)]
enum Told {
    Done,
    Refused {
        sentence: String,
        refusal: Refusal,
        details_bytes: usize,
        headers: String,
    },
}

async fn told(by: &Session, rule: &MethodRule, id_field: &str, id: &str) -> Told {
    let request = request(rule, id_field, id);
    let Err(status) = dynamic::call(by.crm_channel(), &method(rule), request).await else {
        return Told::Done;
    };
    let (mut refusal, mut headers) = (Refusal::of(&status), status.metadata().clone());
    refusal.metadata.remove("decision_id");
    headers.remove("date");
    Told::Refused {
        sentence: status.message().to_owned(),
        refusal,
        details_bytes: status.details().len(),
        headers: format!("{headers:?}"),
    }
}

pub(crate) fn method(rule: &MethodRule) -> prost_reflect::MethodDescriptor {
    let (service, name) = rule.path[1..].split_once('/').unwrap();
    dynamic::method(service, name).unwrap()
}

/// A request that is in order but for the record, so that nothing else can be refused.
pub(crate) fn request(rule: &MethodRule, id_field: &str, id: &str) -> DynamicMessage {
    let body = match (method(rule).name(), id_field.split_once('.')) {
        (name, None) if name.starts_with("Share") => format!(
            r#"{{"id": "{id}", "subject": "user:u06", "level": "SHARE_LEVEL_READ", "expiresAt": "2999-01-01T00:00:00Z"}}"#
        ),
        (name, None) if name.starts_with("Unshare") => {
            format!(r#"{{"id": "{id}", "subject": "user:u06"}}"#)
        }
        (name, None) if name.starts_with("Transfer") => {
            format!(r#"{{"id": "{id}", "owner": "u06"}}"#)
        }
        ("UpdateNote", _) => {
            format!(r#"{{"note": {{"id": "{id}", "body": "x"}}, "updateMask": "body"}}"#)
        }
        ("AssignTicket", _) => format!(r#"{{"id": "{id}", "owner": "u24"}}"#),
        ("MoveTicket", _) => format!(r#"{{"id": "{id}", "queue": "Q-Inquiry"}}"#),
        ("UpdateTicket", _) => {
            format!(r#"{{"ticket": {{"id": "{id}", "subject": "x"}}, "updateMask": "subject"}}"#)
        }
        ("UpdatePurchase", _) => {
            format!(r#"{{"purchase": {{"id": "{id}"}}, "updateMask": "externalReference"}}"#)
        }
        (_, Some((record, field))) => {
            format!(
                r#"{{"{record}": {{"{field}": "{id}", "displayName": "x"}}, "updateMask": "displayName"}}"#
            )
        }
        (_, None) => format!(r#"{{"{id_field}": "{id}"}}"#),
    };
    dynamic::from_json(method(rule).input(), &body).unwrap()
}

/// A record of the owner's own. A child gets a customer of its own.
pub(crate) async fn create(owner: &Session, resource_type: &str, id: &str) {
    if resource_type == "customer" {
        let request = new_customer(id, Customer::default());
        owner.customers().create_customer(request).await.unwrap();
        return;
    }
    if marketing::create(owner, resource_type, id).await {
        return;
    }
    if support::create(owner, resource_type, id).await {
        return;
    }
    let customer = own_customer(owner).await.id;
    match resource_type {
        "contact" => {
            let contact = Contact {
                customer,
                display_name: "x".to_owned(),
                ..Contact::default()
            };
            let request = CreateContactRequest {
                contact: Some(contact),
                contact_id: id.to_owned(),
                ..CreateContactRequest::default()
            };
            owner.contacts().create_contact(request).await.unwrap();
        }
        "interaction" => {
            let interaction = Interaction {
                customer,
                channel: InteractionChannel::Call as i32,
                summary: "x".to_owned(),
                ..Interaction::default()
            };
            let request = CreateInteractionRequest {
                interaction: Some(interaction),
                interaction_id: id.to_owned(),
                ..CreateInteractionRequest::default()
            };
            owner
                .interactions()
                .create_interaction(request)
                .await
                .unwrap();
        }
        "purchase" => {
            let line = PurchaseLine {
                product: "x".to_owned(),
                quantity: 1,
                unit_price: Some(Money {
                    currency: "CNY".to_owned(),
                    amount_minor: 100,
                }),
                ..PurchaseLine::default()
            };
            let request = CreatePurchaseRequest {
                purchase: Some(Purchase {
                    customer,
                    lines: vec![line],
                    ..Purchase::default()
                }),
                purchase_id: id.to_owned(),
                ..CreatePurchaseRequest::default()
            };
            owner.purchases().create_purchase(request).await.unwrap();
        }
        other if collaboration::create(owner, other, &customer, id).await => {}
        other => crate::sales_ask::hidden(owner, other, &customer, id).await,
    }
}
