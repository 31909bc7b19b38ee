//! Filters and orders over fields that the caller may not read.

use super::office::{Answered, CUSTOMERS, Office};
use menshen_proto::crm::v1::ListCustomersRequest;
use tonic::Code;

async fn list(office: &Office, filter: &str, order_by: &str) -> Answered {
    let request = ListCustomersRequest {
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..Default::default()
    };
    office
        .call(&format!("{CUSTOMERS}/ListCustomers"), &request)
        .await
}

#[tokio::test]
async fn readable_fields_may_be_named() {
    let office = Office::open();
    let answer = list(
        &office,
        "phone:\"1\" AND credit_limit.amount_minor > 5",
        "lifetime_value.amount_minor desc",
    )
    .await;
    assert_eq!(answer.code(), Code::Ok, "{}", answer.message());
}

#[tokio::test]
async fn unreadable_field_is_refused_in_filter_and_order() {
    let office = Office::open().without(&["read_personal", "read_financial"]);
    for (filter, order, field) in [
        ("phone = \"110\"", "", "phone"),
        ("level = A AND NOT (region = x OR address:y)", "", "address"),
        ("", "credit_limit.amount_minor", "credit_limit"),
        ("", "created_at, phone desc", "phone"),
    ] {
        let answer = list(&office, filter, order).await;
        assert_eq!(answer.code(), Code::PermissionDenied, "{filter} {order}");
        let told = format!("you may not read `{field}`");
        assert!(answer.message().contains(&told), "{}", answer.message());
    }
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn unknown_field_is_refused_with_the_closest_one() {
    let office = Office::open();
    for (filter, order) in [("levle = A", ""), ("", "levle desc")] {
        let answer = list(&office, filter, order).await;
        assert_eq!(answer.code(), Code::InvalidArgument);
        assert!(
            answer.message().contains("did you mean `level`?"),
            "{}",
            answer.message()
        );
    }
}

#[tokio::test]
async fn malformed_expression_is_refused_with_its_place() {
    let answer = list(&Office::open(), "level = ", "").await;
    assert_eq!(answer.code(), Code::InvalidArgument);
    assert!(
        answer.message().contains("at character 9"),
        "{}",
        answer.message()
    );
}

#[tokio::test]
async fn who_may_not_list_learns_nothing_of_the_expression() {
    let office = Office::open().without(&["view"]);
    assert_eq!(
        list(&office, "(((", "").await.code(),
        Code::PermissionDenied
    );
}
