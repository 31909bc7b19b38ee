//! What a service says of itself while its database is gone.

use crate::ask::soon;
use e2e::database::Backend;
use e2e::world::World;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::str::FromStr;
use std::time::Duration;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

mod postgres {
    #[test]
    fn crm_does_not_say_that_it_serves_while_its_database_is_gone() -> e2e::Result<()> {
        e2e::fact::from_scratch(e2e::database::Backend::Postgres, super::gone_and_back)
    }
}

const LIMIT: Duration = Duration::from_secs(5);

async fn gone_and_back(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    let health = HealthClient::new(world.anonymous().crm_channel());
    let says = async |status: ServingStatus| {
        let request = HealthCheckRequest::default();
        let answer = health.clone().check(request).await.unwrap();
        answer.into_inner().status() == status
    };
    assert!(says(ServingStatus::Serving).await);
    let crm = world.databases()[1].url();
    let name = crm.rsplit('/').next().unwrap();
    let name = name.split('?').next().unwrap();

    admit(&crm, name, false).await;
    soon(LIMIT, || says(ServingStatus::NotServing)).await;
    admit(&crm, name, true).await;
    soon(LIMIT, || says(ServingStatus::Serving)).await;
}

/// Lets connections to a database in, or ends those that there are and lets none in.
async fn admit(url: &str, name: &str, admits: bool) {
    let options = PgConnectOptions::from_str(url)
        .unwrap()
        .database("postgres");
    let mut connection = options.connect().await.unwrap();
    let sql = format!(
        "ALTER DATABASE \"{name}\" WITH ALLOW_CONNECTIONS {admits};
         SELECT pg_terminate_backend(pid)
           FROM pg_stat_activity
          WHERE datname = '{name}'
            AND NOT {admits}"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
}
