//! Answers to writes that carried a request id.

use service_kit::db::{DbError, Stmt, Tx};

/// A write that was done.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DoneRequest {
    /// SHA-256 of method and content, hexadecimal.
    pub body_hash: String,
    /// The revision that the answer names.
    pub revision: i64,
}

const FIND: &str = "
    SELECT body_hash, revision
    FROM requests
    WHERE caller = $1
      AND request_id = $2";

/// The write that a caller did under a request id.
pub async fn find(
    tx: &mut Tx,
    caller: &str,
    request_id: &str,
) -> Result<Option<DoneRequest>, DbError> {
    tx.fetch_optional(Stmt::new(FIND).bind(caller).bind(request_id))
        .await
}

const INSERT: &str = "
    INSERT INTO requests (caller, request_id, body_hash, revision, at_us)
    VALUES ($1, $2, $3, $4, $5)";

/// Remembers a write.
pub async fn insert(
    tx: &mut Tx,
    caller: &str,
    request_id: &str,
    done: &DoneRequest,
    at_us: i64,
) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(caller)
        .bind(request_id)
        .bind(&done.body_hash)
        .bind(done.revision)
        .bind(at_us);
    tx.execute(stmt).await.map(|_| ())
}

const FORGET: &str = "
    DELETE FROM requests
    WHERE at_us < $1";

/// Forgets the writes before a time.
pub async fn forget(tx: &mut Tx, before_us: i64) -> Result<u64, DbError> {
    tx.execute(Stmt::new(FORGET).bind(before_us)).await
}
