//! The calls to authz-service: with our identity and the caller's token, in time, once more where the
//! connection was lost.

use super::RemoteSettings;
use crate::status::{self, Reason};
use menshen_proto::authz::v1::authz_service_client::AuthzServiceClient;
use menshen_proto::authz::v1::identity_service_client::IdentityServiceClient;
use menshen_proto::authz::v1::{
    BatchCheckRequest, BatchCheckResponse, FilterRequest, FilterResponse, GetKeySetRequest,
    GetKeySetResponse, WhoAmIRequest, WhoAmIResponse,
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};

/// A filter may name hundreds of thousands of ids.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// A connection whose other end is gone is noticed within these.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Client {
    authz: AuthzServiceClient<Channel>,
    identity: IdentityServiceClient<Channel>,
    service_token: Option<SecretString>,
    timeout: Duration,
}

/// A method: its request, its answer, and the client that has it.
macro_rules! method {
    ($(#[$doc:meta])* $name:ident on $client:ident: $request:ty => $response:ty) => {
        $(#[$doc])*
        pub(super) async fn $name(
            &self,
            token: impl Into<Option<&SecretString>>,
            request: $request,
        ) -> Result<$response, Status> {
            let send = |request| {
                let mut client = self.$client.clone();
                async move { client.$name(request).await }
            };
            self.ask(token.into(), request, send).await
        }
    };
}

impl Client {
    pub(super) fn new(settings: RemoteSettings) -> Self {
        let channel = settings.peer.channel(|endpoint| {
            endpoint
                .connect_timeout(settings.timeout)
                .http2_keep_alive_interval(KEEP_ALIVE)
                .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        });
        Self {
            authz: AuthzServiceClient::new(channel.clone())
                .max_decoding_message_size(MAX_ANSWER_BYTES),
            identity: IdentityServiceClient::new(channel),
            service_token: settings.service_token,
            timeout: settings.timeout,
        }
    }

    method! {
        /// Decides.
        batch_check on authz: BatchCheckRequest => BatchCheckResponse
    }
    method! {
        /// Decides about every record of a type.
        filter on authz: FilterRequest => FilterResponse
    }
    method! {
        /// Recognises a token.
        who_am_i on identity: WhoAmIRequest => WhoAmIResponse
    }
    method! {
        /// The keys that verify access tokens.
        get_key_set on identity: GetKeySetRequest => GetKeySetResponse
    }

    async fn ask<Q: Clone, A, F, S>(
        &self,
        token: Option<&SecretString>,
        message: Q,
        send: F,
    ) -> Result<A, Status>
    where
        F: Fn(Request<Q>) -> S,
        S: Future<Output = Result<Response<A>, Status>>,
    {
        let attempts = async {
            let lost = match send(self.request(token, message.clone())?).await {
                Err(lost) if lost.code() == Code::Unavailable => lost,
                answered => return answered,
            };
            tracing::debug!(%lost, "the connection to authz-service was lost; asking again");
            send(self.request(token, message)?).await
        };
        match tokio::time::timeout(self.timeout, attempts).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(refusal)) => Err(passed_on(&refusal)),
            Err(_) => Err(unavailable("it did not answer in time")),
        }
    }

    fn request<Q>(&self, token: Option<&SecretString>, message: Q) -> Result<Request<Q>, Status> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        if let Some(token) = token {
            request
                .metadata_mut()
                .insert("authorization", bearer(token)?);
        }
        if let Some(token) = &self.service_token {
            let own = bearer(token)
                .map_err(|problem| status::own_credential_refused(problem.message()))?;
            request
                .metadata_mut()
                .insert("menshen-service-authorization", own);
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

/// What our caller is told of authz-service's refusal to answer us.
pub(super) fn passed_on(refusal: &Status) -> Status {
    match refusal.code() {
        Code::Unauthenticated if status::is_because(refusal, Reason::ServiceCredentialInvalid) => {
            status::own_credential_refused(refusal.message())
        }
        Code::Unauthenticated => {
            status::unauthenticated(Reason::TokenInvalid, refusal.message().to_owned())
        }
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Internal
        | Code::Unknown => unavailable(refusal.message()),
        // We asked what may not be asked: another schema than ours, or we are not registered.
        code => status::internal_message(&format!(
            "authz-service refused our question: {code:?}: {}",
            refusal.message()
        )),
    }
}

fn unavailable(cause: &str) -> Status {
    tracing::warn!(cause, "no decision could be had of authz-service");
    status::unavailable(
        Reason::AuthzUnavailable,
        "it cannot be decided whether you may do this, so nothing was done; try again",
    )
}
