//! An order over columns that ends in the id, and the place where a page ends.
//!
//! NULLs come last in both directions and on both databases.

use super::QueryError;
use super::columns::{Column, ColumnKind, Columns};
use super::order::OrderBy;
use super::sql::Sql;
use crate::db::Col;
use serde_json::Value;

/// A total order: the id decides between rows that are otherwise alike.
#[derive(Clone, Debug)]
pub struct Order {
    terms: Vec<Term>,
}

#[derive(Clone, Copy, Debug)]
struct Term {
    column: &'static Column,
    is_descending: bool,
}

/// A page token does not fit the order.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not belong to this order; send the same order_by as for the first page")]
pub struct BadPlace;

impl Columns {
    /// The order that a request asks for, or the default one where it asks for none. `id` is the
    /// field of the id; it follows in the direction of the last field.
    ///
    /// # Errors
    /// A field without a column, or one that cannot be ordered by.
    pub fn order(&self, asked: &OrderBy, default: &OrderBy, id: &str) -> Result<Order, QueryError> {
        let by = if asked.terms.is_empty() {
            default
        } else {
            asked
        };
        let mut terms = Vec::new();
        for term in &by.terms {
            let column = self.find(&term.field, term.position)?;
            if !column.is_sortable {
                let problem = "cannot be ordered by; order by another field".to_owned();
                let (position, field) = (term.position, term.field.clone());
                return Err(QueryError::Unsuitable {
                    position,
                    field,
                    problem,
                });
            }
            terms.push(Term {
                column,
                is_descending: term.descending,
            });
        }
        if terms.iter().all(|term| term.column.field != id) {
            let is_descending = terms.last().is_some_and(|term| term.is_descending);
            terms.push(Term {
                column: self.find(id, 1)?,
                is_descending,
            });
        }
        Ok(Order { terms })
    }
}

impl Order {
    /// Writes what follows ORDER BY.
    pub fn write(&self, sql: &mut Sql) {
        for (index, term) in self.terms.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" })
                .push(term.column.sql);
            sql.push(if term.is_descending { " DESC" } else { "" });
            // Said only where there are NULLs: it would keep an index from serving the order.
            sql.push(if term.column.is_nullable {
                " NULLS LAST"
            } else {
                ""
            });
        }
    }

    /// The place of a row: the values of the order's fields, for a page token.
    pub fn place(&self, mut value_of: impl FnMut(&str) -> Value) -> Vec<Value> {
        self.terms
            .iter()
            .map(|term| value_of(term.column.field))
            .collect()
    }

    /// Writes the condition that selects the rows after a place.
    ///
    /// # Errors
    /// The place is not of this order.
    pub fn write_after(&self, place: &[Value], sql: &mut Sql) -> Result<(), BadPlace> {
        if place.len() != self.terms.len() {
            return Err(BadPlace);
        }
        let values = self
            .terms
            .iter()
            .zip(place)
            .map(|(term, value)| term.value(value));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        if self.is_uniform() {
            self.write_row_after(values, sql);
        } else {
            self.write_chain_after(&values, sql);
        }
        Ok(())
    }

    /// Whether one comparison of rows says it: one direction, no NULLs.
    fn is_uniform(&self) -> bool {
        let first = self.terms.first().map(|term| term.is_descending);
        self.terms
            .iter()
            .all(|term| !term.column.is_nullable && Some(term.is_descending) == first)
    }

    /// `(a, id) < ($1, $2)`: a range of an index on both databases.
    fn write_row_after(&self, values: Vec<Col>, sql: &mut Sql) {
        sql.push("(");
        for (index, term) in self.terms.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" })
                .push(term.column.sql);
        }
        let is_descending = self.terms.first().is_some_and(|term| term.is_descending);
        sql.push(if is_descending { ") < (" } else { ") > (" });
        for (index, value) in values.into_iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" }).bind(value);
        }
        sql.push(")");
    }

    /// `a after $1 OR (a = $1 AND (b after $2 OR (b = $2 AND …)))`
    fn write_chain_after(&self, values: &[Col], sql: &mut Sql) {
        for (index, (term, value)) in self.terms.iter().zip(values).enumerate() {
            sql.push("(");
            term.write_beyond(value, sql);
            if index + 1 < values.len() {
                sql.push(" OR (");
                term.write_at(value, sql);
                sql.push(" AND ");
            }
        }
        for index in 0..values.len() {
            sql.push(if index + 1 < values.len() { "))" } else { ")" });
        }
    }
}

impl Term {
    /// A place's value as one of this column.
    fn value(&self, value: &Value) -> Result<Col, BadPlace> {
        let fits = match (self.column.kind, value) {
            // No text of a row has a NUL, and PostgreSQL takes none.
            (ColumnKind::Text, Value::String(text)) if text.contains('\0') => None,
            (ColumnKind::Text, Value::String(text)) => Some(Col::from(text)),
            (ColumnKind::Text, Value::Null) => Some(Col::Text(None)),
            (ColumnKind::Bool, Value::Bool(flag)) => Some(Col::from(*flag)),
            (ColumnKind::Bool, Value::Null) => Some(Col::Bool(None)),
            (ColumnKind::Integer | ColumnKind::Time | ColumnKind::Choice(_), value) => {
                match value {
                    Value::Null => Some(Col::Integer(None)),
                    value => value.as_i64().map(Col::from),
                }
            }
            _ => None,
        };
        fits.filter(|value| self.column.is_nullable || !is_null(value))
            .ok_or(BadPlace)
    }

    /// The column comes after the value.
    fn write_beyond(&self, value: &Col, sql: &mut Sql) {
        if is_null(value) {
            sql.push("FALSE");
            return;
        }
        let (sign, column) = (
            if self.is_descending { " < " } else { " > " },
            self.column.sql,
        );
        if self.column.is_nullable {
            sql.push(column).push(" IS NULL OR ");
        }
        sql.push(column).push(sign).bind(value.clone());
    }

    /// The column holds the value.
    fn write_at(&self, value: &Col, sql: &mut Sql) {
        if is_null(value) {
            sql.push(self.column.sql).push(" IS NULL");
        } else {
            sql.push(self.column.sql).push(" = ").bind(value.clone());
        }
    }
}

fn is_null(value: &Col) -> bool {
    matches!(
        value,
        Col::Integer(None) | Col::Text(None) | Col::Bool(None)
    )
}
