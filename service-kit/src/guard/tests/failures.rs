//! No decision, no answer.

use super::office::{CUSTOMERS, Office};
use menshen_proto::crm::v1::{GetCustomerRequest, ListCustomersRequest};
use std::sync::atomic::Ordering;
use tonic::Code;

#[tokio::test]
async fn nothing_runs_while_no_decision_can_be_had() {
    let office = Office::open();
    office.state.down.store(true, Ordering::SeqCst);
    let one = GetCustomerRequest { id: "own".into() };
    let get = office.call(&format!("{CUSTOMERS}/GetCustomer"), &one).await;
    assert_eq!(get.code(), Code::Unavailable);
    let page = ListCustomersRequest::default();
    let list = office
        .call(&format!("{CUSTOMERS}/ListCustomers"), &page)
        .await;
    assert_eq!(list.code(), Code::Unavailable);
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn bytes_that_are_no_request_are_refused() {
    let office = Office::open();
    let path = format!("{CUSTOMERS}/GetCustomer");
    let answer = office.call_as(Some("tina"), &path, b"\x0b").await;
    assert_eq!(answer.code(), Code::InvalidArgument);
    assert_eq!(office.ran(), 0);
}
