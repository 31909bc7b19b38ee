//! A small company: both services over throw-away databases, a few people with roles.

use authz_service::org::Organization;
use crm_service::config::OwnArgs;
use crm_service::policy::Policy;
use crm_service::server::{Application, MIGRATIONS};
use menshen_proto::authz::v1::authz_service_client::AuthzServiceClient;
use menshen_proto::authz::v1::identity_service_client::IdentityServiceClient;
use menshen_proto::authz::v1::*;
use menshen_proto::crm::v1::contact_service_client::ContactServiceClient;
use menshen_proto::crm::v1::customer_service_client::CustomerServiceClient;
use menshen_proto::crm::v1::interaction_service_client::InteractionServiceClient;
use menshen_proto::crm::v1::purchase_service_client::PurchaseServiceClient;
use menshen_proto::crm::v1::settings_service_client::SettingsServiceClient;
use prost_types::Timestamp;
use service_kit::clock::{Clock, SystemClock};
use service_kit::config::Transport;
use service_kit::db::scratch::Scratch;
use service_kit::serve::{self, GrpcService, Health, Limits, ServeOptions, Serving};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

const ROOT: &str = "mst_root-token-of-the-tests";
const PASSWORD: &str = "a lion at each leaf of the gate";
/// Person, department, role.
const PEOPLE: [(&str, &str, &str); 5] = [
    ("u05", "D111", "sales_rep"),
    ("u15", "D13", "sales_rep"),
    ("u21", "D2", "marketing_specialist"),
    ("u30", "D5", "crm_admin"),
    ("u32", "D5", "auditor"),
];

pub(crate) struct Company {
    authz: Channel,
    crm: Channel,
    tokens: HashMap<&'static str, String>,
    _serving: [Serving; 2],
    _databases: [Scratch; 2],
}

/// Sends a token with every call.
#[derive(Clone)]
pub(crate) struct Bearer(AsciiMetadataValue);

pub(crate) type Signed = InterceptedService<Channel, Bearer>;

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

impl Company {
    pub(crate) async fn new() -> Self {
        let databases = [database().await, database().await];
        let [authz_db, crm_db] = databases.each_ref().map(|scratch| scratch.db.clone());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let org = Organization::open(authz_db, Arc::clone(&clock), Some(ROOT.to_owned().into()))
            .await
            .unwrap();
        let health = Health::default();
        let (server, services) = authz_service::server::server(&org, &health).unwrap();
        let authz_serving = served(server, services, health);
        let authz_url = format!("http://{}", authz_serving.address());
        let authz = Endpoint::from_shared(authz_url.clone())
            .unwrap()
            .connect()
            .await
            .unwrap();
        let mut identity = IdentityServiceClient::with_interceptor(authz.clone(), bearer(ROOT));
        let crm_token = crm_token(&mut identity).await;

        let own = OwnArgs::new(Some(authz_url), Some(crm_token));
        let config = own.authz(&Transport::Insecure, &clock).unwrap();
        crm_db.migrate(&MIGRATIONS).await.unwrap();
        let application = Application::new(crm_db, clock, &config);
        Policy::shipped()
            .unwrap()
            .apply(&config.clients())
            .await
            .unwrap();
        let (server, services) = application.server().unwrap();
        let crm_serving = served(server, services, Health::default());
        let crm = format!("http://{}", crm_serving.address());
        let crm = Endpoint::from_shared(crm).unwrap().connect().await.unwrap();
        let tokens = people(&authz, &mut identity).await;
        Self {
            authz,
            crm,
            tokens,
            _serving: [authz_serving, crm_serving],
            _databases: databases,
        }
    }

    pub(crate) fn customers(&self, user: &str) -> CustomerServiceClient<Signed> {
        CustomerServiceClient::with_interceptor(self.crm.clone(), bearer(&self.tokens[user]))
    }

    pub(crate) fn purchases(&self, user: &str) -> PurchaseServiceClient<Signed> {
        PurchaseServiceClient::with_interceptor(self.crm.clone(), bearer(&self.tokens[user]))
    }

    pub(crate) fn contacts(&self, user: &str) -> ContactServiceClient<Signed> {
        ContactServiceClient::with_interceptor(self.crm.clone(), bearer(&self.tokens[user]))
    }

