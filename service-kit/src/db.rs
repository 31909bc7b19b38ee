//! One SQL text for SQLite and PostgreSQL.
//!
//! Everything goes through [`Db`], [`Tx`] and [`Stmt`]; rows are `#[derive(sqlx::FromRow)]` structs
//! or tuples. What both databases understand alike is written once: `$n`, RETURNING, ON CONFLICT,
//! row values, CTEs, window functions. Mind the rest:
//!
//! - Columns are TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION and, in migrations, `{BLOB}`. Times are
//!   BIGINT microseconds since 1970.
//! - `SUM(bigint)` is `numeric` on PostgreSQL: write `CAST(SUM(x) AS BIGINT)`.
//! - NULLs sort first on SQLite and last on PostgreSQL: write NULLS FIRST or NULLS LAST.
//! - LIKE and `lower()` treat letters differently: store a column folded in Rust.
//! - A list is one parameter: `IN (LIST($1))` with [`Stmt::bind_list`].
//! - Reads go to connections that refuse writes on SQLite: what writes, RETURNING included, runs in
//!   a [`Tx`].

mod cells;
mod claim;
mod conn;
mod error;
mod interrupt;
mod lease;
mod migrate;
mod postgres;
mod pulse;
mod retry;
mod sqlite;
mod stmt;
mod tx;
mod url;

#[cfg(any(test, feature = "testing"))]
pub mod scratch;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use claim::Claim;
pub use error::{DbError, OpenError};
pub use lease::Lease;
pub use migrate::{MigrateError, Migrations};
pub use postgres::PostgresStore;
pub use pulse::Pulse;
pub use retry::{Conflict, retry};
pub use sqlite::SqliteStore;
pub use stmt::{Col, Stmt};
pub use tx::Tx;
pub use url::DatabaseUrl;

use conn::Conn;
use interrupt::Interrupt;
use postgres::BEGIN_SNAPSHOT;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;
use std::time::Duration;
use url::Target;

/// An open database. Cloning shares it.
#[derive(Clone)]
pub enum Db {
    /// One file, this process alone.
    Sqlite(Arc<SqliteStore>),
    /// A server.
    Postgres(Arc<PostgresStore>),
}

/// Which database this is, for the few places where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbKind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How long the end waits for what is being written.
const CLOSE: Duration = Duration::from_secs(5);

/// How many connections to hold.
#[derive(Clone, Debug)]
pub struct PoolSizes {
    /// Reading connections to an SQLite file, beside the one that writes.
    pub readers: u32,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// Connections for [`Db::long_read`] alone, beside those.
    pub long_readers: u32,
    /// How long a caller waits for a free connection before [`DbError::Occupied`].
    pub acquire_timeout: Duration,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self {
            readers: 4,
            connections: 12,
            long_readers: 4,
            acquire_timeout: Duration::from_secs(3),
        }
    }
}

