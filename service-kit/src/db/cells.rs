//! A row whose columns are known only when the program runs.

use super::Col;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, TypeInfo as _, ValueRef as _};

/// The columns of a row, in the order of the statement.
///
/// SQLite knows no BOOLEAN: it comes as an integer. A NULL comes as a missing text.
#[derive(Clone, Debug)]
pub struct Cells(pub Vec<Col>);

/// Reads every column by the type that the row says it has.
macro_rules! cells_of {
    ($row:ty) => {
        impl<'r> FromRow<'r, $row> for Cells {
            fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                let cell = |at: usize| {
                    let raw = row.try_get_raw(at)?;
                    if raw.is_null() {
                        return Ok(Col::Text(None));
                    }
                    let type_info = raw.type_info();
                    Ok(match type_info.name() {
                        "INTEGER" | "BIGINT" | "INT8" => Col::Integer(row.try_get(at)?),
                        "BOOLEAN" | "BOOL" => Col::Bool(row.try_get(at)?),
                        "REAL" | "FLOAT8" => Col::Double(row.try_get(at)?),
                        "BLOB" | "BYTEA" => Col::Bytes(row.try_get(at)?),
                        _ => Col::Text(row.try_get(at)?),
                    })
                };
                Ok(Self(
                    (0..row.len())
                        .map(cell)
                        .collect::<Result<_, sqlx::Error>>()?,
                ))
            }
        }
    };
}

cells_of!(SqliteRow);
cells_of!(PgRow);

impl Cells {
    /// A text column. `None`: it is NULL, or there is no such column.
    pub fn text(&self, at: usize) -> Option<&str> {
        match self.0.get(at) {
            Some(Col::Text(text)) => text.as_deref(),
            _ => None,
        }
    }

    /// A whole number. `None`: it is NULL, or there is no such column.
    pub fn integer(&self, at: usize) -> Option<i64> {
        match self.0.get(at) {
            Some(Col::Integer(number)) => *number,
            Some(Col::Bool(flag)) => flag.map(i64::from),
            _ => None,
        }
    }
}
