//! Signing in with a password.

use super::sessions;
use super::users;
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::users::UserRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1::SignInResponse;
use secrecy::SecretString;
use service_kit::status::Reason;
use std::net::IpAddr;

/// One answer for an unknown user, a wrong password and a disabled account.
const FAILED: Refusal = Refusal::Unauthenticated {
    reason: Reason::SignInFailed,
    message: "the sign-in failed: check the user and the password; if both are right, ask an \
              administrator about the account",
};

/// Signs a person in. `name` is their id or e-mail address.
///
/// # Errors
/// UNAUTHENTICATED; RESOURCE_EXHAUSTED: too many attempts.
pub async fn sign_in(
    org: &Organization,
    name: &str,
    password: SecretString,
    peer: Option<IpAddr>,
) -> Result<SignInResponse, Refusal> {
    org.throttle
        .attempt(name, peer, org.now_us())
        .map_err(throttled)?;
    let user = store::users::find_by_sign_in_name(&org.db, name, org.now_us()).await?;
    let stored = match &user {
        Some(user) => store::credentials::find(&org.db, &user.id).await?,
        None => None,
    };
    let is_right = org.hashing.verify(password, stored.clone()).await?;
    let Some(user) = user.filter(|user| is_right && user.disabled_at_us.is_none()) else {
        return fail(org, name).await;
    };
    org.throttle.succeeded(name, peer);
    succeed(org, user, stored).await
}

async fn succeed(
    org: &Organization,
    verified: UserRow,
    verified_hash: Option<String>,
) -> Result<SignInResponse, Refusal> {
    let mut write = Write::begin(org).await?;
    // Somebody may have locked the person out, or changed the password, while it was verified.
    let hash = store::credentials::find_in(write.tx(), &verified.id).await?;
    let now_us = write.now_us();
    let user = store::users::find_in(write.tx(), &verified.id, now_us).await?;
    let user = user.filter(|user| user.disabled_at_us.is_none() && hash == verified_hash);
    let mut user = user.ok_or(FAILED)?;
    let tokens = sessions::begin(&mut write, &user.id).await?;
    store::users::signed_in(write.tx(), &user.id, now_us).await?;
    user.last_sign_in_at_us = Some(now_us);
    let subject = format!("user:{}", user.id);
    let author = Author {
        actor: subject.clone(),
        ..Author::default()
    };
    write.audit(vec![author.entry("sign_in", subject)]).await?;
    write.commit().await?;
    Ok(SignInResponse {
        tokens: Some(tokens),
        user: Some(users::message(&user)),
    })
}

/// Notes the failure. What was typed for a name is kept only if it names somebody: people type
/// passwords into the wrong field. The same is written either way, so that the time tells nothing.
async fn fail(org: &Organization, name: &str) -> Result<SignInResponse, Refusal> {
    let known = store::users::find_by_sign_in_name(&org.db, name, org.now_us()).await?;
    let target = known
        .map(|user| format!("user:{}", user.id))
        .unwrap_or_default();
    let mut write = Write::begin(org).await?;
    write
        .audit(vec![Author::default().entry("sign_in.failed", target)])
        .await?;
    write.commit().await?;
    Err(FAILED)
}

/// Too many attempts, as a refusal.
pub(super) fn throttled(throttled: super::throttle::Throttled) -> Refusal {
    Refusal::TooMany {
        reason: Reason::TooManyAttempts,
        message: throttled.to_string(),
        retry_after_ms: throttled.retry_after_ms,
    }
}
