//! What the CRM asks of authz-service beside decisions: who people are, shares, the policy.

mod directory;
mod remote_directory;

pub(crate) use directory::{
    Directory, Person, existing_department, existing_group, fitting_department, receiver,
};
pub(crate) use remote_directory::RemoteDirectory;

use menshen_proto::authz::v1 as authz;
use menshen_proto::authz::v1::authz_service_client::AuthzServiceClient;
use menshen_proto::authz::v1::identity_service_client::IdentityServiceClient;
use menshen_proto::authz::v1::schema_service_client::SchemaServiceClient;
use secrecy::{ExposeSecret, SecretString};
use service_kit::status::{self, Reason};
use service_kit::tls::Peer;
use std::time::Duration;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};

/// How long to wait for one answer. Longer than for a decision: these may wait for a disk.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Clients of authz-service over one connection, made with the first call and again when it is lost.
#[derive(Clone)]
pub struct Authz {
    grants: AuthzServiceClient<Channel>,
    identity: IdentityServiceClient<Channel>,
    schema: SchemaServiceClient<Channel>,
    service_token: Option<SecretString>,
}

/// In whose name a call is made.
#[derive(Clone, Copy)]
pub(crate) enum As<'a> {
    /// The CRM itself.
    Service,
    /// The person, or the other service, that called the CRM; with the CRM's own identity beside.
    Caller(&'a SecretString),
}

/// A method: its request and its answer. A call whose connection was lost is made once more; each of
/// these has the same effect twice as once.
macro_rules! method {
    ($(#[$doc:meta])* $name:ident on $client:ident: $request:ident => $response:ident) => {
        $(#[$doc])*
        pub(crate) async fn $name(
            &self,
            who: As<'_>,
            message: authz::$request,
        ) -> Result<authz::$response, Status> {
            let mut client = self.$client.clone();
            let first = client.$name(self.request(who, message.clone())?).await;
            let answer = match first {
                Err(lost) if lost.code() == Code::Unavailable => {
                    client.$name(self.request(who, message)?).await
                }
                answered => answered,
            };
            answer.map(Response::into_inner).map_err(|refusal| passed_on(&refusal))
        }
    };
}

impl Authz {
    /// Clients that connect lazily. Call it within a tokio runtime.
    ///
    /// `service_token` names the CRM where it is not known by its certificate.
    pub fn new(peer: &Peer, service_token: Option<SecretString>) -> Self {
        let channel = peer.channel(|endpoint| endpoint.connect_timeout(TIMEOUT));
        Self {
            grants: AuthzServiceClient::new(channel.clone()),
            identity: IdentityServiceClient::new(channel.clone()),
            schema: SchemaServiceClient::new(channel),
            service_token,
        }
    }

    method! {
        /// Decides one question.
        check on grants: CheckRequest => CheckResponse
    }
    method! {
        /// Writes relationships.
        grant on grants: GrantRequest => GrantResponse
    }
    method! {
        /// Deletes relationships.
        revoke on grants: RevokeRequest => RevokeResponse
    }
    method! {
        /// Lists relationships.
        list_grants on grants: ListGrantsRequest => ListGrantsResponse
    }
    method! {
        /// A person.
        get_user on identity: GetUserRequest => GetUserResponse
    }
    method! {
        /// Every department.
        list_departments on identity: ListDepartmentsRequest => ListDepartmentsResponse
    }
    method! {
        /// Changes a service account.
        update_service_account on identity: UpdateServiceAccountRequest => UpdateServiceAccountResponse
    }
    method! {
        /// The schema as it was written.
        read_schema on schema: ReadSchemaRequest => ReadSchemaResponse
    }
    method! {
        /// Replaces the schema.
        write_schema on schema: WriteSchemaRequest => WriteSchemaResponse
    }

    fn request<M>(&self, who: As<'_>, message: M) -> Result<Request<M>, Status> {
        let mut request = Request::new(message);
        request.set_timeout(TIMEOUT);
        if let As::Caller(token) = who {
            request
                .metadata_mut()
                .insert("authorization", bearer(token)?);
        }
        if let Some(token) = &self.service_token {
            request
                .metadata_mut()
                .insert("menshen-service-authorization", bearer(token)?);
        }
        Ok(request)
    }
}

fn bearer(token: &SecretString) -> Result<AsciiMetadataValue, Status> {
    let text = format!("Bearer {}", token.expose_secret());
    let mut value = AsciiMetadataValue::try_from(text).map_err(|_| {
        status::unauthenticated(
            Reason::TokenInvalid,
            "the token has characters that no token has",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What our caller is told of a refusal: the same code, words and details, without the metadata of
/// the connection; UNAVAILABLE where there was no answer.
fn passed_on(refusal: &Status) -> Status {
    match refusal.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
            tracing::warn!(cause = refusal.message(), "authz-service did not answer");
            status::unavailable(
                Reason::AuthzUnavailable,
                "authz-service did not answer, so nothing was done; try again",
            )
        }
        Code::Unauthenticated if status::is_because(refusal, Reason::ServiceCredentialInvalid) => {
            status::own_credential_refused(refusal.message())
        }
        code => Status::with_details(code, refusal.message(), refusal.details().to_vec().into()),
    }
}
