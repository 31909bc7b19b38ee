//! Brings a database's schema up to date.

use super::conn::Conn;
use super::error::DbError;
use super::postgres::lock_key;
use super::{Db, DbKind, Stmt, Tx};
use crate::clock::Clock;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

/// The steps that make a service's schema, oldest first, each a name and an SQL text.
///
/// Each runs once, in a transaction of its own. The text is the same for both databases, but for
/// `{BLOB}`, the type of a column of bytes, and for lines between `--only sqlite` or
/// `--only postgres` and `--end`. A step that has been released is never edited.
pub struct Migrations(&'static [(&'static str, &'static str)]);

/// Why a schema was not brought up to date. What was applied before stays.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The text of an applied step is not what it was.
    #[error(
        "migration `{0}` was applied with another text: restore the text that was released, and put \
         the change into a new migration"
    )]
    Changed(String),
    /// The database has a step that this program does not know.
    #[error(
        "the database has migration `{0}`, which this program does not know: it was made by a newer \
         version or by another service; start that one, or use another database"
    )]
    Unknown(String),
    /// A step failed.
    #[error("migration `{name}` failed: {}", .cause.with_cause())]
    Failed {
        /// The step.
        name: String,
        /// Why.
        cause: DbError,
    },
    /// The table of applied steps could not be read or written.
    #[error("cannot read which migrations were applied: {}", .0.with_cause())]
    Db(#[from] DbError),
}

const CREATE_TABLE: &str = "
CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    applied_at_us BIGINT NOT NULL
)";

const SELECT_APPLIED: &str = "
SELECT name, checksum
FROM schema_migrations
ORDER BY name";

const INSERT_APPLIED: &str = "
INSERT INTO schema_migrations (name, checksum, applied_at_us)
VALUES ($1, $2, $3)";

impl Migrations {
    /// Names sort in the order of application: `0001_init`, `0002_…`.
    pub const fn new(steps: &'static [(&'static str, &'static str)]) -> Self {
        Self(steps)
    }
}

pub(super) async fn run(
    db: &Db,
    migrations: &Migrations,
    clock: &dyn Clock,
) -> Result<(), MigrateError> {
    let mut tx = begin_alone(db).await?;
    tx.execute(Stmt::new(CREATE_TABLE)).await?;
    tx.commit().await?;
    while apply_next(db, migrations, clock).await? {}
    Ok(())
}

/// Applies the first missing step; false where there is none.
async fn apply_next(
    db: &Db,
    migrations: &Migrations,
    clock: &dyn Clock,
) -> Result<bool, MigrateError> {
    let mut tx = begin_alone(db).await?;
    let applied = tx
        .fetch_all::<(String, String)>(Stmt::new(SELECT_APPLIED))
        .await?;
    let Some((name, text)) = first_missing(migrations, &applied)? else {
        return Ok(false);
    };
    let failed = |cause| MigrateError::Failed {
        name: name.to_owned(),
        cause,
    };
    run_script(&mut tx, text).await.map_err(failed)?;
    let stmt = Stmt::new(INSERT_APPLIED)
        .bind(name)
        .bind(checksum(text))
        .bind(clock.now_us());
    tx.execute(stmt).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    tracing::info!(migration = name, "applied a migration");
    Ok(true)
}

/// A transaction that no other process migrates beside.
async fn begin_alone(db: &Db) -> Result<Tx, DbError> {
    let mut tx = db.begin().await?;
    if tx.kind() == DbKind::Postgres {
        // The lock may be held for as long as another process's step takes.
        let key = lock_key("menshen migrations");
        let wait = format!("SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({key})");
        run_script(&mut tx, &wait).await?;
    }
    Ok(tx)
}

fn first_missing(
    migrations: &Migrations,
    applied: &[(String, String)],
) -> Result<Option<(&'static str, &'static str)>, MigrateError> {
    let known = |name: &str| migrations.0.iter().any(|(known, _)| *known == name);
    if let Some((name, _)) = applied.iter().find(|(name, _)| !known(name)) {
        return Err(MigrateError::Unknown(name.clone()));
    }
    for (name, text) in migrations.0 {
        match applied.iter().find(|(applied, _)| applied == name) {
            None => return Ok(Some((name, text))),
            Some((_, found)) if *found != checksum(text) => {
                return Err(MigrateError::Changed((*name).to_owned()));
            }
            Some(_) => {}
        }
    }
    Ok(None)
}

async fn run_script(tx: &mut Tx, text: &str) -> Result<(), DbError> {
    let script = AssertSqlSafe(for_kind(text, tx.kind())).into_sql_str();
    match tx.conn() {
        Conn::Sqlite(conn) => conn.execute(sqlx::raw_sql(script)).await.map(|_| ())?,
        Conn::Postgres(conn) => conn.execute(sqlx::raw_sql(script)).await.map(|_| ())?,
    }
    Ok(())
}

fn for_kind(text: &str, kind: DbKind) -> String {
    let (own, blob) = match kind {
        DbKind::Sqlite => ("sqlite", "BLOB"),
        DbKind::Postgres => ("postgres", "BYTEA"),
    };
    let mut script = String::with_capacity(text.len());
    let mut included = true;
    for line in text.lines() {
        match line.trim().strip_prefix("--only ") {
            Some(named) => included = named.trim() == own,
            None if line.trim() == "--end" => included = true,
            None if included => {
                script.push_str(line);
                script.push('\n');
            }
            None => {}
        }
    }
    script.replace("{BLOB}", blob)
}

fn checksum(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_the_other_database_are_left_out() {
        let text = "A {BLOB}\n--only sqlite\nB\n--end\n--only postgres\nC\n--end\nD";
        assert_eq!(for_kind(text, DbKind::Sqlite), "A BLOB\nB\nD\n");
        assert_eq!(for_kind(text, DbKind::Postgres), "A BYTEA\nC\nD\n");
    }
}
