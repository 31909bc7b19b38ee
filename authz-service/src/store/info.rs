//! What the database is and how far it has come.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// The one row of `store_info`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoreInfo {
    /// 16 hexadecimal digits.
    pub database_id: String,
    /// The revision of the last write.
    pub head_revision: i64,
    /// NULL: the first start has not completed.
    pub initialized_at_us: Option<i64>,
}

const CREATE: &str = "
    INSERT INTO store_info (id, database_id, head_revision, initialized_at_us)
    VALUES (1, $1, 0, NULL)
    ON CONFLICT (id) DO NOTHING";

/// Gives a new database its id. False: it has one.
pub async fn create(tx: &mut Tx, database_id: &str) -> Result<bool, DbError> {
    Ok(tx.execute(Stmt::new(CREATE).bind(database_id)).await? == 1)
}

const READ: &str = "
    SELECT database_id, head_revision, initialized_at_us
    FROM store_info
    WHERE id = 1";

/// The row.
pub async fn read(db: &Db) -> Result<StoreInfo, DbError> {
    db.fetch_one(Stmt::new(READ)).await
}

const ADVANCE: &str = "
    UPDATE store_info
    SET head_revision = head_revision + $1
    WHERE id = 1
    RETURNING head_revision";

/// Allocates revisions and locks the row until the transaction ends: commits are in the order of
/// their revisions. Returns the last one.
pub async fn advance(tx: &mut Tx, count: i64) -> Result<i64, DbError> {
    let (head,): (i64,) = tx.fetch_one(Stmt::new(ADVANCE).bind(count)).await?;
    Ok(head)
}

const INITIALIZED: &str = "
    UPDATE store_info
    SET initialized_at_us = $1
    WHERE id = 1";

/// Notes that the first start completed.
pub async fn initialized(tx: &mut Tx, at_us: i64) -> Result<(), DbError> {
    tx.execute(Stmt::new(INITIALIZED).bind(at_us))
        .await
        .map(|_| ())
}
