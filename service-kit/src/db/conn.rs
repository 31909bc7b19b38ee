//! Runs a statement on a connection of either kind.

use super::error::DbError;
use super::postgres::{ANSWER, answered};
use super::stmt::Stmt;
use super::{DbKind, Row};
use sqlx::{PgConnection, SqliteConnection};

pub(super) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// The number of rows that the statement touched.
    pub(super) async fn execute(self, stmt: &Stmt) -> Result<u64, DbError> {
        Ok(match self {
            Self::Sqlite(conn) => {
                sqlx::query_with(stmt.sql(DbKind::Sqlite), stmt.sqlite_arguments()?)
                    .persistent(stmt.is_persistent())
                    .execute(conn)
                    .await?
                    .rows_affected()
            }
            Self::Postgres(conn) => {
                let query =
                    sqlx::query_with(stmt.sql(DbKind::Postgres), stmt.postgres_arguments()?)
                        .persistent(stmt.is_persistent());
                answered(ANSWER, query.execute(conn)).await?.rows_affected()
            }
        })
    }

    pub(super) async fn fetch_all<T: Row>(self, stmt: &Stmt) -> Result<Vec<T>, DbError> {
        Ok(match self {
            Self::Sqlite(conn) => {
                sqlx::query_as_with(stmt.sql(DbKind::Sqlite), stmt.sqlite_arguments()?)
                    .persistent(stmt.is_persistent())
                    .fetch_all(conn)
                    .await?
            }
            Self::Postgres(conn) => {
                let query =
                    sqlx::query_as_with(stmt.sql(DbKind::Postgres), stmt.postgres_arguments()?)
                        .persistent(stmt.is_persistent());
                answered(ANSWER, query.fetch_all(conn)).await?
            }
        })
    }

    pub(super) async fn fetch_optional<T: Row>(self, stmt: &Stmt) -> Result<Option<T>, DbError> {
        Ok(match self {
            Self::Sqlite(conn) => {
                sqlx::query_as_with(stmt.sql(DbKind::Sqlite), stmt.sqlite_arguments()?)
                    .persistent(stmt.is_persistent())
                    .fetch_optional(conn)
                    .await?
            }
            Self::Postgres(conn) => {
                let query =
                    sqlx::query_as_with(stmt.sql(DbKind::Postgres), stmt.postgres_arguments()?)
                        .persistent(stmt.is_persistent());
                answered(ANSWER, query.fetch_optional(conn)).await?
            }
        })
    }
}
