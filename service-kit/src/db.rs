//! One SQL text for SQLite and PostgreSQL.
//!
//! [`Db`] reads, [`Tx`] writes; both run a [`Stmt`] with `$1`, `$2`, … whatever the database. SQLite
//! has one writer (`BEGIN IMMEDIATE`) and several readers; PostgreSQL has one pool. Rows are
//! `#[derive(sqlx::FromRow)]` structs or tuples.

mod connect;
mod error;
mod migrate;
mod row;
mod stmt;
mod tx;
mod url;

pub use connect::Claim;
pub use error::DbError;
pub use migrate::Migrations;
pub use row::Row;
pub use stmt::{Col, Stmt};
pub use tx::{ReadTx, Tx};
pub use url::DatabaseUrl;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use std::sync::Arc;

/// A database: cheap to clone, safe to share.
#[derive(Clone)]
pub struct Db(pub(crate) Arc<Kind>);

/// Which database it is.
pub(crate) enum Kind {
    /// The embedded one.
    Sqlite {
        /// The single connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        readers: SqlitePool,
        /// Held while the database is open, so that no second process serves the same file.
        _lock: Option<std::fs::File>,
    },
    /// Beyond one machine.
    Postgres {
        /// Every connection.
        pool: PgPool,
    },
}

impl Db {
    /// Whether it is SQLite. For the few places where the dialects have no common word.
    pub fn is_sqlite(&self) -> bool {
        matches!(*self.0, Kind::Sqlite { .. })
    }

    /// A subquery over the texts of the JSON array bound as `$n`: `x IN (SELECT …)` with one
    /// parameter, however long the list.
    pub fn list_subquery(&self, n: usize) -> String {
        if self.is_sqlite() {
            format!("SELECT value FROM json_each(${n})")
        } else {
            format!("SELECT jsonb_array_elements_text(CAST(${n} AS jsonb))")
        }
    }

    /// Begins a write transaction. Dropped without `commit`, it rolls back.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Tx::begin(self).await
    }

    /// Begins a transaction in which every read sees the same state.
    pub async fn snapshot_read(&self) -> Result<ReadTx, DbError> {
        ReadTx::begin(self).await
    }

    /// Every row of a query.
    pub async fn fetch_all<T: Row>(&self, stmt: Stmt<'_>) -> Result<Vec<T>, DbError> {
        match &*self.0 {
            Kind::Sqlite { readers, .. } => stmt.sqlite_as::<T>().fetch_all(readers).await,
            Kind::Postgres { pool } => stmt.postgres_as::<T>().fetch_all(pool).await,
        }
        .map_err(DbError::from)
    }

    /// The row of a query, if there is one.
    pub async fn fetch_optional<T: Row>(&self, stmt: Stmt<'_>) -> Result<Option<T>, DbError> {
        match &*self.0 {
            Kind::Sqlite { readers, .. } => stmt.sqlite_as::<T>().fetch_optional(readers).await,
            Kind::Postgres { pool } => stmt.postgres_as::<T>().fetch_optional(pool).await,
        }
        .map_err(DbError::from)
    }

    /// The row of a query that always has one.
    pub async fn fetch_one<T: Row>(&self, stmt: Stmt<'_>) -> Result<T, DbError> {
        self.fetch_optional(stmt).await?.ok_or(DbError::NoRow)
    }
}
