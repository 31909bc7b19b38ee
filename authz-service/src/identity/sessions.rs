//! Sessions: from a sign-in to its end, over refresh tokens that work once.

use super::access_token::{Claims, LIFETIME_S};
use super::principals::Effect;
use super::secret_token::{REFRESH_PREFIX, generate};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::sessions::SessionRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1::Tokens;
use service_kit::clock::timestamp;
use service_kit::ids;
use service_kit::status::Reason;

const US_PER_S: i64 = 1_000_000;
/// How long a session lasts after the sign-in, however often it is refreshed.
const SESSION_US: i64 = 12 * 3600 * US_PER_S;

const NOT_VALID: Refusal = Refusal::Unauthenticated {
    reason: Reason::TokenInvalid,
    message: "the refresh token is not valid, or no longer: sign in again",
};

/// Begins a session in a write. The tokens are good when it is committed.
pub async fn begin(write: &mut Write<'_>, user_id: &str) -> Result<Tokens, Refusal> {
    let now_us = write.now_us();
    let session = SessionRow {
        id: ids::new_id(now_us).to_string(),
        user_id: user_id.to_owned(),
        started_at_us: now_us,
        expires_at_us: now_us + SESSION_US,
        ended_at_us: None,
    };
    let (refresh_token, refresh_hash) = generate(REFRESH_PREFIX);
    store::sessions::insert(write.tx(), &session, &refresh_hash).await?;
    tokens(write.org(), &session, refresh_token, now_us)
}

/// Trades a refresh token for new tokens. One that was traded before ends its session: either its
/// holder or somebody else has a copy.
///
/// # Errors
/// UNAUTHENTICATED: unknown, used, ended or expired, or the person is locked out.
pub async fn refresh(org: &Organization, refresh_token: &str) -> Result<Tokens, Refusal> {
    let old_hash = ids::hash_secret(refresh_token);
    let mut write = Write::begin(org).await?;
    let now_us = write.now_us();
    let Some(session) = store::sessions::find(write.tx(), &old_hash).await? else {
        if let Some(session) = store::sessions::find_spent(write.tx(), &old_hash).await? {
            end_stolen(write, &session).await?;
        }
        return Err(NOT_VALID);
    };
    let locked_out = org.principals.load().is_disabled(&session.user_id);
    if session.ended_at_us.is_some() || session.expires_at_us <= now_us || locked_out {
        return Err(NOT_VALID);
    }
    let (refresh_token, new_hash) = generate(REFRESH_PREFIX);
    store::sessions::rotate(write.tx(), &session.id, &old_hash, &new_hash, now_us).await?;
    let tokens = tokens(org, &session, refresh_token, now_us)?;
    write.commit().await?;
    Ok(tokens)
}

/// Ends the session of a refresh token, current or spent. An unknown one has none.
pub async fn sign_out(org: &Organization, refresh_token: &str) -> Result<(), Refusal> {
    let hash = ids::hash_secret(refresh_token);
    let mut write = Write::begin(org).await?;
    let session = match store::sessions::find(write.tx(), &hash).await? {
        Some(session) => Some(session),
        None => store::sessions::find_spent(write.tx(), &hash).await?,
    };
    let Some(session) = session.filter(|session| session.ended_at_us.is_none()) else {
        return Ok(());
    };
    let author = Author {
        actor: subject(&session.user_id),
        ..Author::default()
    };
    end(&mut write, &session).await?;
    write
        .audit(vec![author.entry("sign_out", subject(&session.user_id))])
        .await?;
    write.commit().await.map(|_| ())
}

/// Ends every session of a person but one.
pub async fn end_all(
    write: &mut Write<'_>,
    user_id: &str,
    but: Option<&str>,
) -> Result<(), Refusal> {
    for session in store::sessions::open(write.tx(), user_id).await? {
        if Some(session.id.as_str()) != but {
            end(write, &session).await?;
        }
    }
    Ok(())
}

async fn end(write: &mut Write<'_>, session: &SessionRow) -> Result<(), Refusal> {
    let now_us = write.now_us();
    store::sessions::end(write.tx(), &session.id, now_us).await?;
    let until_us = now_us + LIFETIME_S * US_PER_S;
    write.effect(Effect::SessionEnded {
        id: session.id.as_str().into(),
        until_us,
    });
    Ok(())
}

async fn end_stolen(mut write: Write<'_>, session: &SessionRow) -> Result<(), Refusal> {
    if session.ended_at_us.is_some() {
        return Ok(());
    }
    tracing::warn!(
        session = session.id,
        "a refresh token was used twice; the session is ended"
    );
    end(&mut write, session).await?;
    let entry = Author::default().entry("session.reused_token", subject(&session.user_id));
    write.audit(vec![entry]).await?;
    write.commit().await.map(|_| ())
}

fn tokens(
    org: &Organization,
    session: &SessionRow,
    refresh_token: String,
    now_us: i64,
) -> Result<Tokens, Refusal> {
    let key = org
        .keys
        .signing
        .first()
        .ok_or_else(|| Refusal::internal("there is no signing key"))?;
    let issued_at = now_us.div_euclid(US_PER_S);
    let expires_at_s = (issued_at + LIFETIME_S).min(session.expires_at_us.div_euclid(US_PER_S));
    let claims = Claims {
        iss: org.keys.issuer.clone(),
        sub: subject(&session.user_id),
        iat: issued_at,
        nbf: issued_at,
        exp: expires_at_s,
        sid: session.id.clone(),
    };
    Ok(Tokens {
        access_token: key.sign(&claims).map_err(Refusal::internal)?,
        access_expires_at: Some(timestamp(expires_at_s * US_PER_S)),
        refresh_token,
        refresh_expires_at: Some(timestamp(session.expires_at_us)),
    })
}

fn subject(user_id: &str) -> String {
    format!("user:{user_id}")
}
