//! Purchases: their amounts, and what they make of a customer's lifetime value.

use crate::ask::{get, own_customer};
use crate::expect::refused_because;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CancelPurchaseRequest, CreatePurchaseRequest, HistoryAction, ListPurchaseHistoryRequest, Money,
    Purchase, PurchaseLine,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop: purchases_make_the_lifetime_value_and_cancelled_ones_do_not);

async fn purchases_make_the_lifetime_value_and_cancelled_ones_do_not(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let bought = buy(&rep, &customer).await;
    // Two at 5.00, less 10 %.
    assert_eq!(bought.amount.as_ref().unwrap().amount_minor, 900);
    assert_eq!(lifetime_value(&rep, &customer).await, 900);
    buy(&rep, &customer).await;
    assert_eq!(lifetime_value(&rep, &customer).await, 1_800);

    let cancel = CancelPurchaseRequest {
        id: bought.id.clone(),
        reason: "returned".to_owned(),
        ..CancelPurchaseRequest::default()
    };
    rep.purchases()
        .cancel_purchase(cancel.clone())
        .await
        .unwrap();
    assert_eq!(lifetime_value(&rep, &customer).await, 900);
    refused_because(
        rep.purchases().cancel_purchase(cancel).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    let request = ListPurchaseHistoryRequest {
        id: bought.id,
        ..ListPurchaseHistoryRequest::default()
    };
    let history = rep.purchases().list_purchase_history(request).await;
    let entries = history.unwrap().into_inner().entries;
    assert_eq!(
        (entries[0].action(), entries[0].reason.as_str()),
        (HistoryAction::Cancelled, "returned")
    );
}

async fn buy(by: &Session, customer: &str) -> Purchase {
    let line = PurchaseLine {
        product: "robot arm".to_owned(),
        quantity: 2,
        unit_price: Some(Money {
            currency: "CNY".to_owned(),
            amount_minor: 500,
        }),
        discount_basis_points: 1_000,
        ..PurchaseLine::default()
    };
    let request = CreatePurchaseRequest {
        purchase: Some(Purchase {
            customer: customer.to_owned(),
            lines: vec![line],
            ..Purchase::default()
        }),
        ..CreatePurchaseRequest::default()
    };
    let created = by.purchases().create_purchase(request).await.unwrap();
    created.into_inner().purchase.unwrap()
}

async fn lifetime_value(by: &Session, customer: &str) -> i64 {
    let customer = get(by, customer).await.unwrap();
    customer.lifetime_value.unwrap().amount_minor
}
