//! A CRM that authz-service does not know any more: nobody who calls it can do anything about that.

use crate::ask::{get, own_customer, question, soon};
use crate::expect::refused_because;
use e2e::company::{self, Extent};
use e2e::database::Backend;
use e2e::world::{Options, World};
use menshen_proto::authz::v1::{
    BatchCheckRequest, ServiceAccount, UpdateServiceAccountRequest, WhoAmIRequest,
};
use menshen_proto::crm::v1::{Customer, UpdateCustomerRequest};
use std::time::Duration;
use tonic::{Code, Request};

e2e::facts!(from_scratch: crm_with_a_bad_credential_is_its_operators_affair);

async fn crm_with_a_bad_credential_is_its_operators_affair(backend: Backend) {
    let options = Options::temporary(backend).unwrap().insecure();
    let world = World::start_with(options).await.unwrap();
    company::load(&world, Extent::Small, &|_| {}).await.unwrap();
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let rotated = UpdateServiceAccountRequest {
        service_account: Some(ServiceAccount {
            id: "crm".to_owned(),
            ..ServiceAccount::default()
        }),
        rotate_token: true,
        reason: "a test".to_owned(),
        ..UpdateServiceAccountRequest::default()
    };
    world
        .root()
        .identity()
        .update_service_account(rotated)
        .await
        .unwrap();

    let refused = get(&rep, &own.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    assert!(!refused.message().contains("sign in"), "{refused:?}");
    let request = UpdateCustomerRequest {
        customer: Some(Customer {
            id: own.id,
            ..Customer::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["level".to_owned()],
        }),
        ..UpdateCustomerRequest::default()
    };
    let outcome = rep.customers().update_customer(request).await;
    refused_because(outcome, Code::Unavailable, "AUTHZ_UNAVAILABLE");
    soon(Duration::from_secs(5), async || {
        world.logs().await.contains("MENSHEN_CRM_AUTHZ_TOKEN")
    })
    .await;

    // authz-service tells whose credential it is that is bad, the person's own being good.
    let checks = BatchCheckRequest {
        checks: vec![question("user:u05", "view", "customer:1")],
        ..BatchCheckRequest::default()
    };
    let mut request = Request::new(checks);
    request.metadata_mut().insert(
        "menshen-service-authorization",
        "Bearer mst_of_nobody".parse().unwrap(),
    );
    let outcome = rep.authz().batch_check(request).await;
    refused_because(outcome, Code::Unauthenticated, "SERVICE_CREDENTIAL_INVALID");
    rep.identity().who_am_i(WhoAmIRequest {}).await.unwrap();
}
