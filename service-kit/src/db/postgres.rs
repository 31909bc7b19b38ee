//! The database beyond one machine.

use super::conn::Conn;
use super::error::{DbError, OpenError};
use super::stmt::Stmt;
use super::{PoolSizes, Row};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Postgres, Transaction};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Handle;

/// A connection that rested this long is tested before use; testing each costs a round trip a
/// statement.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(2);

/// An open PostgreSQL database.
pub struct PostgresStore {
    pub(super) pool: PgPool,
    pub(super) options: PgConnectOptions,
    runtime: Handle,
}

impl PostgresStore {
    pub(super) async fn open(
        options: &PgConnectOptions,
        sizes: &PoolSizes,
    ) -> Result<Self, OpenError> {
        let options = options
            .clone()
            .application_name("menshen")
            .statement_cache_capacity(256)
            // A lock that is not had in this time is a conflict, and a transaction whose client
            // stopped is not to hold its rows.
            .options([
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(sizes.connections)
            .min_connections(1)
            .acquire_timeout(sizes.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for >= TEST_AFTER_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.clone())
            .await
            .map_err(DbError::from)?;
        require_bytewise(&pool).await?;
        Ok(Self {
            pool,
            options,
            runtime: Handle::current(),
        })
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Postgres>, DbError> {
        let pool = self.pool.clone();
        self.on_runtime(async move { pool.acquire().await }).await
    }

    pub(super) async fn begin(
        &self,
        begin: &'static str,
    ) -> Result<Transaction<'static, Postgres>, DbError> {
        let pool = self.pool.clone();
        self.on_runtime(async move { pool.begin_with(begin).await })
            .await
    }

    pub(super) async fn fetch_all<T: Row>(&self, stmt: &Stmt) -> Result<Vec<T>, DbError> {
        Conn::Postgres(&mut *self.acquire().await?)
            .fetch_all(stmt)
            .await
    }

    pub(super) async fn fetch_optional<T: Row>(&self, stmt: &Stmt) -> Result<Option<T>, DbError> {
        Conn::Postgres(&mut *self.acquire().await?)
            .fetch_optional(stmt)
            .await
    }

    /// A connection's socket belongs to the runtime that opened it, so all are opened on the one that
    /// lives as long as the process and not on a core's own.
    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
    ) -> Result<T, DbError> {
        match self.runtime.spawn(work).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(DbError::Unavailable(sqlx::Error::WorkerCrashed)),
        }
    }
}

/// Refuses a database in which ids would be ordered otherwise than byte by byte.
async fn require_bytewise(pool: &PgPool) -> Result<(), OpenError> {
    let (database, encoding, collation, bytewise): (String, String, String, bool) = sqlx::query_as(
        "SELECT datname::text, pg_encoding_to_char(encoding)::text, datcollate::text,
                'B' < 'a' AND 'Z' < '_' AND 'z' < 'é' AND 'a b' < 'aa' AND 'a-z' < 'ab'
         FROM pg_database
         WHERE datname = current_database()",
    )
    .fetch_one(pool)
    .await
    .map_err(DbError::from)?;
    if bytewise && encoding == "UTF8" {
        return Ok(());
    }
    Err(OpenError::Collation {
        database,
        collation: format!("{collation}, {encoding}"),
    })
}

/// Holds a name on a database for as long as it lives; see [`super::Db::claim`].
pub struct Claim(Option<PgConnection>);

impl Claim {
    pub(super) fn by_file_lock() -> Self {
        Self(None)
    }

    /// `key` is unlocked by the server when the connection ends, however it ends.
    pub(super) async fn take(store: &PostgresStore, name: &str) -> Result<Self, OpenError> {
        let mut connection = PgConnection::connect_with(&store.options)
            .await
            .map_err(DbError::from)?;
        let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(lock_key(name))
            .fetch_one(&mut connection)
            .await
            .map_err(DbError::from)?;
        if !free {
            return Err(OpenError::Claimed {
                name: name.to_owned(),
            });
        }
        Ok(Self(Some(connection)))
    }

    /// Returns when the claim is lost, because the server closed the session: the caller must stop
    /// serving. Looks every two seconds; never returns on SQLite.
    pub async fn lost(&mut self) -> DbError {
        let Some(connection) = &mut self.0 else {
            return std::future::pending().await;
        };
        loop {
            if let Err(error) = connection.ping().await {
                return error.into();
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
}

/// The advisory lock of a name.
pub(super) fn lock_key(name: &str) -> i64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    let first = digest
        .as_ref()
        .first_chunk::<8>()
        .copied()
        .unwrap_or_default();
    i64::from_be_bytes(first)
}
