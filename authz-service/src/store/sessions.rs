//! Sign-ins and their refresh tokens.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A sign-in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    /// Random.
    pub id: String,
    /// Who signed in.
    pub user_id: String,
    /// When.
    pub started_at_us: i64,
    /// When it ends of itself.
    pub expires_at_us: i64,
    /// When somebody ended it.
    pub ended_at_us: Option<i64>,
}

const INSERT: &str = "
    INSERT INTO sessions (id, user_id, refresh_hash, started_at_us, expires_at_us)
    VALUES ($1, $2, $3, $4, $5)";

/// Begins a session.
pub async fn insert(tx: &mut Tx, session: &SessionRow, refresh_hash: &str) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(&session.id)
        .bind(&session.user_id)
        .bind(refresh_hash)
        .bind(session.started_at_us)
        .bind(session.expires_at_us);
    tx.execute(stmt).await.map(|_| ())
}

const BY_TOKEN: &str = "
    SELECT id, user_id, started_at_us, expires_at_us, ended_at_us
    FROM sessions
    WHERE refresh_hash = $1";

/// The session whose refresh token in force this is.
pub async fn find(tx: &mut Tx, refresh_hash: &str) -> Result<Option<SessionRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_TOKEN).bind(refresh_hash))
        .await
}

const BY_SPENT_TOKEN: &str = "
    SELECT s.id, s.user_id, s.started_at_us, s.expires_at_us, s.ended_at_us
    FROM sessions s
    JOIN spent_refresh_tokens t ON t.session_id = s.id
    WHERE t.token_hash = $1";

/// The session that a refresh token was once of.
pub async fn find_spent(tx: &mut Tx, refresh_hash: &str) -> Result<Option<SessionRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_SPENT_TOKEN).bind(refresh_hash))
        .await
}

const SPEND: &str = "
    INSERT INTO spent_refresh_tokens (token_hash, session_id, spent_at_us)
    VALUES ($1, $2, $3)";
const ROTATE: &str = "
    UPDATE sessions
    SET refresh_hash = $2
    WHERE id = $1";

/// Replaces a session's refresh token.
pub async fn rotate(
    tx: &mut Tx,
    session_id: &str,
    old_hash: &str,
    new_hash: &str,
    at_us: i64,
) -> Result<(), DbError> {
    tx.execute(Stmt::new(SPEND).bind(old_hash).bind(session_id).bind(at_us))
        .await?;
    tx.execute(Stmt::new(ROTATE).bind(session_id).bind(new_hash))
        .await
        .map(|_| ())
}

const OPEN: &str = "
    SELECT id, user_id, started_at_us, expires_at_us, ended_at_us
    FROM sessions
    WHERE user_id = $1
      AND ended_at_us IS NULL";

/// A person's sessions that nobody has ended.
pub async fn open(tx: &mut Tx, user_id: &str) -> Result<Vec<SessionRow>, DbError> {
    tx.fetch_all(Stmt::new(OPEN).bind(user_id)).await
}

const END: &str = "
    UPDATE sessions
    SET ended_at_us = $2
    WHERE id = $1
      AND ended_at_us IS NULL";

/// Ends a session.
pub async fn end(tx: &mut Tx, session_id: &str, at_us: i64) -> Result<(), DbError> {
    tx.execute(Stmt::new(END).bind(session_id).bind(at_us))
        .await
        .map(|_| ())
}

const ENDED_SINCE: &str = "
    SELECT id, user_id, started_at_us, expires_at_us, ended_at_us
    FROM sessions
    WHERE ended_at_us > $1";

/// The sessions that somebody ended after a time.
pub async fn ended_since(db: &Db, after_us: i64) -> Result<Vec<SessionRow>, DbError> {
    db.fetch_all(Stmt::new(ENDED_SINCE).bind(after_us)).await
}

const FORGET_TOKENS: &str = "
    DELETE FROM spent_refresh_tokens
    WHERE session_id IN (
        SELECT id
        FROM sessions
        WHERE expires_at_us <= $1)";
const FORGET: &str = "
    DELETE FROM sessions
    WHERE expires_at_us <= $1";

/// Forgets the sessions that ended of themselves before a time. Those that were ended stay until
/// then, so that their tokens are still recognised as stolen.
pub async fn forget(tx: &mut Tx, before_us: i64) -> Result<u64, DbError> {
    tx.execute(Stmt::new(FORGET_TOKENS).bind(before_us)).await?;
    tx.execute(Stmt::new(FORGET).bind(before_us)).await
}
