//! From credentials to a caller.
//!
//! A person is known by an access token, a service by its certificate or its own token. A credential
//! that is there but not good is a refusal and never ignored: otherwise a service that passes on a
//! broken token would act for itself.

use super::access_token;
use super::principals::{Register, Service};
use super::recognised::Person;
use super::secret_token::{SERVICE_PREFIX, hash};
use crate::org::Organization;
use crate::refusal::Refusal;
use secrecy::ExposeSecret as _;
use service_kit::caller::{Caller, Credentials};
use service_kit::status::Reason;
use std::sync::Arc;

/// Verifies credentials.
///
/// # Errors
/// UNAUTHENTICATED: there are none, or one of them is not good.
pub fn authenticate(org: &Organization, given: &Credentials) -> Result<Caller, Refusal> {
    let register = org.principals.load();
    let now_us = org.now_us();
    let service = calling_service(&register, given)?;
    if let Some(service) = &service {
        service.used(now_us);
    }
    let Some(token) = &given.bearer else {
        let service = service.ok_or(NO_CREDENTIAL)?;
        return Ok(Caller {
            subject: service.subject.to_string(),
            via_service: None,
            token: None,
        });
    };
    let subject = if is_service_token(&register, token.expose_secret()) {
        let named = service_of_token(&register, token.expose_secret()).ok_or(INVALID_TOKEN)?;
        named.used(now_us);
        named.subject.to_string()
    } else {
        person(org, &register, token.expose_secret(), now_us)?
            .subject
            .to_string()
    };
    let via_service = service.map(|service| service.subject.to_string());
    let via_service = via_service.filter(|service| *service != subject);
    Ok(Caller {
        subject,
        via_service,
        token: Some(token.clone()),
    })
}

/// The person behind an access token.
///
/// # Errors
/// UNAUTHENTICATED: it is not good, the person is locked out, or the session has ended.
pub fn person(
    org: &Organization,
    register: &Register,
    token: &str,
    now_us: i64,
) -> Result<Arc<Person>, Refusal> {
    let key = hash(token);
    let person = if let Some(person) = org.recognised.find(&key, now_us) {
        person
    } else {
        let person = Arc::new(verified(org, token, now_us)?);
        org.recognised.insert(key, Arc::clone(&person), now_us);
        person
    };
    // Asked each time: this is how locking somebody out works at once.
    if register.is_disabled(&person.id) || register.is_ended(&person.session) {
        return Err(INVALID_TOKEN);
    }
    Ok(person)
}

fn verified(org: &Organization, token: &str, now_us: i64) -> Result<Person, Refusal> {
    let claims = access_token::verify(token, &org.keys.signing, &org.keys.issuer, now_us)
        .map_err(|_| INVALID_TOKEN)?;
    let id = claims
        .sub
        .strip_prefix("user:")
        .ok_or(INVALID_TOKEN)?
        .into();
    Ok(Person {
        subject: claims.sub.as_str().into(),
        id,
        session: claims.sid.into(),
        expires_at_us: claims.exp.saturating_mul(1_000_000),
    })
}

/// The service that calls, by certificate or token. Both must name the same.
fn calling_service(
    register: &Register,
    given: &Credentials,
) -> Result<Option<Arc<Service>>, Refusal> {
    let by_certificate = given.certificate_name.as_deref().map(|name| {
        let service = register.service(name).filter(|service| !service.disabled);
        service.ok_or(UNKNOWN_CERTIFICATE)
    });
    let by_token = given.service_bearer.as_ref();
    let by_token = by_token.map(|token| {
        service_of_token(register, token.expose_secret()).ok_or(UNKNOWN_SERVICE_TOKEN)
    });
    match (by_certificate.transpose()?, by_token.transpose()?) {
        (Some(one), Some(other)) if one.id != other.id => Err(TWO_SERVICES),
        (Some(service), _) | (None, Some(service)) => Ok(Some(Arc::clone(service))),
        (None, None) => Ok(None),
    }
}

/// An operator's own `MENSHEN_ROOT_TOKEN` need not look like the tokens that we make.
fn is_service_token(register: &Register, token: &str) -> bool {
    token.starts_with(SERVICE_PREFIX) || register.service_by_token(&hash(token)).is_some()
}

fn service_of_token<'r>(register: &'r Register, token: &str) -> Option<&'r Arc<Service>> {
    let service = register.service_by_token(&hash(token));
    service.filter(|service| !service.disabled)
}

const NO_CREDENTIAL: Refusal = Refusal::Unauthenticated {
    reason: Reason::NoToken,
    message: "the call came without a token: sign in and send `authorization: Bearer …`",
};
/// One answer for every token that is not good.
pub const INVALID_TOKEN: Refusal = Refusal::Unauthenticated {
    reason: Reason::TokenInvalid,
    message: "the token is not valid, or no longer: sign in again",
};
// What only the calling service's operator can mend, whoever it calls for.
const UNKNOWN_SERVICE_TOKEN: Refusal = Refusal::Unauthenticated {
    reason: Reason::ServiceCredentialInvalid,
    message: "the calling service's token is not valid, or no longer: \
              get it a new one with UpdateServiceAccount",
};
const TWO_SERVICES: Refusal = Refusal::Unauthenticated {
    reason: Reason::ServiceCredentialInvalid,
    message: "the calling service's certificate and token are of two service accounts: \
              leave one of them out",
};
const UNKNOWN_CERTIFICATE: Refusal = Refusal::Unauthenticated {
    reason: Reason::ServiceCredentialInvalid,
    message: "the client certificate's common name is not that of a service account in force: \
              create one with CreateServiceAccount",
};
