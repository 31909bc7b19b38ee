//! Decides by asking authz-service over gRPC.
//!
//! People's access tokens are verified here, with authz-service's public keys; every other token is
//! shown to authz-service. Whether an account is still enabled is authz-service's to say, at every
//! question. Without an answer in time, the answer is UNAVAILABLE.

mod client;
mod convert;
mod keys;
mod known;
#[cfg(test)]
mod tests;
mod token;

use super::decider::{Answer, Decider, FilterAnswer, Question};
use crate::caller::{Caller, Credentials};
use crate::clock::Clock;
use crate::status::{self, Reason};
use crate::tls::Peer;
use async_trait::async_trait;
use client::Client;
use keys::KeySet;
use known::KnownTokens;
use menshen_proto::authz::v1::{
    BatchCheckRequest, ContextualRelation, FilterRequest, WhoAmIRequest,
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use token::Looks;
use tonic::Status;

/// How long the answer about a token that only authz-service understands is believed.
const BELIEVED_US: i64 = 5_000_000;
/// How long a verified signature is remembered at most. It ends earlier with the token.
const VERIFIED_US: i64 = 60_000_000;

/// How to reach authz-service.
pub struct RemoteSettings {
    /// Where it is, and how it is reached.
    pub peer: Peer,
    /// Our own token, where authz-service does not know us by certificate.
    pub service_token: Option<SecretString>,
    /// How long to wait for one answer. 2 s by default.
    pub timeout: Duration,
}

impl RemoteSettings {
    /// How long to wait for one answer unless told otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
}

/// A decider that asks authz-service.
pub struct RemoteDecider {
    client: Client,
    keys: KeySet,
    known: KnownTokens,
    clock: Arc<dyn Clock>,
}

impl RemoteDecider {
    /// Connects with the first question, and again whenever the connection is lost. Call it within a
    /// tokio runtime.
    pub fn new(settings: RemoteSettings, clock: Arc<dyn Clock>) -> Self {
        let client = Client::new(settings);
        Self {
            keys: KeySet::new(client.clone(), Arc::clone(&clock)),
            client,
            known: KnownTokens::default(),
            clock,
        }
    }

    /// Whose token it is.
    async fn subject(&self, token: &SecretString) -> Result<String, Status> {
        let (text, now_us) = (token.expose_secret(), self.clock.now_us());
        if let Some(subject) = self.known.subject(text, now_us) {
            return Ok(subject);
        }
        let (subject, until_us) = match token::looks(text) {
            Looks::Signed => self.verified(text, now_us).await?,
            Looks::Opaque => self.introspected(token, now_us).await?,
        };
        self.known.remember(text, &subject, until_us, now_us);
        Ok(subject)
    }

    /// The subject of a token that we can verify, and until when it may be remembered.
    async fn verified(&self, token: &str, now_us: i64) -> Result<(String, i64), Status> {
        let unverified = token::Unverified::read(token)?;
        let key = self.keys.key(unverified.key_id()).await?;
        let claims = unverified.verify(&key, now_us)?;
        Ok((
            claims.subject,
            claims.expires_at_us.min(now_us + VERIFIED_US),
        ))
    }

    /// The subject of a token that only authz-service understands.
    async fn introspected(
        &self,
        token: &SecretString,
        now_us: i64,
    ) -> Result<(String, i64), Status> {
        let answer = self.client.who_am_i(token, WhoAmIRequest {}).await?;
        Ok((answer.subject, now_us + BELIEVED_US))
    }
}

#[async_trait]
impl Decider for RemoteDecider {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Caller, Status> {
        let Some(token) = &credentials.bearer else {
            let message = "send `authorization: Bearer TOKEN`; IdentityService.SignIn gives one";
            return Err(status::unauthenticated(Reason::NoToken, message));
        };
        let subject = self.subject(token).await?;
        let via_service = credentials
            .certificate_name
            .as_ref()
            .map(|name| format!("service:{name}"));
        Ok(Caller {
            subject,
            via_service,
            token: Some(token.clone()),
        })
    }

    async fn check(
        &self,
        caller: &Caller,
        questions: Vec<Question>,
    ) -> Result<Vec<Answer>, Status> {
        let asked = questions.len();
        let checks = questions
            .into_iter()
            .map(|question| convert::check(caller, question))
            .collect();
        let request = BatchCheckRequest {
            checks,
            consistency: None,
        };
        let response = self
            .client
            .batch_check(caller.token.as_ref(), request)
            .await?;
        let answers: Vec<Answer> = response
            .results
            .into_iter()
            .map(convert::answer)
            .collect::<Result<_, _>>()?;
        if answers.len() == asked {
            return Ok(answers);
        }
        Err(status::internal_message(
            "authz-service left questions unanswered",
        ))
    }

    async fn filter(
        &self,
        caller: &Caller,
        permission: &str,
        resource_type: &str,
        contextual: Vec<ContextualRelation>,
    ) -> Result<FilterAnswer, Status> {
        let request = FilterRequest {
            subject: caller.subject.clone(),
            permission: permission.to_owned(),
            resource_type: resource_type.to_owned(),
            contextual_relations: contextual,
            ..FilterRequest::default()
        };
        convert::filter(self.client.filter(caller.token.as_ref(), request).await?)
    }
}
