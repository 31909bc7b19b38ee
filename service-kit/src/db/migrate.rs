//! Migrations: each once, in order, in a transaction of its own.

use super::error::DbError;
use super::stmt::Stmt;
use super::tx::Tx;
use super::{Db, Kind};
use sqlx::{AssertSqlSafe, Executor};

/// The migrations of a service: (name, SQL), oldest first. In the SQL, `{BLOB}` stands for the
/// database's type of bytes.
#[derive(Clone, Copy)]
pub struct Migrations(&'static [(&'static str, &'static str)]);

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name TEXT PRIMARY KEY,
        checksum TEXT NOT NULL
    )";
const APPLIED: &str = "
    SELECT name, checksum
    FROM schema_migrations
    ORDER BY name";
const RECORD: &str = "
    INSERT INTO schema_migrations (name, checksum)
    VALUES ($1, $2)";

impl Migrations {
    /// Migrations in the order in which they were written; their names sort in that order.
    pub const fn new(steps: &'static [(&'static str, &'static str)]) -> Self {
        Self(steps)
    }
}

impl Db {
    /// Brings the database up to date. Safe when two processes start at once.
    ///
    /// # Errors
    /// A migration that was applied differs from ours, or the database has one that we do not know:
    /// it belongs to a newer release, and nothing is touched.
    pub async fn migrate(&self, migrations: Migrations) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        if !tx.is_sqlite() {
            // SQLite's writer holds the only lock there is already.
            tx.execute(Stmt::new("SELECT pg_advisory_xact_lock(5072650)"))
                .await?;
        }
        tx.execute(Stmt::new(TABLE)).await?;
        let applied: Vec<(String, String)> = tx.fetch_all(Stmt::new(APPLIED)).await?;
        refuse_strangers(migrations, &applied)?;
        for (name, sql) in migrations.0 {
            if !applied.iter().any(|(known, _)| known == name) {
                tx.run_script(sql.replace("{BLOB}", self.blob())).await?;
                tx.execute(Stmt::new(RECORD).bind(*name).bind(checksum(sql)))
                    .await?;
            }
        }
        tx.commit().await
    }

    fn blob(&self) -> &'static str {
        match *self.0 {
            Kind::Sqlite { .. } => "BLOB",
            Kind::Postgres { .. } => "BYTEA",
        }
    }
}

fn refuse_strangers(migrations: Migrations, applied: &[(String, String)]) -> Result<(), DbError> {
    for (name, sum) in applied {
        match migrations.0.iter().find(|(ours, _)| ours == name) {
            None => {
                return Err(DbError::Unsuitable(format!(
                    "the database has migration `{name}`, which this release does not know; start the newer release"
                )));
            }
            Some((_, sql)) if checksum(sql) != *sum => {
                return Err(DbError::Unsuitable(format!(
                    "migration `{name}` was applied with another text; restore the release that applied it"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn checksum(sql: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, sql.as_bytes()))
}

impl Tx {
    /// Runs several statements at once, without values.
    async fn run_script(&mut self, sql: String) -> Result<(), DbError> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut self.0 {
            super::tx::Inner::Sqlite(tx) => tx.execute(script).await.map(|_| ()),
            super::tx::Inner::Postgres(tx) => tx.execute(script).await.map(|_| ()),
        }
        .map_err(DbError::from)
    }
}
