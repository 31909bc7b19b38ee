//! Programs that call.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ServiceAccountRow {
    /// The id in references.
    pub id: String,
    /// A JSON array of [type, relation].
    pub assertable: String,
    /// SHA-256 of its token, hexadecimal. NULL: known by certificate only.
    pub token_hash: Option<String>,
    /// NULL: not disabled.
    pub disabled_at_us: Option<i64>,
    /// When it was added.
    pub created_at_us: i64,
    /// NULL: never.
    pub last_used_at_us: Option<i64>,
}

const ALL: &str = "
    SELECT id, assertable, token_hash, disabled_at_us, created_at_us, last_used_at_us
    FROM service_accounts
    ORDER BY id";

/// Every service account, by id.
pub async fn all(db: &Db) -> Result<Vec<ServiceAccountRow>, DbError> {
    db.fetch_all(Stmt::new(ALL)).await
}

const BY_ID: &str = "
    SELECT id, assertable, token_hash, disabled_at_us, created_at_us, last_used_at_us
    FROM service_accounts
    WHERE id = $1";

/// A service account by id.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<ServiceAccountRow>, DbError> {
    tx.fetch_optional(Stmt::new(BY_ID).bind(id)).await
}

const PUT: &str = "
    INSERT INTO service_accounts (id, assertable, token_hash, disabled_at_us, created_at_us)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id)
    DO UPDATE SET
        assertable = excluded.assertable,
        token_hash = excluded.token_hash,
        disabled_at_us = excluded.disabled_at_us";

/// Adds or changes a service account.
pub async fn put(tx: &mut Tx, account: &ServiceAccountRow) -> Result<(), DbError> {
    let stmt = Stmt::new(PUT)
        .bind(&account.id)
        .bind(&account.assertable)
        .bind(account.token_hash.as_deref())
        .bind(account.disabled_at_us)
        .bind(account.created_at_us);
    tx.execute(stmt).await.map(|_| ())
}

const DELETE: &str = "
    DELETE FROM service_accounts
    WHERE id = $1";

/// Removes a service account.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.execute(Stmt::new(DELETE).bind(id)).await.map(|_| ())
}

const USED: &str = "
    UPDATE service_accounts
    SET last_used_at_us = $2
    WHERE id = $1";

/// Notes a service's last call.
pub async fn used(tx: &mut Tx, id: &str, at_us: i64) -> Result<(), DbError> {
    tx.execute(Stmt::new(USED).bind(id).bind(at_us))
        .await
        .map(|_| ())
}
