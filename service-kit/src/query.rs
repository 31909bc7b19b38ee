//! Expressions over the fields of a record, as callers write them, and what they become in SQL.
//!
//! - [`Filter`]: `level = "VIP" AND created_at > "2026-01-01T00:00:00Z"` (a part of AIP-160)
//! - [`OrderBy`]: `display_name, created_at desc` (AIP-132)
//! - [`Columns`]: which fields there are and which columns hold them
//! - [`Order`]: the order of a list's rows, and the place where a page ends
//! - [`Sql`]: the statement that they are written into

mod columns;
mod condition;
mod cursor;
mod filter;
mod keyset;
mod order;
mod parser;
mod sql;
#[cfg(test)]
mod tests;
mod value;

pub use columns::{Column, ColumnKind, Columns, fold};
pub use filter::{Comparison, Expression, Filter, Literal, Operator};
pub use keyset::{BadPlace, Order};
pub use order::{OrderBy, OrderTerm};
pub use sql::Sql;

/// Why an expression was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It cannot be read.
    #[error("at character {position}: {problem}")]
    Syntax {
        /// From 1, in characters.
        position: usize,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// It names a field that there is not.
    #[error("at character {position}: no field `{field}`{}", suggestion.as_ref().map(|close| format!("; did you mean `{close}`?")).unwrap_or_default())]
    UnknownField {
        /// From 1, in characters.
        position: usize,
        /// The name.
        field: String,
        /// The closest one that there is.
        suggestion: Option<String>,
    },
    /// It asks of a field what cannot be asked of it.
    #[error("at character {position}: `{field}` {problem}")]
    Unsuitable {
        /// From 1, in characters.
        position: usize,
        /// The field.
        field: String,
        /// What is wrong, and what to write.
        problem: String,
    },
}
