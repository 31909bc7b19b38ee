//! One SQL text and its values, for both kinds of database.

use super::DbKind;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqlSafeStr, SqlStr};

/// A statement: a text with `$1`, `$2`, … and their values.
///
/// The text is the same for both databases. Where it needs the time of the database's own clock, for what
/// ends without anybody's doing, it says `NOW_US()`: microseconds since 1970. Where it needs a list, it says `IN (LIST($1))` and binds
/// the list as one JSON array of texts ([`Stmt::bind_list`]): the text, and so the prepared
/// statement, is then the same for any length.
#[derive(Clone, Debug)]
pub struct Stmt {
    sql: Sql,
    values: Vec<Col>,
    /// A text that is bound has a NUL character. PostgreSQL has no such texts, and its own refusal
    /// reads like a mistake of ours.
    has_nul: bool,
}

/// Why a statement with such a text does not run.
#[derive(Debug, thiserror::Error)]
#[error("a text has a NUL character")]
pub(super) struct NulCharacter;

#[derive(Clone, Debug)]
enum Sql {
    Fixed(&'static str),
    Composed(String),
}

/// A value to bind; `None` is NULL of that type.
#[derive(Clone, Debug)]
pub enum Col {
    /// BIGINT.
    Integer(Option<i64>),
    /// DOUBLE PRECISION.
    Double(Option<f64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// TEXT.
    Text(Option<String>),
    /// BYTEA or BLOB.
    Bytes(Option<Vec<u8>>),
}

impl Stmt {
    /// A statement with a text known at build time. It is prepared once a connection.
    pub fn new(sql: &'static str) -> Self {
        Self {
            sql: Sql::Fixed(sql),
            values: Vec::new(),
            has_nul: false,
        }
    }

    /// A statement with a composed text. The caller composes it from fixed parts only; whatever comes
    /// from outside is bound. It is not kept prepared.
    pub fn dynamic(sql: String) -> Self {
        Self {
            sql: Sql::Composed(sql),
            values: Vec::new(),
            has_nul: false,
        }
    }

    /// Binds the next `$n`.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Col>) -> Self {
        let value = value.into();
        self.has_nul |= matches!(&value, Col::Text(Some(text)) if text.contains('\0'));
        self.values.push(value);
        self
    }

    /// Binds the next `$n`, `$n + 1`, ….
    #[must_use]
    pub fn bind_all(self, values: impl IntoIterator<Item = Col>) -> Self {
        values.into_iter().fold(self, Self::bind)
    }

    /// Binds the next `$n`, which the text uses as `LIST($n)`, to a list of texts.
    #[must_use]
    pub fn bind_list<S: AsRef<str>>(mut self, items: impl IntoIterator<Item = S>) -> Self {
        let mut list = Vec::new();
        for item in items {
            // In the array it is spelt `\u0000`, and is a text again in the statement.
            self.has_nul |= item.as_ref().contains('\0');
            list.push(serde_json::Value::from(item.as_ref()));
        }
        self.bind(serde_json::Value::from(list).to_string())
    }

