//! Lists: a filter instead of a permit.

use super::office::{CUSTOMERS, Office};
use menshen_proto::crm::v1::{ListCustomersRequest, ListCustomersResponse};
use tonic::Code;

#[tokio::test]
async fn list_hands_the_handler_a_condition() {
    let office = Office::open();
    let path = format!("{CUSTOMERS}/ListCustomers");
    let answer = office.call(&path, &ListCustomersRequest::default()).await;
    assert_eq!(answer.decoded::<ListCustomersResponse>().customers.len(), 2);
}

#[tokio::test]
async fn list_without_the_function_is_denied() {
    let office = Office::open().without(&["view"]);
    let path = format!("{CUSTOMERS}/ListCustomers");
    let answer = office.call(&path, &ListCustomersRequest::default()).await;
    assert_eq!(answer.code(), Code::PermissionDenied);
    assert_eq!(office.ran(), 0);
}
