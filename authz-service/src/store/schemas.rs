//! Schema texts.

use service_kit::db::{Db, DbError, Stmt, Tx};

/// A schema that was written.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SchemaRow {
    /// Counts from 1.
    pub version: i64,
    /// As written by the application.
    pub text: String,
}

const LATEST: &str = "
    SELECT version, text
    FROM schemas
    ORDER BY version DESC
    LIMIT 1";

/// The schema in force.
pub async fn latest(db: &Db) -> Result<Option<SchemaRow>, DbError> {
    db.fetch_optional(Stmt::new(LATEST)).await
}

const INSERT: &str = "
    INSERT INTO schemas (version, text, revision, written_by, reason, written_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// Puts a schema in force.
pub async fn insert(
    tx: &mut Tx,
    schema: &SchemaRow,
    written: super::relationships::Written<'_>,
) -> Result<(), DbError> {
    let stmt = Stmt::new(INSERT)
        .bind(schema.version)
        .bind(&schema.text)
        .bind(written.revision)
        .bind(written.by)
        .bind(written.reason)
        .bind(written.at_us);
    tx.execute(stmt).await.map(|_| ())
}
