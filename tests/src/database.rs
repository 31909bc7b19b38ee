//! Where a service under test keeps its data.

mod backup;

pub use backup::Backup;

use crate::Result;
use crate::postgres;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One of the two databases that everything runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// An embedded file.
    Sqlite,
    /// A server.
    Postgres,
}

/// One service's database.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file, made by the service.
    Sqlite(PathBuf),
    /// A database of its own on the test server, with the collation that the services ask for.
    Postgres(String),
}

impl Database {
    /// A new, empty database; `folder` is where a file would lie.
    pub async fn create(backend: Backend, folder: &Path, name: &str) -> Result<Self> {
        match backend {
            Backend::Sqlite => Ok(Self::Sqlite(folder.join(format!("{name}.db")))),
            Backend::Postgres => {
                let url = postgres::server()?
                    .create_database(name, "LOCALE 'C'")
                    .await?;
                Ok(Self::Postgres(url))
            }
        }
    }

    /// As `--database` takes it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    /// Runs a statement behind the services' backs, for "that was long ago".
    pub async fn execute(&self, sql: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(file) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                sqlx::query(sql)
                    .execute(&mut options.connect().await?)
                    .await?;
            }
            Self::Postgres(url) => {
                let options: sqlx::postgres::PgConnectOptions = url.parse()?;
                sqlx::query(sql)
                    .execute(&mut options.connect().await?)
                    .await?;
            }
        }
        Ok(())
    }

    /// Every row of every table, as text, for "nothing has changed".
    pub async fn dump(&self) -> Result<Vec<String>> {
        match self {
            Self::Sqlite(file) => dump_sqlite(file).await,
            Self::Postgres(url) => dump_postgres(url).await,
        }
    }
}

async fn dump_sqlite(file: &Path) -> Result<Vec<String>> {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .read_only(true);
    let mut connection = options.connect().await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name
           FROM sqlite_schema
          WHERE type = 'table'
            AND name NOT LIKE 'sqlite_%'
          ORDER BY name",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut rows = Vec::new();
    for table in tables {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(&table)
            .fetch_all(&mut connection)
            .await?;
        let quoted: Vec<String> = columns
            .iter()
            .map(|column| format!("quote(\"{column}\")"))
            .collect();
        let sql = format!(
            "SELECT {} FROM \"{table}\" ORDER BY 1",
            quoted.join(" || ',' || ")
        );
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await?
        {
            rows.push(format!("{table}: {}", row.try_get::<String, _>(0)?));
        }
    }
    connection.close().await?;
    Ok(rows)
}

async fn dump_postgres(url: &str) -> Result<Vec<String>> {
    let options = sqlx::postgres::PgConnectOptions::from_str(url)?;
    let mut connection = options.connect().await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text
           FROM information_schema.tables
          WHERE table_schema = current_schema()
            AND table_type = 'BASE TABLE'
          ORDER BY table_name",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut rows = Vec::new();
    for table in tables {
        let sql = format!("SELECT whole::text FROM \"{table}\" AS whole ORDER BY 1");
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await?
        {
            rows.push(format!("{table}: {}", row.try_get::<String, _>(0)?));
        }
    }
    connection.close().await?;
    Ok(rows)
}
