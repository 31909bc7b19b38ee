//! A statement and its values, before it is known which database runs it.

use super::row::Row;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// A value that both databases store.
#[derive(Clone, Debug)]
pub enum Col {
    /// `BIGINT`; `None` is NULL.
    Integer(Option<i64>),
    /// `TEXT`; `None` is NULL.
    Text(Option<String>),
    /// `BOOLEAN`; `None` is NULL.
    Bool(Option<bool>),
    /// `DOUBLE PRECISION`; `None` is NULL.
    Double(Option<f64>),
    /// `BYTEA`, `BLOB`; `None` is NULL.
    Bytes(Option<Vec<u8>>),
}

macro_rules! col {
    ($($from:ty => $variant:ident, |$value:ident| $into:expr;)*) => {$(
        impl From<$from> for Col {
            fn from($value: $from) -> Self {
                Self::$variant(Some($into))
            }
        }
        impl From<Option<$from>> for Col {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map(|$value| $into))
            }
        }
    )*};
}

col! {
    i64 => Integer, |value| value;
    i32 => Integer, |value| i64::from(value);
    String => Text, |value| value;
    &str => Text, |value| value.to_owned();
    &String => Text, |value| value.clone();
    bool => Bool, |value| value;
    f64 => Double, |value| value;
    Vec<u8> => Bytes, |value| value;
    &[u8] => Bytes, |value| value.to_vec();
}

/// The four kinds of query share no trait that binds.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Col::Integer(value) => query.bind(value),
                Col::Text(value) => query.bind(value),
                Col::Bool(value) => query.bind(value),
                Col::Double(value) => query.bind(value),
                Col::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// SQL text with its values, in the order of `$1`, `$2`, ….
pub struct Stmt<'q> {
    sql: SqlStr,
    values: Vec<Col>,
    /// Statements whose text varies would fill the cache of prepared ones.
    persistent: bool,
    lifetime: std::marker::PhantomData<&'q ()>,
}

impl<'q> Stmt<'q> {
    /// A statement known when the program was written.
    pub fn new(sql: &'static str) -> Self {
        Self {
            sql: sql.into_sql_str(),
            values: Vec::new(),
            persistent: true,
            lifetime: std::marker::PhantomData,
        }
    }

    /// A statement put together at run time. The text must hold no value from outside: those are
    /// bound.
    pub fn dynamic(sql: String) -> Self {
        Self {
            sql: AssertSqlSafe(sql).into_sql_str(),
            values: Vec::new(),
            persistent: false,
            lifetime: std::marker::PhantomData,
        }
    }

    /// Binds the next value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Col>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds several values, in order.
    #[must_use]
    pub fn bind_all(mut self, values: impl IntoIterator<Item = Col>) -> Self {
        self.values.extend(values);
        self
    }

    pub(super) fn sqlite(self) -> Query<'q, Sqlite, SqliteArguments> {
        bound!(
            sqlx::query(self.sql).persistent(self.persistent),
            self.values
        )
    }

    pub(super) fn postgres(self) -> Query<'q, Postgres, PgArguments> {
        bound!(
            sqlx::query(self.sql).persistent(self.persistent),
            self.values
        )
    }

    pub(super) fn sqlite_as<T: Row>(self) -> QueryAs<'q, Sqlite, T, SqliteArguments> {
        bound!(
            sqlx::query_as(self.sql).persistent(self.persistent),
            self.values
        )
    }

    pub(super) fn postgres_as<T: Row>(self) -> QueryAs<'q, Postgres, T, PgArguments> {
        bound!(
            sqlx::query_as(self.sql).persistent(self.persistent),
            self.values
        )
    }
}
