//! The embedded database: one file, one writer, many readers, one process.

use super::PoolSizes;
use super::error::{DbError, OpenError};
use sqlx::Connection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Beyond this size the integrity check would delay the start by more than about a second.
const CHECK_UP_TO_BYTES: u64 = 512 * 1024 * 1024;

/// An open SQLite file.
pub struct SqliteStore {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    pub(super) long_readers: SqlitePool,
    // Held, never read: the lock ends with the process.
    _lock: File,
}

impl SqliteStore {
    pub(super) async fn open(path: &Path, sizes: &PoolSizes) -> Result<Self, OpenError> {
        let path = &place(path)?;
        let lock = lock(path)?;
        let writer = pool(1, sizes)
            .connect_with(options(path))
            .await
            .map_err(damaged_or(path))?;
        check(path, &writer).await?;
        let reading = async |connections| {
            let options = options(path).pragma("query_only", "ON");
            pool(connections, sizes).connect_with(options).await
        };
        Ok(Self {
            readers: reading(sizes.readers).await.map_err(DbError::from)?,
            long_readers: reading(sizes.long_readers).await.map_err(DbError::from)?,
            writer,
            _lock: lock,
        })
    }

    /// The last connection to close writes the journal into the file and removes it.
    pub(super) async fn close(&self) {
        self.long_readers.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would lose acknowledged commits when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
}

fn pool(connections: u32, sizes: &PoolSizes) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(sizes.acquire_timeout)
        // A connection to a file does not go stale, and a test costs a thread hand-over. But where
        // the disk is full SQLite rolls back by itself, and the driver still counts the transaction:
        // nothing can begin on such a connection.
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(std::future::ready(Ok(is_free)))
        })
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Makes the file where there is none, readable by its owner alone (its journals follow it), and
/// returns its one true path: two links to a file have one lock.
fn place(path: &Path) -> Result<PathBuf, OpenError> {
    let refuse = |cause| OpenError::File {
        path: path.to_owned(),
        cause,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(refuse)?;
    let mode = file.metadata().map_err(refuse)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(OpenError::Exposed(path.to_owned()));
    }
    path.canonicalize().map_err(refuse)
}

/// Takes `<path>.lock`, so that no second process serves the file: each would cache what the other
/// changes.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let refuse = |cause| OpenError::File {
        path: lock_path.clone(),
        cause,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(refuse)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(path.to_owned())),
        Err(TryLockError::Error(cause)) => Err(refuse(cause)),
    }
}

async fn check(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let size_bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if size_bytes > CHECK_UP_TO_BYTES {
        tracing::info!(
            size_bytes,
            "the database file is large: its integrity is not checked now"
        );
        return Ok(());
    }
    let finding: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(writer)
        .await
        .map_err(damaged_or(path))?;
    match finding.as_str() {
        "ok" => Ok(()),
        _ => Err(OpenError::Damaged {
            path: path.to_owned(),
            finding,
        }),
    }
}

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB` name the file and the way out.
fn damaged_or(path: &Path) -> impl FnOnce(sqlx::Error) -> OpenError {
    move |error| {
        let code = error
            .as_database_error()
            .and_then(|cause| cause.code()?.parse::<i32>().ok());
        match code.map(|code| code & 0xff) {
            Some(11 | 26) => OpenError::Damaged {
                path: path.to_owned(),
                finding: error.to_string(),
            },
            _ => OpenError::Db(error.into()),
        }
    }
}
