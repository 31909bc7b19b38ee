//! Calls as somebody.

use crate::Result;
use menshen_proto::authz::v1::authz_service_client::AuthzServiceClient;
use menshen_proto::authz::v1::identity_service_client::IdentityServiceClient;
use menshen_proto::authz::v1::schema_service_client::SchemaServiceClient;
use menshen_proto::crm::v1::bulk_service_client::BulkServiceClient;
use menshen_proto::crm::v1::contact_service_client::ContactServiceClient;
use menshen_proto::crm::v1::customer_service_client::CustomerServiceClient;
use menshen_proto::crm::v1::duplicate_service_client::DuplicateServiceClient;
use menshen_proto::crm::v1::interaction_service_client::InteractionServiceClient;
use menshen_proto::crm::v1::pool_service_client::PoolServiceClient;
use menshen_proto::crm::v1::purchase_service_client::PurchaseServiceClient;
use menshen_proto::crm::v1::settings_service_client::SettingsServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A channel that sends a bearer token with each call.
pub type Signed = InterceptedService<Channel, Bearer>;

/// Puts the token, if there is one, into each call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// Both services, as one caller.
#[derive(Clone, Debug)]
pub struct Session {
    authz: Channel,
    crm: Channel,
    bearer: Bearer,
}

impl Session {
    /// A caller without a token.
    pub fn anonymous(authz: Channel, crm: Channel) -> Self {
        Self {
            authz,
            crm,
            bearer: Bearer(None),
        }
    }

    /// The same services, with this token.
    ///
    /// # Errors
    ///
    /// The token cannot stand in a header.
    pub fn with_token(&self, token: &str) -> Result<Self> {
        let value = format!("Bearer {token}").parse()?;
        Ok(Self {
            bearer: Bearer(Some(value)),
            ..self.clone()
        })
    }

    /// The token that is sent, without `Bearer`.
    pub fn token(&self) -> Option<&str> {
        let value = self.bearer.0.as_ref()?.to_str().ok()?;
        value.strip_prefix("Bearer ")
    }

    /// authz-service, for calls of any method.
    pub fn authz_channel(&self) -> Signed {
        InterceptedService::new(self.authz.clone(), self.bearer.clone())
    }

    /// crm-service, for calls of any method.
    pub fn crm_channel(&self) -> Signed {
        InterceptedService::new(self.crm.clone(), self.bearer.clone())
    }

    /// `menshen.authz.v1.AuthzService`
    pub fn authz(&self) -> AuthzServiceClient<Signed> {
        AuthzServiceClient::new(self.authz_channel())
    }

    /// `menshen.authz.v1.IdentityService`
    pub fn identity(&self) -> IdentityServiceClient<Signed> {
        IdentityServiceClient::new(self.authz_channel())
    }

    /// `menshen.authz.v1.SchemaService`
    pub fn schema(&self) -> SchemaServiceClient<Signed> {
        SchemaServiceClient::new(self.authz_channel())
    }

    /// `menshen.crm.v1.CustomerService`
    pub fn customers(&self) -> CustomerServiceClient<Signed> {
        CustomerServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.ContactService`
    pub fn contacts(&self) -> ContactServiceClient<Signed> {
        ContactServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.InteractionService`
    pub fn interactions(&self) -> InteractionServiceClient<Signed> {
        InteractionServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.PurchaseService`
    pub fn purchases(&self) -> PurchaseServiceClient<Signed> {
        PurchaseServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.BulkService`
    pub fn bulk(&self) -> BulkServiceClient<Signed> {
        BulkServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.DuplicateService`
    pub fn duplicates(&self) -> DuplicateServiceClient<Signed> {
        DuplicateServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.PoolService`
    pub fn pool(&self) -> PoolServiceClient<Signed> {
        PoolServiceClient::new(self.crm_channel())
    }

    /// `menshen.crm.v1.SettingsService`
    pub fn settings(&self) -> SettingsServiceClient<Signed> {
        SettingsServiceClient::new(self.crm_channel())
    }
}
