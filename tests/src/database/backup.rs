//! A database put aside, and put back: what an operator does after a mishap.

use super::Database;
use crate::Result;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The whole of a database at one time.
pub struct Backup<'d> {
    of: &'d Database,
}

/// What SQLite writes beside the file.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

impl Database {
    /// Puts a copy aside. No service may have it open.
    ///
    /// # Errors
    ///
    /// It is not there, or somebody is connected to it.
    pub async fn backup(&self) -> Result<Backup<'_>> {
        match self {
            Self::Sqlite(file) => copy_files(file, &aside(file))?,
            Self::Postgres(url) => copy(url, |name| (name.to_owned(), kept(name))).await?,
        }
        Ok(Backup { of: self })
    }
}

impl Backup<'_> {
    /// Puts it back in the place of what has become of the database. No service may have it open.
    ///
    /// # Errors
    ///
    /// Somebody is connected to it.
    pub async fn restore(&self) -> Result<()> {
        match self.of {
            Database::Sqlite(file) => copy_files(&aside(file), file),
            Database::Postgres(url) => copy(url, |name| (kept(name), name.to_owned())).await,
        }
    }
}

fn aside(file: &Path) -> PathBuf {
    file.with_extension("backup")
}

fn kept(name: &str) -> String {
    format!("{name}_backup")
}

/// What a killed process left in the log belongs to the file.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for ending in FILES {
        let [from, to] = [from, to].map(|path| format!("{}{ending}", path.display()));
        if Path::new(&from).exists() {
            std::fs::copy(from, to)?;
        } else if Path::new(&to).exists() {
            std::fs::remove_file(to)?;
        }
    }
    Ok(())
}

/// Makes one database anew from another; `names` says which from the name in the URL.
async fn copy(url: &str, names: impl Fn(&str) -> (String, String)) -> Result<()> {
    let options = PgConnectOptions::from_str(url)?;
    let name = options.get_database().ok_or("the URL names no database")?;
    let (from, to) = names(name);
    let mut connection = options.database("postgres").connect().await?;
    // A killed process's connections take a moment to be noticed.
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind(&from)
        .execute(&mut connection)
        .await?;
    run(
        &mut connection,
        format!("DROP DATABASE IF EXISTS \"{to}\" WITH (FORCE)"),
    )
    .await?;
    run(
        &mut connection,
        format!("CREATE DATABASE \"{to}\" TEMPLATE \"{from}\""),
    )
    .await?;
    connection.close().await?;
    Ok(())
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(())
}
