//! The guard around real stubs, in process: one test for each rule of what a caller is told.

mod desk;
mod expressions;
mod failures;
mod fields;
mod fixed;
mod lists;
mod office;
mod parents;
mod records;
mod writes;

use menshen_proto::rules::METHODS;
use office::{CUSTOMERS, Office};

#[tokio::test]
async fn method_without_a_rule_does_not_run() {
    let office = Office::open();
    let path = "/menshen.crm.v1.CustomerService/EraseEverything";
    let answer = office.call(path, &()).await;
    assert_eq!(answer.code(), tonic::Code::Unimplemented);
    assert_eq!(office.ran(), 0);
}

#[tokio::test]
async fn call_without_a_token_is_unauthenticated_before_anything_is_read() {
    let office = Office::open();
    let answer = office
        .call_as(None, &format!("{CUSTOMERS}/GetCustomer"), b"\xff")
        .await;
    assert_eq!(answer.code(), tonic::Code::Unauthenticated);
    assert_eq!(office.ran(), 0);
}

#[test]
fn guard_refuses_to_start_without_a_source_or_a_rule() {
    let office = Office::open();
    let refused = |path: &str| {
        office
            .layer()
            .check_complete([path])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("/menshen.crm.v1.PurchaseService/GetPurchase"),
        "the rule of `/menshen.crm.v1.PurchaseService/GetPurchase` is about `purchase`, which has no \
         record source; hand one to the guard"
    );
    assert_eq!(
        refused("/menshen.crm.v1.CustomerService/Erase"),
        "`/menshen.crm.v1.CustomerService/Erase` is served but has no rule; give it a \
         (menshen.access.v1.rule) option"
    );
}

#[test]
fn guard_starts_where_everything_served_is_covered() {
    let office = Office::open();
    let served = super::methods_of("menshen.crm.v1.CustomerService");
    assert_eq!(
        served.len(),
        METHODS
            .iter()
            .filter(|m| m.path.starts_with(CUSTOMERS))
            .count()
    );
    office.layer().check_complete(&served).unwrap();
    office
        .layer()
        .check_complete(["/grpc.health.v1.Health/Check"])
        .unwrap();
}

#[tokio::test]
async fn caller_is_handed_to_the_handler_of_an_authenticated_method_alone() {
    let office = Office::open();
    let seen = fixed::subject_seen(&office, "/menshen.authz.v1.IdentityService/WhoAmI").await;
    assert_eq!(seen, Ok(office::TINA.to_owned()));
    let seen = fixed::subject_seen(&office, "/menshen.authz.v1.IdentityService/SignIn").await;
    assert_eq!(seen, Err(tonic::Code::Unauthenticated));
}

#[test]
fn guard_fits_a_tonic_server() {
    let office = Office::open();
    let mut server = tonic::transport::Server::builder().layer(office.layer().clone());
    let _ = server.add_service(office.service());
}