    pub(crate) fn interactions(&self, user: &str) -> InteractionServiceClient<Signed> {
        InteractionServiceClient::with_interceptor(self.crm.clone(), bearer(&self.tokens[user]))
    }

    pub(crate) fn settings(&self, user: &str) -> SettingsServiceClient<Signed> {
        SettingsServiceClient::with_interceptor(self.crm.clone(), bearer(&self.tokens[user]))
    }

    /// Grants a relationship as the administrator of the authorization service.
    pub(crate) async fn grant(&self, resource: &str, relation: &str, subject: &str) {
        let fact = Relationship {
            resource: resource.into(),
            relation: relation.into(),
            subject: subject.into(),
            ..Default::default()
        };
        let request = GrantRequest {
            relationships: vec![fact],
            reason: "test".into(),
            ..Default::default()
        };
        let mut grants = AuthzServiceClient::with_interceptor(self.authz.clone(), bearer(ROOT));
        grants.grant(request).await.unwrap();
    }
}

/// A time to come.
pub(crate) fn in_days(days: i64) -> Timestamp {
    let seconds = SystemClock.now_us() / 1_000_000 + days * 86_400;
    Timestamp { seconds, nanos: 0 }
}

/// The constant that programs compare.
pub(crate) fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}

fn bearer(token: &str) -> Bearer {
    Bearer(format!("Bearer {token}").parse().unwrap())
}

/// On the server that `MENSHEN_TEST_POSTGRES` names, else on SQLite.
async fn database() -> Scratch {
    match Scratch::postgres().await {
        Some(database) => database,
        None => Scratch::sqlite().await,
    }
}

fn served<S: GrpcService + Sync>(
    service: S,
    services: Vec<&'static str>,
    health: Health,
) -> Serving {
    let options = ServeOptions {
        name: "test",
        services,
        listen: ([127, 0, 0, 1], 0).into(),
        tls: None,
        threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        health,
    };
    serve::start(options, move || service.clone()).unwrap()
}

/// A token for the CRM, which has no certificate here.
async fn crm_token(identity: &mut IdentityServiceClient<Signed>) -> String {
    let request = UpdateServiceAccountRequest {
        service_account: Some(ServiceAccount {
            id: "crm".into(),
            ..Default::default()
        }),
        rotate_token: true,
        reason: "plaintext".into(),
        ..Default::default()
    };
    identity
        .update_service_account(request)
        .await
        .unwrap()
        .into_inner()
        .token
}

async fn people(
    authz: &Channel,
    identity: &mut IdentityServiceClient<Signed>,
) -> HashMap<&'static str, String> {
    for department in ["D111", "D13", "D2", "D5"] {
        let department = Department {
            id: department.into(),
            display_name: department.into(),
            ..Default::default()
        };
        let request = CreateDepartmentRequest {
            department: Some(department),
            reason: "test".into(),
        };
        identity.create_department(request).await.unwrap();
    }
    let mut grants = AuthzServiceClient::with_interceptor(authz.clone(), bearer(ROOT));
    let mut tokens = HashMap::new();
    for (id, department, role) in PEOPLE {
        let user = User {
            id: id.into(),
            display_name: id.into(),
            email: format!("{id}@example.com"),
            department: department.into(),
            ..Default::default()
        };
        let request = CreateUserRequest {
            user: Some(user),
            reason: "test".into(),
        };
        let activation_token = identity
            .create_user(request)
            .await
            .unwrap()
            .into_inner()
            .activation_token;
        let activate = ActivateRequest {
            activation_token,
            password: PASSWORD.into(),
        };
        identity.activate(activate).await.unwrap();
        let sign_in = SignInRequest {
            user: id.into(),
            password: PASSWORD.into(),
        };
        let signed_in = identity.sign_in(sign_in).await.unwrap().into_inner();
        tokens.insert(id, signed_in.tokens.unwrap().access_token);
        let member = Relationship {
            resource: format!("role:{role}"),
            relation: "member".into(),
            subject: format!("user:{id}"),
            ..Default::default()
        };
        let request = GrantRequest {
            relationships: vec![member],
            reason: "test".into(),
            ..Default::default()
        };
        grants.grant(request).await.unwrap();
    }
    tokens
}
