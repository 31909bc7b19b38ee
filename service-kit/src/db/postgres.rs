//! The database beyond one machine.

use super::conn::Conn;
use super::error::{DbError, OpenError};
use super::stmt::Stmt;
use super::url::shown;
use super::{PoolSizes, Row};
use crate::{ids, time_left};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Postgres, Transaction};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// A connection that rested this long is tested before use; testing each costs a round trip a
/// statement.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(2);
/// How long a start waits for the server.
const PROBE: Duration = Duration::from_secs(5);
/// How long anything waits for an answer of the server. A network that swallows everything would
/// otherwise hold it, and whoever waits for it, for hours.
pub(super) const ANSWER: Duration = Duration::from_secs(30);
/// How long the server works on a statement, so that it says itself that it gave up.
const STATEMENT: Duration = Duration::from_secs(29);
/// For how long it is known whether the server is there.
const KNOWN: Duration = Duration::from_secs(1);

pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// An open PostgreSQL database.
pub struct PostgresStore {
    pub(super) pool: PgPool,
    pub(super) long_readers: PgPool,
    pub(super) options: PgConnectOptions,
    /// Tells this process from others that claim the same name.
    pub(super) holder: String,
    runtime: Handle,
    /// When the server was last asked whether it is there, and whether it was.
    seen: Mutex<Option<(Instant, bool)>>,
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
            // A lock that is not had in this time is a conflict. What a client holds that stopped,
            // or that the network has cut off, is given to others soon.
            .options([
                ("lock_timeout", "10s"),
                ("statement_timeout", &format!("{}s", STATEMENT.as_secs())),
                ("idle_in_transaction_session_timeout", "60s"),
                ("tcp_keepalives_idle", "5"),
                ("tcp_keepalives_interval", "2"),
                ("tcp_keepalives_count", "3"),
            ]);
        probe(&options).await?;
        let open = async |connections| {
            let pool = pool(connections, sizes).connect_with(options.clone());
            pool.await.map_err(DbError::from)
        };
        Ok(Self {
            pool: open(sizes.connections).await?,
            long_readers: open(sizes.long_readers).await?,
            options,
            holder: ids::new_secret(""),
            runtime: Handle::current(),
            seen: Mutex::default(),
        })
    }

    pub(super) async fn close(&self) {
        self.long_readers.close().await;
        self.pool.close().await;
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Postgres>, DbError> {
        let pool = self.pool.clone();
        self.on_runtime(async move { pool.acquire().await }).await
    }

    /// The server gives a statement up when the call's time is over.
    pub(super) async fn begin_long(&self) -> Result<Transaction<'static, Postgres>, DbError> {
        let pool = self.long_readers.clone();
        // 0 would be no limit.
        let left = time_left::left().unwrap_or(STATEMENT).min(STATEMENT);
        let left_ms = left.as_millis().max(1);
        let begin = format!("{BEGIN_SNAPSHOT}; SET LOCAL statement_timeout = {left_ms}");
        self.on_runtime(async move { pool.begin_with(AssertSqlSafe(begin)).await })
            .await
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
        let work = answered(ANSWER, work);
        match self.runtime.spawn(work).await {
            Ok(Err(DbError::Occupied)) if !self.is_there().await => {
                Err(DbError::Unavailable(sqlx::Error::PoolTimedOut))
            }
            Ok(result) => result,
            Err(_) => Err(DbError::Unavailable(sqlx::Error::WorkerCrashed)),
        }
    }

    /// A pool says only that it had to wait: for a connection in use, or for a server that is gone.
    async fn is_there(&self) -> bool {
        let mut seen = self.seen.lock().await;
        if let Some((asked, there)) = *seen
            && asked.elapsed() < KNOWN
        {
            return there;
        }
        let connecting = answered(PROBE, PgConnection::connect_with(&self.options));
        // Also a refusal is an answer, as of one who has too many clients.
        let outcome = connecting.await;
        let there = outcome.map_or_else(|refused| refused.sqlstate().is_some(), |_| true);
        *seen = Some((Instant::now(), there));
        there
    }
}

fn pool(connections: u32, sizes: &PoolSizes) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
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
}

/// What the server answers, if it answers in time.
pub(super) async fn answered<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, DbError> {
    let silent = |_| {
        let silent = format!("no answer within {} s", limit.as_secs());
        let silent = std::io::Error::new(std::io::ErrorKind::TimedOut, silent);
        DbError::Unavailable(sqlx::Error::Io(silent))
    };
    let outcome = tokio::time::timeout(limit, work).await;
    Ok(outcome.map_err(silent)??)
}

/// One connection, before a pool of them: a pool says only that it had to wait.
async fn probe(options: &PgConnectOptions) -> Result<(), OpenError> {
    let connecting = answered(PROBE, PgConnection::connect_with(options));
    let mut connection = connecting.await.map_err(|cause| OpenError::Server {
        database: shown(options),
        remedy: remedy(&cause, options),
        cause: cause.of_driver(),
    })?;
    require_bytewise(&mut connection).await?;
    connection.close().await.map_err(DbError::from)?;
    Ok(())
}

fn remedy(cause: &DbError, options: &PgConnectOptions) -> String {
    match cause.sqlstate().as_deref() {
        Some(code) if code.starts_with("28") => {
            "correct the user or the password in the URL, or let them in with `pg_hba.conf`".into()
        }
        Some("3D000") => format!(
            "create it with `CREATE DATABASE {} LOCALE 'C' TEMPLATE template0 ENCODING 'UTF8'`",
            options.get_database().unwrap_or(options.get_username())
        ),
        Some(_) => "the server's log says more".into(),
        None => "start PostgreSQL there, or correct the address in the URL".into(),
    }
}

/// Refuses a database in which ids would be ordered otherwise than byte by byte.
async fn require_bytewise(connection: &mut PgConnection) -> Result<(), OpenError> {
    let (database, encoding, collation, bytewise): (String, String, String, bool) = sqlx::query_as(
        "SELECT datname::text, pg_encoding_to_char(encoding)::text, datcollate::text,
                'B' < 'a' AND 'Z' < '_' AND 'z' < 'é' AND 'a b' < 'aa' AND 'a-z' < 'ab'
         FROM pg_database
         WHERE datname = current_database()",
    )
    .fetch_one(connection)
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
