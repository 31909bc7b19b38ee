//! Keys that sign access tokens.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A key.
#[derive(sqlx::FromRow)]
pub struct SigningKeyRow {
    /// The `kid`.
    pub id: String,
    /// Ed25519 seed, base64url.
    pub seed: String,
}

const ALL: &str = "
    SELECT id, seed
    FROM signing_keys
    ORDER BY created_at_us DESC, id";

/// Every key, the newest first.
pub async fn all(db: &Db) -> Result<Vec<SigningKeyRow>, DbError> {
    db.fetch_all(Stmt::new(ALL)).await
}

const INSERT: &str = "
    INSERT INTO signing_keys (id, seed, created_at_us)
    VALUES ($1, $2, $3)";

/// Adds a key.
pub async fn insert(tx: &mut Tx, key: &SigningKeyRow, created_at_us: i64) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(&key.id)
        .bind(&key.seed)
        .bind(created_at_us);
    tx.execute(stmt).await.map(|_| ())
}
