//! Passwords.

use service_kit::db::{Db, DbError, Stmt, Tx};

const FIND: &str = "
    SELECT password_hash
    FROM credentials
    WHERE user_id = $1";

/// The hash of a person's password, if they have one.
pub async fn find(db: &Db, user_id: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> = db.fetch_optional(Stmt::new(FIND).bind(user_id)).await?;
    Ok(row.map(|(hash,)| hash))
}

/// As [`find`], in a transaction.
pub async fn find_in(tx: &mut Tx, user_id: &str) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> = tx.fetch_optional(Stmt::new(FIND).bind(user_id)).await?;
    Ok(row.map(|(hash,)| hash))
}

const ANY: &str = "
    SELECT user_id
    FROM credentials
    LIMIT 1";

/// Whether anybody has a password.
pub async fn any(db: &Db) -> Result<bool, DbError> {
    let row: Option<(String,)> = db.fetch_optional(Stmt::new(ANY)).await?;
    Ok(row.is_some())
}

const PUT: &str = "
    INSERT INTO credentials (user_id, password_hash, set_at_us)
    VALUES ($1, $2, $3)
    ON CONFLICT (user_id)
    DO UPDATE SET
        password_hash = excluded.password_hash,
        set_at_us = excluded.set_at_us";

/// Sets a person's password.
pub async fn put(tx: &mut Tx, user_id: &str, hash: &str, at_us: i64) -> Result<(), DbError> {
    tx.execute(Stmt::new(PUT).bind(user_id).bind(hash).bind(at_us))
        .await
        .map(|_| ())
}

const DELETE: &str = "
    DELETE FROM credentials
    WHERE user_id = $1";

/// Takes a person's password away.
pub async fn delete(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute(Stmt::new(DELETE).bind(user_id))
        .await
        .map(|_| ())
}
