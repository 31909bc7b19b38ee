//! Throw-away databases for tests: feature `testing`.

use super::{DatabaseUrl, Db, PoolSizes};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::str::FromStr;
use tempfile::TempDir;

/// A database of its own for one test. An SQLite file goes with it; a PostgreSQL database goes with
/// its server.
pub struct Scratch {
    /// Opened.
    pub db: Db,
    /// To open it again.
    pub url: DatabaseUrl,
    /// Where the file lies; removed when dropped.
    pub folder: Option<TempDir>,
}

impl Scratch {
    /// An empty SQLite database.
    ///
    /// # Panics
    /// If it cannot be made.
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its database"
    )]
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let url = DatabaseUrl::sqlite(folder.path().join("test.db"));
        let db = Db::connect(&url, &PoolSizes::default())
            .await
            .expect("a new SQLite file");
        Self {
            db,
            url,
            folder: Some(folder),
        }
    }

    /// An empty PostgreSQL database, on the server that `MENSHEN_TEST_POSTGRES` names
    /// (`postgres://user:password@host:port/postgres`); `None` where it is not set.
    ///
    /// # Panics
    /// If the variable is set and the database cannot be made.
    pub async fn postgres() -> Option<Self> {
        Self::postgres_with("LOCALE 'C'").await
    }

    /// Both kinds, or SQLite alone where no server is named: a test loops over them.
    pub async fn each() -> Vec<Self> {
        let mut all = vec![Self::sqlite().await];
        all.extend(Self::postgres().await);
        all
    }

    /// # Panics
    /// If the variable is set and the database cannot be made.
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its database"
    )]
    async fn postgres_with(locale: &str) -> Option<Self> {
        let url = Self::create_postgres(locale).await?;
        let sizes = PoolSizes {
            connections: 8,
            ..PoolSizes::default()
        };
        let db = Db::connect(&url, &sizes).await.expect("the new database");
        Some(Self {
            db,
            url,
            folder: None,
        })
    }

    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its database"
    )]
    #[expect(
        clippy::disallowed_methods,
        reason = "names the test server; no configuration"
    )]
    pub(super) async fn create_postgres(locale: &str) -> Option<DatabaseUrl> {
        let server = std::env::var("MENSHEN_TEST_POSTGRES").ok()?;
        let options = PgConnectOptions::from_str(&server).expect("MENSHEN_TEST_POSTGRES is a URL");
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let create = format!("CREATE DATABASE {name} {locale} TEMPLATE template0 ENCODING 'UTF8'");
        let mut server = PgConnection::connect_with(&options)
            .await
            .expect("the test server");
        server
            .execute(AssertSqlSafe(create))
            .await
            .expect("a new database");
        server.close().await.expect("a clean end");
        Some(DatabaseUrl::postgres(options.database(&name)))
    }
}
