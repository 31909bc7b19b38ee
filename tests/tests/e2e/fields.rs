//! Fields that not everybody may read or write.

use crate::ask::{counted, get, new_customer, own_customer, set, ticket_about};
use crate::expect::{denied, refused};
use e2e::company::Tag;
use e2e::world::World;
use menshen_proto::crm::v1::{
    BatchGetCustomersRequest, Customer, ListCustomerHistoryRequest, Money,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    about_the_company:
        hidden_fields_are_left_out_and_named_everywhere,
        shown_fields_are_shown;
    in_the_workshop:
        history_keeps_hidden_fields_hidden,
        unwritable_field_in_a_mask_fails_the_whole_update,
        unwritable_field_in_a_create_is_refused,
        update_without_a_mask_is_refused,
        unknown_field_in_a_mask_is_named,
        fields_outside_the_mask_stay;
);

/// T9: one rule, whichever way the record is read.
async fn hidden_fields_are_left_out_and_named_everywhere(world: Arc<World>) {
    let marketing = world.sign_in("u21").await.unwrap();
    let id = Tag::owned_by("u05").next().unwrap().id();
    let batch = BatchGetCustomersRequest {
        ids: vec![id.clone()],
    };
    let batch = marketing
        .customers()
        .batch_get_customers(batch)
        .await
        .unwrap()
        .into_inner();
    let page = marketing
        .customers()
        .list_customers(counted(20))
        .await
        .unwrap()
        .into_inner();
    let seen = [
        vec![get(&marketing, &id).await.unwrap()],
        batch.customers,
        page.customers,
    ]
    .concat();
    assert_eq!(seen.len(), 22);
    for customer in seen {
        assert_eq!(
            (customer.phone.as_str(), customer.address.as_str()),
            ("", "")
        );
        assert_eq!(
            (&customer.credit_limit, &customer.lifetime_value),
            (&None, &None)
        );
        assert!(!customer.display_name.is_empty());
        let mut redacted = customer.redacted_fields.clone();
        redacted.sort();
        assert_eq!(
            redacted,
            ["address", "credit_limit", "lifetime_value", "phone"]
        );
    }
}

async fn shown_fields_are_shown(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = Tag::owned_by("u05").next().unwrap();
    let customer = get(&rep, &own.id()).await.unwrap();
    assert_eq!(customer.phone, own.customer().phone);
    assert_eq!(customer.credit_limit, own.customer().credit_limit);
    assert!(customer.redacted_fields.is_empty());
}

/// T8: what a field was is as secret as what it is.
async fn history_keeps_hidden_fields_hidden(world: Arc<World>) {
    let (rep, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    let phone = Customer {
        id: own.id.clone(),
        phone: "199-0000-9999".to_owned(),
        ..Customer::default()
    };
    rep.customers()
        .update_customer(set(phone, &["phone"]))
        .await
        .unwrap();
    let request = ListCustomerHistoryRequest {
        id: own.id,
        ..ListCustomerHistoryRequest::default()
    };
    let entries = marketing
        .customers()
        .list_customer_history(request)
        .await
        .unwrap()
        .into_inner()
        .entries;
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let after = entry.after.unwrap();
        assert_eq!(after.phone, "");
        assert!(after.redacted_fields.contains(&"phone".to_owned()));
    }
}

/// T10, T11: not dropped in silence, and nothing is half done.
async fn unwritable_field_in_a_mask_fails_the_whole_update(world: Arc<World>) {
    let (rep, agent) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u24").await.unwrap(),
    );
    let id = own_customer(&rep).await.id;
    ticket_about(&agent, &id).await;
    let change = Customer {
        id: id.clone(),
        level: "A".to_owned(),
        credit_limit: Some(yuan(1)),
        ..Customer::default()
    };
    denied(
        agent
            .customers()
            .update_customer(set(change, &["level", "credit_limit"]))
            .await,
        "field",
    );
    let after = get(&agent, &id).await.unwrap();
    assert_eq!(after.level, "");
}

async fn unwritable_field_in_a_create_is_refused(world: Arc<World>) {
    let junior = world.sign_in("u07").await.unwrap();
    let customer = Customer {
        credit_limit: Some(yuan(1)),
        ..Customer::default()
    };
    let request = new_customer("", customer);
    denied(junior.customers().create_customer(request).await, "field");
}

async fn update_without_a_mask_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let mut request = set(
        Customer {
            level: "B".to_owned(),
            ..own
        },
        &[],
    );
    refused(
        rep.customers().update_customer(request.clone()).await,
        Code::InvalidArgument,
    );
    request.update_mask = None;
    let status = refused(
        rep.customers().update_customer(request).await,
        Code::InvalidArgument,
    );
    assert!(
        status.message().contains("update_mask"),
        "{}",
        status.message()
    );
}

async fn unknown_field_in_a_mask_is_named(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let request = set(own, &["levell"]);
    let status = refused(
        rep.customers().update_customer(request).await,
        Code::InvalidArgument,
    );
    assert!(status.message().contains("levell"), "{}", status.message());
}

async fn fields_outside_the_mask_stay(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let change = Customer {
        id: own.id.clone(),
        level: "B".to_owned(),
        display_name: "another name".to_owned(),
        ..Customer::default()
    };
    rep.customers()
        .update_customer(set(change, &["level"]))
        .await
        .unwrap();
    let after = get(&rep, &own.id).await.unwrap();
    assert_eq!(
        (after.level.as_str(), after.display_name),
        ("B", own.display_name)
    );
}

fn yuan(amount: i64) -> Money {
    Money {
        currency: "CNY".to_owned(),
        amount_minor: amount * 100,
    }
}
