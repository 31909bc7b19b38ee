//! The CRM's services, behind the guard.

use crate::authz::{Authz, RemoteDirectory};
use crate::bulk::Loopback;
use crate::bulk::api::BulkApi;
use crate::collaboration::content::{ContentApi, forget_old_uploads};
use crate::collaboration::inbox::InboxApi;
use crate::collaboration::timeline::TimelineApi;
use crate::config::AuthzConfig;
use crate::crm::Crm;
use crate::customers::duplicates::api::DuplicateApi;
use crate::customers::pool::api::PoolApi;
use crate::customers::pool::recycle::recycle;
use crate::kinds;
use crate::mail::Mailer;
use crate::marketing::preference::PreferenceApi;
use crate::marketing::sending;
use crate::policy::{Policy, keep_trying};
use crate::records::source::KindSource;
use crate::records::write::forget_old_requests;
use crate::settings::api::SettingsApi;
use crate::support::clocks::breach_due;
use menshen_proto::crm::v1::attachment_content_service_server::AttachmentContentServiceServer;
use menshen_proto::crm::v1::bulk_service_server::BulkServiceServer;
use menshen_proto::crm::v1::duplicate_service_server::DuplicateServiceServer;
use menshen_proto::crm::v1::inbox_service_server::InboxServiceServer;
use menshen_proto::crm::v1::pool_service_server::PoolServiceServer;
use menshen_proto::crm::v1::preference_service_server::PreferenceServiceServer;
use menshen_proto::crm::v1::settings_service_server::SettingsServiceServer;
use menshen_proto::crm::v1::timeline_service_server::TimelineServiceServer;
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
    ("0003_sales", include_str!("../migrations/0003_sales.sql")),
    (
        "0004_support",
        include_str!("../migrations/0004_support.sql"),
    ),
    (
        "0005_marketing",
        include_str!("../migrations/0005_marketing.sql"),
    ),
    (
        "0006_collaboration",
        include_str!("../migrations/0006_collaboration.sql"),
    ),
]);

const CLEAN_EVERY: Duration = Duration::from_hours(1);
/// How late a breach may be noticed.
const BREACH_EVERY: Duration = Duration::from_secs(2);

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
                kinds: kinds::all().into(),
                mailer: None,
            },
            loopback: Loopback::default(),
        }
    }

    /// Letters are handed to this mail server. Without one nothing is sent.
    #[must_use]
    pub fn with_mail(mut self, mailer: Option<Mailer>) -> Self {
        self.crm.mailer = mailer;
        self
    }

    /// Builds the services and puts the guard in front of all of them.
    ///
    /// # Errors
    /// A method that the guard could not guard: nothing is served then.
    pub fn server(&self, health: &Health) -> Result<(Server, Vec<&'static str>), Incomplete> {
        let routes = self.routes(health);
        let names = routes.names();
        let guard = GuardLayer::new(Arc::clone(&self.crm.decider), self.sources());
        guard.check_complete(names.iter().flat_map(|name| methods_of(name)))?;
        let server = guard.layer(routes);
        self.loopback.connect(&server);
        Ok((server, names))
    }

    /// Puts the access model in force in the background, and says that the CRM is ready once it is, for
    /// as long as its database is there. Beside it, cleans up, recycles customers, notices broken promises and
    /// sends mail.
    pub fn work_in_background(&self, policy: Policy, health: Health) {
        let crm = self.crm.clone();
        tokio::spawn(async move {
            keep_trying(policy, crm.authz.clone(), health.clone()).await;
            watch(&crm.db, &health).await;
        });
        if let Some(mailer) = self.crm.mailer.clone() {
            tokio::spawn(sending::work(self.crm.clone(), mailer));
        }
        let crm = self.crm.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = forget_old_requests(&crm.db, crm.clock.now_us()).await {
                    tracing::warn!(%error, "old requests could not be forgotten");
                }
                if let Err(error) = recycle(&crm, false).await {
                    tracing::warn!(%error, "customers could not be recycled");
                }
                if let Err(error) = forget_old_uploads(&crm.db, crm.clock.now_us()).await {
                    tracing::warn!(%error, "old uploads could not be forgotten");
                }
                tokio::time::sleep(CLEAN_EVERY).await;
            }
        });
        let crm = self.crm.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = breach_due(&crm).await {
                    tracing::warn!(%error, "broken promises about tickets could not be written down");
                }
                tokio::time::sleep(BREACH_EVERY).await;
            }
        });
    }

    fn routes(&self, health: &Health) -> Routes {
        let kinds = kinds::all();
        let inbox = InboxServiceServer::new(InboxApi::new(&self.crm, &kinds, health));
        let timeline = TimelineServiceServer::new(TimelineApi::new(&self.crm, &kinds, health));
        let settings = SettingsServiceServer::new(SettingsApi(self.crm.clone()));
        let bulk = BulkServiceServer::new(BulkApi {
            crm: self.crm.clone(),
            loopback: self.loopback.clone(),
        });
        let duplicates = DuplicateServiceServer::new(DuplicateApi(self.crm.clone()));
        let pool = PoolServiceServer::new(PoolApi::new(&self.crm));
        let content = AttachmentContentServiceServer::new(ContentApi(self.crm.clone()));
        let preferences = PreferenceServiceServer::new(PreferenceApi(self.crm.clone()));
        kinds::routes(&self.crm)
            .with(settings.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(bulk.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(duplicates.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(pool.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(content.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(inbox.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(timeline.max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(preferences.max_decoding_message_size(MAX_REQUEST_BYTES))
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
