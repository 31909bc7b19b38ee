//! Who is calling.

use crate::status::{self, Reason};
use secrecy::SecretString;
use std::sync::Arc;
use tonic::{Request, Status};

/// What a call brings along to say who it is. Nothing here is verified yet.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// `authorization: Bearer …`: a person's access token, or a service's own token.
    pub bearer: Option<SecretString>,
    /// `menshen-service-authorization: Bearer …`: the calling service's token, where it is not known
    /// by its certificate.
    pub service_bearer: Option<SecretString>,
    /// Common name of the verified client certificate: the calling service.
    pub certificate_name: Option<String>,
}

/// A verified caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// On whose behalf the call is made: `user:u05`, or `service:root` where a service calls for
    /// itself.
    pub subject: String,
    /// The service that passed a person's call on: `service:crm`.
    pub via_service: Option<String>,
    /// The bearer token that names the subject, to be passed on to authz-service.
    pub token: Option<SecretString>,
}

impl Caller {
    /// The caller of a request that came through the guard.
    ///
    /// # Errors
    /// UNAUTHENTICATED where the method is public, so that nobody was recognised.
    pub fn of<T>(request: &Request<T>) -> Result<&Self, Status> {
        request
            .extensions()
            .get::<Arc<Self>>()
            .map(Arc::as_ref)
            .ok_or_else(|| status::unauthenticated(Reason::NoToken, "sign in to call this method"))
    }
}
