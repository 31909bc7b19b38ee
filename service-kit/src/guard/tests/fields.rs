//! Answers without what the caller may not read.

use super::office::{CUSTOMERS, Office, customer};
use menshen_proto::crm::v1::{
    Customer, GetCustomerRequest, GetCustomerResponse, ListCustomerHistoryRequest,
    ListCustomerHistoryResponse, ListCustomersRequest, ListCustomersResponse,
};

fn without_personal(customer: Customer) -> Customer {
    Customer {
        phone: String::new(),
        address: String::new(),
        redacted_fields: vec!["phone".into(), "address".into()],
        ..customer
    }
}

#[tokio::test]
async fn caller_with_every_right_gets_the_bytes_untouched() {
    let office = Office::open();
    let path = format!("{CUSTOMERS}/GetCustomer");
    let answer = office
        .call(&path, &GetCustomerRequest { id: "own".into() })
        .await;
    assert_eq!(
        answer.decoded::<GetCustomerResponse>().customer,
        Some(customer("own"))
    );
}

#[tokio::test]
async fn field_without_read_is_left_out_and_named() {
    let office = Office::open().without(&["read_personal"]);
    let path = format!("{CUSTOMERS}/GetCustomer");
    let answer = office
        .call(&path, &GetCustomerRequest { id: "own".into() })
        .await;
    let seen = answer.decoded::<GetCustomerResponse>().customer.unwrap();
    assert_eq!(seen, without_personal(customer("own")));
}

#[tokio::test]
async fn page_and_history_hide_what_the_record_hides() {
    let office = Office::open().without(&["read_personal"]);
    let request = ListCustomersRequest::default();
    let page = office
        .call(&format!("{CUSTOMERS}/ListCustomers"), &request)
        .await;
    for seen in page.decoded::<ListCustomersResponse>().customers {
        assert_eq!(seen, without_personal(customer(&seen.id)));
    }
    let request = ListCustomerHistoryRequest {
        id: "own".into(),
        ..Default::default()
    };
    let history = office
        .call(&format!("{CUSTOMERS}/ListCustomerHistory"), &request)
        .await;
    let entries = history.decoded::<ListCustomerHistoryResponse>().entries;
    assert_eq!(entries[0].after, Some(without_personal(customer("own"))));
}
