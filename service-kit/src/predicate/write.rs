//! Conditions as SQL, in two spellings that mean the same.

use super::condition::Condition;
use super::mapping::{Foreign, Holding};
use crate::query::Sql;

/// What the planner may do with a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Find the rows by it: columns stand bare, and joins are lists of ids.
    Seek,
    /// Only look at rows that were found otherwise: columns are wrapped so that no index of theirs
    /// tempts the planner away from the order's index, and joins are looked up row by row.
    Look,
}

impl Condition {
    /// Writes the condition for the rows of its mapping; `id` is their id column.
    pub(super) fn write(&self, id: &'static str, spelling: Spelling, sql: &mut Sql) {
        match self {
            Self::Always => {
                sql.push("TRUE");
            }
            Self::Never => {
                sql.push("FALSE");
            }
            Self::All(parts) => write_joined(parts, " AND ", id, spelling, sql),
            Self::Any(parts) => write_joined(parts, " OR ", id, spelling, sql),
            Self::Not(part) => {
                sql.push("NOT (");
                // A negation finds nothing.
                part.write(id, Spelling::Look, sql);
                sql.push(")");
            }
            Self::Ids(ids) => write_column(id, ids, spelling, sql),
            Self::Holds(holding, ids) => write_holding(holding, ids, id, spelling, sql),
            Self::Leads(column, foreign, meant) => {
                write_foreign(column, foreign, meant, spelling, sql);
            }
        }
    }
}

fn write_joined(
    parts: &[Condition],
    word: &'static str,
    id: &'static str,
    spelling: Spelling,
    sql: &mut Sql,
) {
    sql.push("(");
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index > 0 { word } else { "" });
        part.write(id, spelling, sql);
    }
    sql.push(")");
}

fn write_holding(
    holding: &Holding,
    ids: &[String],
    id: &'static str,
    spelling: Spelling,
    sql: &mut Sql,
) {
    match (holding, spelling) {
        (Holding::Column { sql: column, .. }, _) => write_column(column, ids, spelling, sql),
        (
            Holding::Join {
                table,
                row,
                sql: column,
                ..
            },
            Spelling::Seek,
        ) => {
            sql.push(id)
                .push(" IN (SELECT ")
                .push(row)
                .push(" FROM ")
                .push(table);
            sql.push(" WHERE ")
                .push(column)
                .push(" IN ")
                .bind_list(ids)
                .push(")");
        }
        (
            Holding::Join {
                table,
                row,
                sql: column,
                ..
            },
            Spelling::Look,
        ) => {
            sql.push("EXISTS (SELECT 1 FROM ")
                .push(table)
                .push(" WHERE ")
                .push(row);
            sql.push(" = ").push(id).push(" AND ");
            write_column(column, ids, Spelling::Seek, sql);
            sql.push(")");
        }
        // INVARIANT: a fixed relation is a constant since the predicate was understood.
        (Holding::Fixed(_), _) => {
            sql.push("FALSE");
        }
    }
}

/// The column holds one of the ids. FALSE, not NULL, where it holds none.
fn write_column(column: &'static str, ids: &[String], spelling: Spelling, sql: &mut Sql) {
    match spelling {
        Spelling::Seek => sql
            .push("(")
            .push(column)
            .push(" IS NOT NULL AND ")
            .push(column),
        // No id is empty.
        Spelling::Look => sql.push("(COALESCE(").push(column).push(", '')"),
    };
    match ids {
        [only] => sql.push(" = ").bind(only),
        several => sql.push(" IN ").bind_list(several),
    };
    sql.push(")");
}

fn write_foreign(
    column: &'static str,
    foreign: &Foreign,
    meant: &Condition,
    spelling: Spelling,
    sql: &mut Sql,
) {
    let mapping = foreign.mapping;
    match spelling {
        Spelling::Seek => {
            sql.push("(")
                .push(column)
                .push(" IS NOT NULL AND ")
                .push(column);
            sql.push(" IN (SELECT ")
                .push(mapping.id)
                .push(" FROM ")
                .push(mapping.table);
            sql.push(" WHERE ");
        }
        Spelling::Look => {
            sql.push("(EXISTS (SELECT 1 FROM ")
                .push(mapping.table)
                .push(" WHERE ");
            sql.push(mapping.id).push(" = ").push(column).push(" AND ");
        }
    }
    if !foreign.only.is_empty() {
        sql.push(foreign.only).push(" AND ");
    }
    meant.write(mapping.id, spelling, sql);
    sql.push("))");
}
