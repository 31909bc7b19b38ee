//! A transaction.

use super::conn::Conn;
use super::error::DbError;
use super::interrupt::Interrupt;
use super::postgres::{ANSWER, answered};
use super::stmt::Stmt;
use super::{DbKind, Row};
use sqlx::{Postgres, Sqlite, Transaction};

/// An open transaction. Dropping it rolls it back.
///
/// Begun by [`super::Db::begin`] to write, or by [`super::Db::snapshot_read`] to read several things
/// as of one moment.
pub enum Tx {
    /// On SQLite; with what ends a long read.
    Sqlite(Transaction<'static, Sqlite>, Option<Interrupt>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Which database this is.
    pub fn kind(&self) -> DbKind {
        match self {
            Self::Sqlite(..) => DbKind::Sqlite,
            Self::Postgres(_) => DbKind::Postgres,
        }
    }

    /// Runs a statement and returns the number of rows that it touched.
    pub async fn execute(&mut self, stmt: Stmt) -> Result<u64, DbError> {
        self.conn().execute(&stmt).await
    }

    /// All rows, in the statement's order.
    pub async fn fetch_all<T: Row>(&mut self, stmt: Stmt) -> Result<Vec<T>, DbError> {
        self.conn().fetch_all(&stmt).await
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: Row>(&mut self, stmt: Stmt) -> Result<Option<T>, DbError> {
        self.conn().fetch_optional(&stmt).await
    }

    /// The first row.
    ///
    /// # Errors
    /// [`DbError::NoRow`] where there is none.
    pub async fn fetch_one<T: Row>(&mut self, stmt: Stmt) -> Result<T, DbError> {
        self.fetch_optional(stmt).await?.ok_or(DbError::NoRow)
    }

    /// Makes the transaction's writes durable and visible.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx, _interrupt) => tx.commit().await?,
            Self::Postgres(tx) => answered(ANSWER, tx.commit()).await?,
        }
        Ok(())
    }

    pub(super) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(tx, _) => Conn::Sqlite(tx),
            Self::Postgres(tx) => Conn::Postgres(tx),
        }
    }
}
