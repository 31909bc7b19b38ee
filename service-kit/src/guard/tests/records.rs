//! What is told of a record that the caller may see, may not see, or that is not there.

use super::desk::Contacts;
use super::office::{Answered, CUSTOMERS, Office};
use crate::guard::permit::Permit;
use menshen_proto::crm::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, DeleteCustomerRequest, GetCustomerRequest,
    GetCustomerResponse,
};
use std::collections::BTreeMap;
use tonic::Code;
use tonic_types::StatusExt;

async fn get(office: &Office, id: &str) -> Answered {
    let request = GetCustomerRequest { id: id.to_owned() };
    office
        .call(&format!("{CUSTOMERS}/GetCustomer"), &request)
        .await
}

async fn delete(office: &Office, id: &str) -> Answered {
    let request = DeleteCustomerRequest {
        id: id.to_owned(),
        ..Default::default()
    };
    office
        .call(&format!("{CUSTOMERS}/DeleteCustomer"), &request)
        .await
}

#[tokio::test]
async fn permitted_record_is_answered() {
    let office = Office::open();
    let answer: GetCustomerResponse = get(&office, "own").await.decoded();
    assert_eq!(answer.customer, Some(super::office::customer("own")));
}

#[tokio::test]
async fn hidden_record_is_answered_like_an_absent_one_byte_for_byte() {
    let office = Office::open();
    let hidden = get(&office, "hidden").await;
    assert_eq!(hidden.code(), Code::NotFound);
    office.state.rows.lock().unwrap().remove("hidden");
    assert_eq!(get(&office, "hidden").await, hidden);
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn hidden_record_takes_as_many_questions_as_an_absent_one() {
    let office = Office::open();
    delete(&office, "hidden").await;
    let for_hidden = office.asked();
    delete(&office, "absent").await;
    assert_eq!(office.asked(), 2 * for_hidden);
}

#[tokio::test]
async fn hidden_record_is_as_if_absent_for_a_change_too() {
    let office = Office::open();
    let hidden = delete(&office, "hidden").await;
    assert_eq!(hidden.code(), Code::NotFound);
    office.state.rows.lock().unwrap().remove("hidden");
    assert_eq!(delete(&office, "hidden").await, hidden);
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn lack_of_function_is_told_alike_for_hidden_and_absent_records() {
    let office = Office::open().without(&["delete"]);
    let told = |answer: &Answered| {
        let details = answer.status().get_error_details();
        let info = details.error_info().unwrap();
        let metadata: BTreeMap<_, _> = info.metadata.clone().into_iter().collect();
        (
            answer.code(),
            answer.message(),
            info.reason.clone(),
            metadata,
        )
    };
    let hidden = delete(&office, "hidden").await;
    assert_eq!(hidden.code(), Code::PermissionDenied);
    assert_eq!(told(&delete(&office, "absent").await), told(&hidden));
    assert_eq!(told(&delete(&office, "not an id!").await), told(&hidden));
    assert_eq!(told(&delete(&office, "own").await), told(&hidden));
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn visible_record_out_of_reach_for_a_change_is_denied_with_the_reason() {
    let office = Office::open();
    let answer = delete(&office, "seen").await;
    assert_eq!(answer.code(), Code::PermissionDenied);
    assert!(
        answer.message().contains("no delete for you"),
        "{}",
        answer.message()
    );
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn malformed_id_is_that_of_an_absent_record() {
    let office = Office::open();
    for id in ["no such id", "ÄÖ", "a/b", &"x".repeat(65)] {
        assert_eq!(get(&office, id).await.code(), Code::NotFound, "{id}");
    }
}

#[tokio::test]
async fn empty_id_is_an_invalid_argument() {
    let answer = get(&Office::open(), "").await;
    assert_eq!(answer.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn batch_keeps_the_order_and_names_hidden_and_absent_alike() {
    let office = Office::open();
    let ids = ["absent", "seen", "hidden", "own", "n/a"]
        .map(str::to_owned)
        .to_vec();
    let path = format!("{CUSTOMERS}/BatchGetCustomers");
    let answer: BatchGetCustomersResponse = office
        .call(&path, &BatchGetCustomersRequest { ids })
        .await
        .decoded();
    let found: Vec<_> = answer
        .customers
        .iter()
        .map(|customer| customer.id.as_str())
        .collect();
    assert_eq!(found, ["seen", "own"]);
    assert_eq!(answer.not_found, ["absent", "hidden", "n/a"]);
}

#[tokio::test]
async fn batch_without_the_function_is_denied() {
    let office = Office::open().without(&["view"]);
    let path = format!("{CUSTOMERS}/BatchGetCustomers");
    for ids in [vec!["own".to_owned()], vec!["absent".to_owned()]] {
        let answer = office.call(&path, &BatchGetCustomersRequest { ids }).await;
        assert_eq!(answer.code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn batch_of_too_many_or_no_ids_is_refused() {
    let office = Office::open();
    let path = format!("{CUSTOMERS}/BatchGetCustomers");
    for ids in [vec![], vec![String::new()], vec!["own".to_owned(); 101]] {
        let answer = office.call(&path, &BatchGetCustomersRequest { ids }).await;
        assert_eq!(answer.code(), Code::InvalidArgument);
    }
}

#[test]
fn request_that_did_not_pass_the_guard_has_no_permit() {
    let request = tonic::Request::new(());
    assert_eq!(
        Permit::<Contacts>::of(&request).err().unwrap().code(),
        Code::Internal
    );
}