/// A type that a row of either database is read into.
pub trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<T> Row for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl Db {
    /// As [`connect`](Self::connect), for what is no use on a new database.
    ///
    /// # Errors
    /// As there; there is no such file.
    pub async fn connect_existing(url: &DatabaseUrl, sizes: &PoolSizes) -> Result<Self, OpenError> {
        if let Target::Sqlite(path) = &url.0 {
            std::fs::metadata(path).map_err(|cause| OpenError::File {
                path: path.clone(),
                cause,
            })?;
        }
        Self::connect(url, sizes).await
    }

    /// Opens the database; an SQLite file is created where there is none.
    ///
    /// Connections to PostgreSQL belong to the runtime that calls this: call it from the one that
    /// outlives the others.
    ///
    /// # Errors
    /// The file is served by another process or damaged, or the server cannot be reached or does not
    /// order text byte by byte. Each says what to do.
    pub async fn connect(url: &DatabaseUrl, sizes: &PoolSizes) -> Result<Self, OpenError> {
        match &url.0 {
            Target::Sqlite(path) => Ok(Self::Sqlite(Arc::new(
                SqliteStore::open(path, sizes).await?,
            ))),
            Target::Postgres(options) => Ok(Self::Postgres(Arc::new(
                PostgresStore::open(options, sizes).await?,
            ))),
        }
    }

    /// Holds `name` on this database, so that no second process with the same name serves it. The
    /// claim ends when it is dropped or its process dies. On SQLite the file's lock says the same; on
    /// PostgreSQL it takes as long as a [`Lease`] lasts, except on a new database.
    ///
    /// # Errors
    /// [`OpenError::Claimed`].
    pub async fn claim(&self, name: &str) -> Result<Claim, OpenError> {
        match self {
            Self::Sqlite(_) => Ok(Claim::by_file_lock()),
            Self::Postgres(store) => Claim::take(store, name).await,
        }
    }

    /// Finishes what is being written and closes every connection: an SQLite file is then whole by
    /// itself. What comes later is [`DbError::Unavailable`].
    pub async fn close(&self) {
        let closing = async {
            match self {
                Self::Sqlite(store) => store.close().await,
                Self::Postgres(store) => store.close().await,
            }
        };
        if tokio::time::timeout(CLOSE, closing).await.is_err() {
            tracing::warn!("the database did not close in time; nothing acknowledged is lost");
        }
    }

    /// Which database this is.
    pub fn kind(&self) -> DbKind {
        match self {
            Self::Sqlite(_) => DbKind::Sqlite,
            Self::Postgres(_) => DbKind::Postgres,
        }
    }

    /// A subquery that yields the texts in the JSON array `$n`: what `LIST($n)` stands for, for those
    /// who compose a statement.
    pub fn list_subquery(&self, n: usize) -> String {
        stmt::list_subquery(self.kind(), &n.to_string())
    }

    /// Begins a transaction that may write. On SQLite it waits for its turn and then is alone; on
    /// PostgreSQL it is READ COMMITTED.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            // A plain BEGIN that later writes fails with "database is locked" in spite of the busy
            // timeout, because its snapshot is old by then.
            Self::Sqlite(store) => {
                let tx = store.writer.begin_with("BEGIN IMMEDIATE").await?;
                Tx::Sqlite(tx, None)
            }
            Self::Postgres(store) => {
                Tx::Postgres(store.begin("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
            }
        })
    }

    /// Begins a transaction that reads everything as of one moment: a page and its count agree.
    pub async fn snapshot_read(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite(store) => Tx::Sqlite(store.readers.begin_with("BEGIN").await?, None),
            Self::Postgres(store) => Tx::Postgres(store.begin(BEGIN_SNAPSHOT).await?),
        })
    }

    /// As [`snapshot_read`](Self::snapshot_read), for what may take long, as a list under a filter of
    /// the caller's does: on connections for such reads alone, so that others are not held up. When it is
    /// dropped, or the call's time is over, the database stops working on it.
    pub async fn long_read(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite(store) => {
                let mut tx = store.long_readers.begin_with("BEGIN").await?;
                let interrupt = Interrupt::of(&mut tx).await?;
                Tx::Sqlite(tx, Some(interrupt))
            }
            Self::Postgres(store) => Tx::Postgres(store.begin_long().await?),
        })
    }

    /// Runs one statement as a transaction of its own and returns the number of rows that it touched.
    pub async fn execute(&self, stmt: Stmt) -> Result<u64, DbError> {
        match self {
            Self::Sqlite(store) => {
                Conn::Sqlite(&mut *store.writer.acquire().await?)
                    .execute(&stmt)
                    .await
            }
            Self::Postgres(store) => {
                Conn::Postgres(&mut *store.acquire().await?)
                    .execute(&stmt)
                    .await
            }
        }
    }

    /// All rows, in the statement's order.
    pub async fn fetch_all<T: Row>(&self, stmt: Stmt) -> Result<Vec<T>, DbError> {
        match self {
            Self::Sqlite(store) => {
                Conn::Sqlite(&mut *store.readers.acquire().await?)
                    .fetch_all(&stmt)
                    .await
            }
            Self::Postgres(store) => match store.fetch_all(&stmt).await {
                Err(error) if error.is_dead_connection() => store.fetch_all(&stmt).await,
                outcome => outcome,
            },
        }
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: Row>(&self, stmt: Stmt) -> Result<Option<T>, DbError> {
        match self {
            Self::Sqlite(store) => {
                Conn::Sqlite(&mut *store.readers.acquire().await?)
                    .fetch_optional(&stmt)
                    .await
            }
            Self::Postgres(store) => match store.fetch_optional(&stmt).await {
                Err(error) if error.is_dead_connection() => store.fetch_optional(&stmt).await,
                outcome => outcome,
            },
        }
    }

    /// The first row.
    ///
    /// # Errors
    /// [`DbError::NoRow`] where there is none.
    pub async fn fetch_one<T: Row>(&self, stmt: Stmt) -> Result<T, DbError> {
        self.fetch_optional(stmt).await?.ok_or(DbError::NoRow)
    }

    /// Brings the schema up to date; see [`Migrations`].
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), MigrateError> {
        migrate::run(self, migrations, &crate::clock::SystemClock).await
    }
}
