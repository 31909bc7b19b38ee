//! Creates, updates, transfers, and rows that change under a decision.

use super::office::{Answered, CUSTOMERS, Office, TINA, customer};
use crate::caller::Caller;
use crate::guard::core::Core;
use crate::guard::decide::{Call, decide};
use crate::guard::plan::Plan;
use crate::guard::request::Asked;
use crate::guard::source::RecordSource;
use bytes::Bytes;
use menshen_proto::crm::v1::{
    CreateCustomerRequest, CreateCustomerResponse, Customer, TransferCustomerRequest,
    TransferCustomerResponse, UpdateCustomerRequest, UpdateCustomerResponse,
};
use menshen_proto::rules::{MethodRule, RuleKind};
use prost::Message;
use std::sync::Arc;
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

/// What the build refuses: a mask without the record that it is about.
static MASK_OF_NOTHING: MethodRule = MethodRule {
    path: "/menshen.crm.v1.CustomerService/UpdateCustomer",
    kind: RuleKind::Record {
        permission: "update",
        resource_type: "customer",
        id_field: "request_id",
        view_permission: "view",
        mask_field: "update_mask",
        target_permission: "",
        include_deleted: false,
    },
};

#[tokio::test]
async fn mask_that_is_about_no_record_lets_nothing_pass() {
    let office = Office::open();
    let source: Arc<dyn RecordSource> = Arc::clone(&office.state) as _;
    let core = Core::new(Arc::clone(&office.state) as _, vec![source]);
    let plan = Plan::of(&MASK_OF_NOTHING).unwrap();
    let request = UpdateCustomerRequest {
        request_id: "own".to_owned(),
        ..Default::default()
    };
    let message = Bytes::from(request.encode_to_vec());
    let asked = Asked::decode(&plan.input, message.clone()).unwrap();
    let caller = Caller {
        subject: TINA.to_owned(),
        via_service: None,
        token: None,
    };
    let call = Call {
        core: &core,
        plan: &plan,
        caller: &caller,
        asked: &asked,
        message: &message,
    };
    let refused = decide(&call).await.err().unwrap();
    assert_eq!(refused.code(), Code::Internal);
}
