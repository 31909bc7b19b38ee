//! Creates, updates, transfers, and rows that change under a decision.

use super::office::{Answered, CUSTOMERS, Office, customer};
use menshen_proto::crm::v1::{
    CreateCustomerRequest, CreateCustomerResponse, Customer, TransferCustomerRequest,
    TransferCustomerResponse, UpdateCustomerRequest, UpdateCustomerResponse,
};
use std::sync::atomic::Ordering;
use tonic::Code;

async fn update(office: &Office, id: &str, paths: &[&str]) -> Answered {
    let request = UpdateCustomerRequest {
        customer: Some(Customer {
            id: id.to_owned(),
            ..Customer::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..Default::default()
    };
    office
        .call(&format!("{CUSTOMERS}/UpdateCustomer"), &request)
        .await
}

async fn create(office: &Office, owner: &str, customer: Customer) -> Answered {
    let request = CreateCustomerRequest {
        customer: Some(Customer {
            owner: owner.to_owned(),
            ..customer
        }),
        customer_id: "new".to_owned(),
        ..Default::default()
    };
    office
        .call(&format!("{CUSTOMERS}/CreateCustomer"), &request)
        .await
}

async fn transfer(office: &Office, id: &str, owner: &str) -> Answered {
    let request = TransferCustomerRequest {
        id: id.to_owned(),
        owner: owner.to_owned(),
        ..Default::default()
    };
    office
        .call(&format!("{CUSTOMERS}/TransferCustomer"), &request)
        .await
}

#[tokio::test]
async fn mask_may_name_fields_that_the_caller_may_write() {
    let office = Office::open();
    let answer: UpdateCustomerResponse =
        update(&office, "own", &["phone", "level"]).await.decoded();
    assert_eq!(answer.customer.unwrap().id, "own");
}

#[tokio::test]
async fn mask_that_names_an_unwritable_field_is_refused_as_a_whole() {
    let office = Office::open().without(&["write_financial"]);
    for paths in [
        &["level", "credit_limit"][..],
        &["credit_limit.amount_minor"],
        &["*"],
    ] {
        let answer = update(&office, "own", paths).await;
        assert_eq!(answer.code(), Code::PermissionDenied, "{paths:?}");
        assert!(
            answer.message().contains("you may not change"),
            "{}",
            answer.message()
        );
    }
    assert_eq!(office.ran(), 0);
    update(&office, "own", &["level"])
        .await
        .decoded::<UpdateCustomerResponse>();
}

#[tokio::test]
async fn field_refusal_names_the_field() {
    let office = Office::open().without(&["write_financial"]);
    let answer = update(&office, "own", &["credit_limit"]).await;
    assert!(
        answer
            .message()
            .contains("you may not change `credit_limit`"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn unknown_mask_path_is_refused_with_the_closest_field() {
    let answer = update(&Office::open(), "own", &["creditLimit"]).await;
    assert_eq!(answer.code(), Code::InvalidArgument);
    assert!(
        answer.message().contains("did you mean `credit_limit`?"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn mask_tells_nothing_of_a_hidden_record() {
    let office = Office::open().without(&["write_financial"]);
    for paths in [&["credit_limit"][..], &["nonsense"]] {
        assert_eq!(
            update(&office, "hidden", paths).await.code(),
            Code::NotFound
        );
    }
}

#[tokio::test]
async fn create_in_own_reach_is_admitted_under_the_proposed_id() {
    let office = Office::open();
    let answer: CreateCustomerResponse =
        create(&office, "tina", Customer::default()).await.decoded();
    assert_eq!(answer.customer.unwrap().id, "new");
}

#[tokio::test]
async fn create_into_anothers_reach_is_denied() {
    let office = Office::open();
    assert_eq!(
        create(&office, "bo", Customer::default()).await.code(),
        Code::PermissionDenied
    );
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn create_that_sets_an_unwritable_field_is_refused() {
    let office = Office::open().without(&["write_personal"]);
    let answer = create(&office, "tina", customer("")).await;
    assert_eq!(answer.code(), Code::PermissionDenied);
    assert!(
        answer.message().contains("you may not change `phone`"),
        "{}",
        answer.message()
    );
    assert_eq!(office.ran(), 0);
    let harmless = Customer {
        level: "A".into(),
        ..Customer::default()
    };
    create(&office, "tina", harmless)
        .await
        .decoded::<CreateCustomerResponse>();
}

#[tokio::test]
async fn transfer_needs_the_permission_on_the_record_as_it_will_be() {
    let office = Office::open();
    transfer(&office, "own", "tina")
        .await
        .decoded::<TransferCustomerResponse>();
    assert_eq!(
        transfer(&office, "own", "bo").await.code(),
        Code::PermissionDenied
    );
    assert_eq!(
        transfer(&office, "hidden", "tina").await.code(),
        Code::NotFound
    );
    assert_eq!(office.ran(), 1);
}

#[tokio::test]
async fn row_that_changed_is_decided_on_again() {
    let office = Office::open();
    office.state.changes.store(2, Ordering::SeqCst);
    update(&office, "own", &["level"])
        .await
        .decoded::<UpdateCustomerResponse>();
    assert_eq!(*office.state.versions.lock().unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn row_that_keeps_changing_ends_in_aborted_without_a_trace_of_the_marker() {
    let office = Office::open();
    office.state.changes.store(9, Ordering::SeqCst);
    let answer = update(&office, "own", &["level"]).await;
    assert_eq!(answer.code(), Code::Aborted);
    assert_eq!(office.ran(), 4);
    assert!(!crate::status::is_stale(&answer.headers));
}

#[tokio::test]
async fn row_taken_away_between_decision_and_write_is_as_if_absent() {
    let office = Office::open();
    office.state.changes.store(1, Ordering::SeqCst);
    office.state.gone_after_change.store(true, Ordering::SeqCst);
    assert_eq!(
        update(&office, "own", &["level"]).await.code(),
        Code::NotFound
    );
    assert_eq!(office.ran(), 1);
}