    /// How many values are bound: the next is `$(bound() + 1)`.
    pub fn bound(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_persistent(&self) -> bool {
        matches!(self.sql, Sql::Fixed(_))
    }

    pub(super) fn sql(&self, kind: DbKind) -> SqlStr {
        let (text, fixed) = match &self.sql {
            Sql::Fixed(text) => (*text, Some(*text)),
            Sql::Composed(text) => (text.as_str(), None),
        };
        match fixed {
            Some(fixed) if !text.contains("LIST($") && !text.contains(NOW) => fixed.into_sql_str(),
            _ => AssertSqlSafe(expand_lists(&expand_now(text, kind), kind)).into_sql_str(),
        }
    }

    fn refuse_nul(&self) -> Result<(), sqlx::Error> {
        if self.has_nul {
            return Err(sqlx::Error::Encode(Box::new(NulCharacter)));
        }
        Ok(())
    }

    pub(super) fn sqlite_arguments(&self) -> Result<SqliteArguments, sqlx::Error> {
        self.refuse_nul()?;
        let mut arguments = SqliteArguments::default();
        for value in &self.values {
            match value {
                Col::Integer(value) => arguments.add(*value),
                Col::Double(value) => arguments.add(*value),
                Col::Bool(value) => arguments.add(*value),
                Col::Text(value) => arguments.add(value.clone()),
                Col::Bytes(value) => arguments.add(value.clone()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    pub(super) fn postgres_arguments(&self) -> Result<PgArguments, sqlx::Error> {
        self.refuse_nul()?;
        let mut arguments = PgArguments::default();
        for value in &self.values {
            match value {
                Col::Integer(value) => arguments.add(value),
                Col::Double(value) => arguments.add(value),
                Col::Bool(value) => arguments.add(value),
                Col::Text(value) => arguments.add(value),
                Col::Bytes(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

/// The texts in the JSON array that `$n` is bound to, as a subquery.
pub(super) fn list_subquery(kind: DbKind, n: &str) -> String {
    match kind {
        DbKind::Sqlite => format!("SELECT value FROM json_each(${n})"),
        DbKind::Postgres => format!("SELECT jsonb_array_elements_text(${n}::jsonb)"),
    }
}

const NOW: &str = "NOW_US()";

fn expand_now(text: &str, kind: DbKind) -> String {
    text.replace(
        NOW,
        match kind {
            DbKind::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
            DbKind::Postgres => "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)",
        },
    )
}

fn expand_lists(text: &str, kind: DbKind) -> String {
    let mut expanded = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("LIST($") {
        let Some((n, tail)) = after.split_once(')') else {
            break;
        };
        expanded.push_str(before);
        expanded.push_str(&list_subquery(kind, n));
        rest = tail;
    }
    expanded.push_str(rest);
    expanded
}

macro_rules! columns {
    ($($from:ty => $variant:ident, $convert:expr;)*) => {$(
        impl From<$from> for Col {
            fn from(value: $from) -> Self {
                Self::$variant(Some($convert(value)))
            }
        }
        impl From<Option<$from>> for Col {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($convert))
            }
        }
    )*};
}

columns! {
    i64 => Integer, |value| value;
    i32 => Integer, i64::from;
    f64 => Double, |value| value;
    bool => Bool, |value| value;
    String => Text, |value| value;
    &String => Text, |value: &String| value.clone();
    &str => Text, str::to_owned;
    Vec<u8> => Bytes, |value| value;
    &Vec<u8> => Bytes, |value: &Vec<u8>| value.clone();
    &[u8] => Bytes, <[u8]>::to_vec;
}

impl From<&Option<String>> for Col {
    fn from(value: &Option<String>) -> Self {
        Self::Text(value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DbError;

    #[test]
    fn lists_are_spelt_for_each_database() {
        let stmt = Stmt::new("SELECT id FROM t WHERE a IN (LIST($1)) OR b IN (LIST($12))");
        assert_eq!(
            stmt.sql(DbKind::Sqlite).as_str(),
            "SELECT id FROM t WHERE a IN (SELECT value FROM json_each($1)) \
             OR b IN (SELECT value FROM json_each($12))"
        );
        assert_eq!(
            stmt.sql(DbKind::Postgres).as_str(),
            "SELECT id FROM t WHERE a IN (SELECT jsonb_array_elements_text($1::jsonb)) \
             OR b IN (SELECT jsonb_array_elements_text($12::jsonb))"
        );
    }

    #[test]
    fn text_with_a_nul_character_is_refused_for_both_databases_alike() {
        let bound = |stmt: Stmt| {
            let (sqlite, postgres) = (stmt.sqlite_arguments(), stmt.postgres_arguments());
            (
                sqlite.map_err(DbError::from),
                postgres.map_err(DbError::from),
            )
        };
        let stmt = || Stmt::new("SELECT 1");
        for bad in [
            stmt().bind("a\0b"),
            stmt().bind_all([Col::from(1), Col::from("\0")]),
            stmt().bind_list(["fine", "\0"]),
        ] {
            assert!(matches!(
                bound(bad),
                (Err(DbError::BadText), Err(DbError::BadText))
            ));
        }
        assert!(matches!(
            bound(stmt().bind("\\u0000").bind_list(["\\u0000"])),
            (Ok(_), Ok(_))
        ));
    }
}
