//! Transactions.

use super::error::DbError;
use super::row::Row;
use super::stmt::Stmt;
use super::{Db, Kind};
use sqlx::{Postgres, Sqlite, Transaction};

/// A write transaction. Dropped without [`commit`](Tx::commit), it rolls back.
pub struct Tx(pub(super) Inner);

/// A transaction in which every read sees the same state.
pub struct ReadTx(pub(super) Inner);

pub(super) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place where transactions begin"
)]
impl Tx {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        // Plain BEGIN takes the write lock at the first write, too late to wait for it: a read
        // before it then fails with SQLITE_BUSY whatever the timeout.
        Ok(Self(match &*db.0 {
            Kind::Sqlite { writer, .. } => {
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Kind::Postgres { pool } => Inner::Postgres(pool.begin().await?),
        }))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place where transactions begin"
)]
impl ReadTx {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(Self(match &*db.0 {
            Kind::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Kind::Postgres { pool } => Inner::Postgres(pool.begin_with(SNAPSHOT).await?),
        }))
    }
}

impl Tx {
    /// Runs a statement; the number of rows that it changed.
    pub async fn execute(&mut self, stmt: Stmt<'_>) -> Result<u64, DbError> {
        Ok(match &mut self.0 {
            Inner::Sqlite(tx) => stmt.sqlite().execute(&mut **tx).await?.rows_affected(),
            Inner::Postgres(tx) => stmt.postgres().execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Whether it is a transaction of SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.0, Inner::Sqlite(_))
    }
}

macro_rules! reads {
    ($type:ty) => {
        impl $type {
            /// Every row of a query.
            pub async fn fetch_all<T: Row>(&mut self, stmt: Stmt<'_>) -> Result<Vec<T>, DbError> {
                Ok(match &mut self.0 {
                    Inner::Sqlite(tx) => stmt.sqlite_as::<T>().fetch_all(&mut **tx).await?,
                    Inner::Postgres(tx) => stmt.postgres_as::<T>().fetch_all(&mut **tx).await?,
                })
            }

            /// The row of a query, if there is one.
            pub async fn fetch_optional<T: Row>(
                &mut self,
                stmt: Stmt<'_>,
            ) -> Result<Option<T>, DbError> {
                Ok(match &mut self.0 {
                    Inner::Sqlite(tx) => stmt.sqlite_as::<T>().fetch_optional(&mut **tx).await?,
                    Inner::Postgres(tx) => {
                        stmt.postgres_as::<T>().fetch_optional(&mut **tx).await?
                    }
                })
            }

            /// The row of a query that always has one.
            pub async fn fetch_one<T: Row>(&mut self, stmt: Stmt<'_>) -> Result<T, DbError> {
                self.fetch_optional(stmt).await?.ok_or(DbError::NoRow)
            }
        }
    };
}

reads!(Tx);
reads!(ReadTx);
