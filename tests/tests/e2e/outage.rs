//! crm-service without authz-service: it shows nothing, changes nothing, and heals by itself.

use crate::absent::create;
use crate::ask::{get, own_customer, set_level, soon};
use crate::expect::refused_because;
use crate::guarded::{call, is_crm, is_public};
use e2e::company::{self, Extent};
use e2e::database::Backend;
use e2e::refusal::Refusal;
use e2e::world::World;
use menshen_proto::rules::METHODS;
use std::time::Duration;
use tonic::Code;
use tonic_types::StatusExt;

e2e::facts!(from_scratch:
    without_authz_nothing_is_shown_or_changed_and_it_heals,
    restarted_crm_remembers_and_still_asks,
);

async fn without_authz_nothing_is_shown_or_changed_and_it_heals(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    company::load(&world, Extent::Small, &|_| {}).await.unwrap();
    let admin = world.sign_in("u30").await.unwrap();
    let own = own_customer(&admin).await;
    // The customer of this id was loaded; now every request is about a record that is there.
    for child in [
        "contact",
        "interaction",
        "purchase",
        "note",
        "task",
        "meeting",
        "attachment",
        "report_definition",
        "saved_view",
    ] {
        create(&admin, child, "A-0001").await;
    }
    let before = world.databases()[1].dump().await.unwrap();
    assert!(before.len() > 100, "the dump sees {} rows", before.len());

    world.kill_authz().await.unwrap();
    let mut asked = 0;
    for rule in METHODS
        .iter()
        .filter(|rule| is_crm(rule) && !is_public(rule))
    {
        let status = call(&admin, rule).await.unwrap_err();
        let refusal = Refusal::of(&status);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::Unavailable, "AUTHZ_UNAVAILABLE"),
            "{}: {status:?}",
            rule.path
        );
        asked += 1;
    }
    assert!(asked > 30);
    let outcome = admin
        .customers()
        .update_customer(set_level(&own.id, "A"))
        .await;
    let status = refused_because(outcome, Code::Unavailable, "AUTHZ_UNAVAILABLE");
    assert!(status.get_details_retry_info().is_some());
    assert_eq!(
        get(&admin, &own.id).await.unwrap_err().code(),
        Code::Unavailable
    );
    assert!(
        world.databases()[1].dump().await.unwrap() == before,
        "something was changed"
    );

    world.restart_authz().await.unwrap();
    soon(Duration::from_secs(10), async || {
        get(&admin, &own.id).await.is_ok()
    })
    .await;
    admin
        .customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    assert_eq!(get(&admin, &own.id).await.unwrap().level, "A");
}

async fn restarted_crm_remembers_and_still_asks(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    company::load(&world, Extent::Small, &|_| {}).await.unwrap();
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let own = own_customer(&rep).await;
    world.kill_and_restart_crm().await.unwrap();
    assert_eq!(get(&rep, &own.id).await.unwrap(), own);
    assert_eq!(
        get(&other, &own.id).await.unwrap_err().code(),
        Code::NotFound
    );
}
