//! PostgreSQL goes away under the running services and comes back.

use crate::ask::{check, get, grant, own_customer, question, relationship, set_level, soon};
use crate::expect::refused;
use e2e::company::{self, Extent};
use e2e::database::{Backend, Database};
use e2e::postgres::Server;
use e2e::session::Session;
use e2e::world::{Options, World};
use menshen_proto::authz::v1::Decision;
use std::time::Duration;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

mod postgres {
    #[test]
    fn stopped_database_is_unavailable_and_nothing_is_lost_when_it_is_back() -> e2e::Result<()> {
        e2e::fact::from_scratch(
            e2e::database::Backend::Postgres,
            super::stopped_database_is_unavailable_and_nothing_is_lost_when_it_is_back,
        )
    }
}

const SOON: Duration = Duration::from_secs(5);

async fn stopped_database_is_unavailable_and_nothing_is_lost_when_it_is_back(backend: Backend) {
    // A server of our own: others use the shared one.
    let mut server = Server::private().unwrap();
    let mut databases = Vec::new();
    for purpose in ["authz", "crm"] {
        let url = server.create_database(purpose, "LOCALE 'C'").await.unwrap();
        databases.push(Database::Postgres(url));
    }
    let options = Options::temporary(backend).unwrap();
    let options = options.over(databases.try_into().unwrap());
    let world = World::start_with(options).await.unwrap();
    company::load(&world, Extent::Small, &|_| {}).await.unwrap();
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    let share = relationship("team:T-Alpha", "member", "user:u05");
    grant(world.root(), share.clone()).await.unwrap();
    let process = world.authz_pid().await;

    server.stop().unwrap();
    soon(SOON, async || !serves(world.root()).await).await;
    let asked = || question("user:u05", "member", "team:T-Alpha");
    let outcome = world.root().authz().check(asked()).await;
    let status = refused(outcome, Code::Unavailable);
    assert!(status.get_details_retry_info().is_some(), "{status:?}");
    refused(grant(world.root(), share).await, Code::Unavailable);
    let read = get(&rep, &own.id).await.unwrap_err();
    assert_eq!(read.code(), Code::Unavailable, "{read:?}");
    refused(
        rep.customers()
            .update_customer(set_level(&own.id, "A"))
            .await,
        Code::Unavailable,
    );

    server.start_again().unwrap();
    soon(SOON, async || serves(world.root()).await).await;
    assert_eq!(
        check(world.root(), asked()).await.decision(),
        Decision::Allowed
    );
    soon(SOON, async || get(&rep, &own.id).await.is_ok()).await;
    assert_eq!(get(&rep, &own.id).await.unwrap(), own);
    rep.customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    assert_eq!(world.authz_pid().await, process, "nobody restarted it");
}

/// What authz-service says of itself.
async fn serves(caller: &Session) -> bool {
    let answer = HealthClient::new(caller.authz_channel())
        .check(HealthCheckRequest::default())
        .await;
    answer.unwrap().into_inner().status() == ServingStatus::Serving
}
