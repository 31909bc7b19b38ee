//! One-time tokens that set a password.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A token that was given out.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActivationRow {
    /// Whose password it sets.
    pub user_id: String,
    /// When it ends.
    pub expires_at_us: i64,
}

const FIND: &str = "
    SELECT user_id, expires_at_us
    FROM activation_tokens
    WHERE token_hash = $1";

/// The token behind a hash.
pub async fn find(db: &Db, token_hash: &str) -> Result<Option<ActivationRow>, DbError> {
    db.fetch_optional(Stmt::new(FIND).bind(token_hash)).await
}

/// As [`find`], in a transaction.
pub async fn find_in(tx: &mut Tx, token_hash: &str) -> Result<Option<ActivationRow>, DbError> {
    tx.fetch_optional(Stmt::new(FIND).bind(token_hash)).await
}

const INSERT: &str = "
    INSERT INTO activation_tokens (token_hash, user_id, expires_at_us)
    VALUES ($1, $2, $3)";

/// Adds a token.
pub async fn insert(tx: &mut Tx, token_hash: &str, token: &ActivationRow) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(token_hash)
        .bind(&token.user_id)
        .bind(token.expires_at_us);
    tx.execute(stmt).await.map(|_| ())
}

const DELETE: &str = "
    DELETE FROM activation_tokens
    WHERE user_id = $1";

/// Ends every token of a person.
pub async fn delete(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute(Stmt::new(DELETE).bind(user_id))
        .await
        .map(|_| ())
}

const FORGET: &str = "
    DELETE FROM activation_tokens
    WHERE expires_at_us <= $1";

/// Forgets the tokens that have ended.
pub async fn forget(tx: &mut Tx, now_us: i64) -> Result<u64, DbError> {
    tx.execute(Stmt::new(FORGET).bind(now_us)).await
}
