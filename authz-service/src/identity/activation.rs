//! Setting passwords: with a one-time token, or knowing the one before.

use super::authenticate::person;
use super::password;
use super::password_hash::HashingError;
use super::secret_token::{ACTIVATION_PREFIX, generate};
use super::{sessions, sign_in, users};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::activation_tokens::ActivationRow;
use crate::store::users::UserRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1::User;
use secrecy::{ExposeSecret as _, SecretString};
use service_kit::caller::Caller;
use service_kit::ids;
use service_kit::status::Reason;
use std::net::IpAddr;

/// How long an activation token lives.
const TOKEN_US: i64 = 72 * 3600 * 1_000_000;

const NOT_VALID: Refusal = Refusal::Unauthenticated {
    reason: Reason::TokenInvalid,
    message: "the activation token is unknown, used or has ended: ask an administrator for a new one",
};
const WRONG_PASSWORD: Refusal = Refusal::Unauthenticated {
    reason: Reason::SignInFailed,
    message: "the current password is not that",
};

/// Issues a token that sets a person's password; the ones before it end. Good when committed.
pub async fn issue(write: &mut Write<'_>, user_id: &str) -> Result<String, Refusal> {
    store::activation_tokens::delete(write.tx(), user_id).await?;
    issue_another(write, user_id).await
}

/// As [`issue`], but the ones before it stay good until one is used.
pub async fn issue_another(write: &mut Write<'_>, user_id: &str) -> Result<String, Refusal> {
    let (token, token_hash) = generate(ACTIVATION_PREFIX);
    let expires_at_us = write.now_us() + TOKEN_US;
    let row = ActivationRow {
        user_id: user_id.to_owned(),
        expires_at_us,
    };
    store::activation_tokens::insert(write.tx(), &token_hash, &row).await?;
    Ok(token)
}

/// Sets a password with a token.
///
/// # Errors
/// UNAUTHENTICATED: the token is not good. INVALID_ARGUMENT: the password is not.
pub async fn activate(
    org: &Organization,
    token: &str,
    password: SecretString,
) -> Result<User, Refusal> {
    let token_hash = ids::hash_secret(token);
    let row = store::activation_tokens::find(&org.db, &token_hash).await?;
    let row = row
        .filter(|row| org.now_us() < row.expires_at_us)
        .ok_or(NOT_VALID)?;
    let user = store::users::find(&org.db, &row.user_id, org.now_us()).await?;
    let user = user
        .filter(|user| user.disabled_at_us.is_none())
        .ok_or(NOT_VALID)?;
    judge("password", &password, &user)?;
    let hash = org.hashing.hash(password).await?;
    let mut write = Write::begin(org).await?;
    // Somebody may have used the token, or locked the person out, while the password was hashed.
    store::activation_tokens::find_in(write.tx(), &token_hash)
        .await?
        .ok_or(NOT_VALID)?;
    let now_us = write.now_us();
    let user = store::users::find_in(write.tx(), &user.id, now_us).await?;
    let user = user
        .filter(|user| user.disabled_at_us.is_none())
        .ok_or(NOT_VALID)?;
    store::activation_tokens::delete(write.tx(), &user.id).await?;
    set(&mut write, &user.id, &hash, "user.activate", None).await?;
    let user = store::users::find_in(write.tx(), &user.id, now_us)
        .await?
        .ok_or(NOT_VALID)?;
    write.commit().await?;
    Ok(users::message(&user))
}

/// Changes the caller's own password. Their other sessions end.
///
/// # Errors
/// UNAUTHENTICATED: the current password is wrong, or the caller is no person. INVALID_ARGUMENT: the
/// new one is not good.
pub async fn change_password(
    org: &Organization,
    caller: &Caller,
    current: SecretString,
    new: SecretString,
    peer: Option<IpAddr>,
) -> Result<(), Refusal> {
    let token = caller.token.as_ref().ok_or(WRONG_PASSWORD)?;
    let register = org.principals.load_full();
    let person = person(org, &register, token.expose_secret(), org.now_us())?;
    org.throttle
        .attempt(&person.id, peer, org.now_us())
        .map_err(sign_in::throttled)?;
    let stored = store::credentials::find(&org.db, &person.id).await?;
    if !org.hashing.verify(current, stored.clone()).await? {
        return Err(WRONG_PASSWORD);
    }
    org.throttle.succeeded(&person.id, peer);
    let user = store::users::find(&org.db, &person.id, org.now_us())
        .await?
        .ok_or(WRONG_PASSWORD)?;
    judge("new_password", &new, &user)?;
    let hash = org.hashing.hash(new).await?;
    let mut write = Write::begin(org).await?;
    if store::credentials::find_in(write.tx(), &person.id).await? != stored {
        return Err(WRONG_PASSWORD);
    }
    set(
        &mut write,
        &person.id,
        &hash,
        "user.change_password",
        Some(&person.session),
    )
    .await?;
    write.commit().await.map(|_| ())
}

/// Stores a password's hash and ends the person's sessions but one.
async fn set(
    write: &mut Write<'_>,
    user_id: &str,
    hash: &str,
    action: &'static str,
    session: Option<&str>,
) -> Result<(), Refusal> {
    let now_us = write.now_us();
    store::credentials::put(write.tx(), user_id, hash, now_us).await?;
    sessions::end_all(write, user_id, session).await?;
    let subject = format!("user:{user_id}");
    let author = Author {
        actor: subject.clone(),
        ..Author::default()
    };
    write.audit(vec![author.entry(action, subject)]).await
}

fn judge(field: &'static str, password: &SecretString, user: &UserRow) -> Result<(), Refusal> {
    let name = user.display_name.split_whitespace();
    let email = user.email.split(['@', '.']);
    let words = name
        .chain(email)
        .chain([user.id.as_str(), user.display_name.as_str()]);
    password::check(password.expose_secret(), words)
        .map_err(|refused| Refusal::field(field, refused.to_string()))
}

impl From<HashingError> for Refusal {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::TooMany {
                reason: Reason::Overloaded,
                message: error.to_string(),
                retry_after_ms: 1000,
            },
            HashingError::Failed(cause) => Self::Internal(cause),
        }
    }
}
