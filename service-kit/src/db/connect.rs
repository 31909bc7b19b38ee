//! Opening a database, and refusing one that would answer differently from the other.

use super::error::DbError;
use super::stmt::Stmt;
use super::url::DatabaseUrl;
use super::{Db, Kind};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How long a caller waits for a connection before it is told that the database is unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

impl Db {
    /// Opens the database, making a SQLite file that is missing.
    ///
    /// # Errors
    /// The file is served by another process, the server cannot be reached, or its collation would
    /// compare ids otherwise than bytewise.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, DbError> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite(path).await,
            DatabaseUrl::Postgres(url) => postgres(url).await,
        }
    }

    /// Claims the database for this process under a name, until the process ends: on PostgreSQL an
    /// advisory lock; a SQLite file is claimed when it is opened.
    ///
    /// # Errors
    /// Another process holds the claim.
    pub async fn claim(&self, name: &'static str) -> Result<Claim, DbError> {
        let Kind::Postgres { pool } = &*self.0 else {
            return Ok(Claim { _held: None });
        };
        let mut connection = pool.acquire().await?.detach();
        let key = name.bytes().fold(0i64, |key, byte| {
            key.wrapping_mul(131).wrapping_add(i64::from(byte))
        });
        let taken: (bool,) = Stmt::new("SELECT pg_try_advisory_lock($1)")
            .bind(key)
            .postgres_as()
            .fetch_one(&mut connection)
            .await?;
        if !taken.0 {
            return Err(DbError::Unsuitable(format!(
                "another {name} serves this database; stop it first, or give this one a database of its own"
            )));
        }
        Ok(Claim {
            _held: Some(connection),
        })
    }
}

/// A claim on a database, held until it is dropped.
pub struct Claim {
    _held: Option<sqlx::PgConnection>,
}

async fn sqlite(path: &Path) -> Result<Db, DbError> {
    let lock = lock_beside(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL loses acknowledged commits when the power goes.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Db(Arc::new(Kind::Sqlite {
        writer,
        readers,
        _lock: Some(lock),
    })))
}

fn lock_beside(path: &Path) -> Result<File, DbError> {
    let unsuitable = |problem: String| {
        DbError::Unsuitable(format!("database file `{}` {problem}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| unsuitable(format!("has no folder: {error}")))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file =
        File::create(name).map_err(|error| unsuitable(format!("cannot be locked: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(unsuitable(
            "is served by another process; stop it first, or name another file".to_owned(),
        )),
        Err(TryLockError::Error(error)) => Err(unsuitable(format!("cannot be locked: {error}"))),
    }
}

async fn postgres(url: &str) -> Result<Db, DbError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| DbError::Unsuitable(format!("the database URL cannot be read: {error}")))?
        .application_name("menshen");
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    let db = Db(Arc::new(Kind::Postgres { pool }));
    refuse_other_collations(&db).await?;
    Ok(db)
}

/// Ids are ordered and compared bytewise by SQLite and by the engine; a linguistic collation would
/// page and compare them otherwise.
async fn refuse_other_collations(db: &Db) -> Result<(), DbError> {
    const COLLATION: &str = "
        SELECT datcollate
        FROM pg_database
        WHERE datname = current_database()";
    let (collation,): (String,) = db.fetch_one(Stmt::new(COLLATION)).await?;
    if matches!(collation.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
        return Ok(());
    }
    Err(DbError::Unsuitable(format!(
        "the database's collation is `{collation}`, which does not compare ids bytewise; create one with: \
         CREATE DATABASE menshen TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
    )))
}
