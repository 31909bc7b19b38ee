//! The CRM's services, behind the guard.

use crate::authz::{Authz, RemoteDirectory};
use crate::bulk::Loopback;
use crate::bulk::api::BulkApi;
use crate::config::AuthzConfig;
use crate::crm::Crm;
use crate::customers::duplicates::api::DuplicateApi;
use crate::customers::pool::api::PoolApi;
use crate::customers::pool::recycle::recycle;
use crate::kinds;
use crate::policy::{Policy, keep_trying};
use crate::records::source::KindSource;
use crate::records::write::forget_old_requests;
use crate::settings::api::SettingsApi;
use menshen_proto::crm::v1::bulk_service_server::BulkServiceServer;
use menshen_proto::crm::v1::duplicate_service_server::DuplicateServiceServer;
use menshen_proto::crm::v1::pool_service_server::PoolServiceServer;
use menshen_proto::crm::v1::settings_service_server::SettingsServiceServer;
use service_kit::clock::Clock;
use service_kit::db::{Db, Migrations};
use service_kit::guard::source::RecordSource;
use service_kit::guard::{Guard, GuardLayer, Incomplete, RemoteDecider, methods_of};
use service_kit::serve::{Health, MAX_REQUEST_BYTES, Routes};
use service_kit::watch::watch;
use std::sync::Arc;
use std::time::Duration;
use tower::Layer as _;

/// Everything that is served.
pub type Server = Guard<Routes>;

/// The CRM's tables.
pub const MIGRATIONS: Migrations = Migrations::new(&[
    (
        "0001_customers",
        include_str!("../migrations/0001_customers.sql"),
    ),
    (
        "0002_settings",
        include_str!("../migrations/0002_settings.sql"),
    ),
]);

const CLEAN_EVERY: Duration = Duration::from_hours(1);

/// A CRM over its database, not yet served.
pub struct Application {
    crm: Crm,
    loopback: Loopback,
}

impl Application {
    /// Connects lazily to authz-service. Call it within a tokio runtime that outlives the server.
    pub fn new(db: Db, clock: Arc<dyn Clock>, authz: &AuthzConfig) -> Self {
        let decider = RemoteDecider::new(authz.decider_settings(), Arc::clone(&clock));
        let authz: Authz = authz.clients();
        let directory = RemoteDirectory::new(authz.clone(), Arc::clone(&clock));
        let (decider, directory) = (Arc::new(decider), Arc::new(directory));
        Self {
            crm: Crm {
                db,
                clock,
                decider,
                directory,
                authz,
                kinds: kinds::all,
            },
            loopback: Loopback::default(),
        }
    }

    /// Builds the services and puts the guard in front of all of them.
    ///
    /// # Errors
    /// A method that the guard could not guard: nothing is served then.
    pub fn server(&self) -> Result<(Server, Vec<&'static str>), Incomplete> {
        let routes = self.routes();
        let names = routes.names();
        let guard = GuardLayer::new(Arc::clone(&self.crm.decider), self.sources());
        guard.check_complete(names.iter().flat_map(|name| methods_of(name)))?;
        let server = guard.layer(routes);
        self.loopback.connect(&server);
        Ok((server, names))
    }

    /// Puts the access model in force in the background, and says that the CRM is ready once it is, for
    /// as long as its database is there. Beside it, forgets old requests and recycles customers from time to time.
    pub fn work_in_background(&self, policy: Policy, health: Health) {
        let crm = self.crm.clone();
        tokio::spawn(async move {
            keep_trying(policy, crm.authz.clone(), health.clone()).await;
            watch(&crm.db, &health).await;
        });
        let crm = self.crm.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = forget_old_requests(&crm.db, crm.clock.now_us()).await {
                    tracing::warn!(%error, "old requests could not be forgotten");
                }
                if let Err(error) = recycle(&crm, false).await {
                    tracing::warn!(%error, "customers could not be recycled");
                }
                tokio::time::sleep(CLEAN_EVERY).await;
            }
        });
    }

    fn routes(&self) -> Routes {
        let settings = SettingsServiceServer::new(SettingsApi(self.crm.clone()));
        let bulk = BulkServiceServer::new(BulkApi {
            crm: self.crm.clone(),
            loopback: self.loopback.clone(),
        });
        let duplicates = DuplicateServiceServer::new(DuplicateApi(self.crm.clone()));
        let pool = PoolServiceServer::new(PoolApi::new(&self.crm));
        kinds::routes(&self.crm)
            .with(settings.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(bulk.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(duplicates.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(pool.max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    fn sources(&self) -> Vec<Arc<dyn RecordSource>> {
        let source = |kind| -> Arc<dyn RecordSource> {
            Arc::new(KindSource {
                kind,
                db: self.crm.db.clone(),
                directory: Arc::clone(&self.crm.directory),
                clock: Arc::clone(&self.crm.clock),
            })
        };
        kinds::all().into_iter().map(source).collect()
    }
}
