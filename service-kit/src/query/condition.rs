//! A filter as a condition in SQL.
//!
//! Every part is true or false, never NULL: so NOT means what it says, and both databases agree.

use super::QueryError;
use super::columns::{Column, ColumnKind, Columns, fold};
use super::filter::{Comparison, Expression, Filter, Operator};
use super::sql::Sql;
use crate::db::Col;

impl Columns {
    /// Writes a filter as a condition; the empty one is `TRUE`.
    ///
    /// # Errors
    /// A field without a column, or a comparison that its kind does not have.
    pub fn write_filter(&self, filter: &Filter, sql: &mut Sql) -> Result<(), QueryError> {
        let Some(root) = filter.root() else {
            sql.push("TRUE");
            return Ok(());
        };
        self.write_expression(root, sql)
    }

    fn write_expression(&self, expression: &Expression, sql: &mut Sql) -> Result<(), QueryError> {
        match expression {
            Expression::All(parts) => self.write_joined(parts, " AND ", sql),
            Expression::Any(parts) => self.write_joined(parts, " OR ", sql),
            Expression::Not(part) => {
                sql.push("NOT (");
                self.write_expression(part, sql)?;
                sql.push(")");
                Ok(())
            }
            Expression::Is(comparison) => {
                let column = self.find(&comparison.field, comparison.position)?;
                write_comparison(comparison, column, sql)
            }
        }
    }

    fn write_joined(
        &self,
        parts: &[Expression],
        word: &'static str,
        sql: &mut Sql,
    ) -> Result<(), QueryError> {
        sql.push("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                sql.push(word);
            }
            self.write_expression(part, sql)?;
        }
        sql.push(")");
        Ok(())
    }
}

fn write_comparison(
    comparison: &Comparison,
    column: &Column,
    sql: &mut Sql,
) -> Result<(), QueryError> {
    // What may be empty is so as NULL, and never as the empty text.
    if column.is_nullable && comparison.value.text.is_empty() {
        let emptiness = match comparison.operator {
            Operator::Equal => Some(" IS NULL"),
            Operator::NotEqual => Some(" IS NOT NULL"),
            _ => None,
        };
        if let Some(emptiness) = emptiness {
            sql.push(column.sql).push(emptiness);
            return Ok(());
        }
    }
    let value = comparison.value_for(column)?;
    let is_empty = matches!(&value, Col::Text(Some(text)) if text.is_empty());
    match (comparison.operator, is_empty) {
        (Operator::Contains, true) => {
            Err(comparison.unsuitable("contains nothing; write a text after `:`".to_owned()))
        }
        (Operator::Contains, false) if column.kind == ColumnKind::Set => {
            sql.bind(value).push(" IN (").push(column.sql).push(")");
            Ok(())
        }
        (Operator::Contains, false) => {
            write_contains(&comparison.value.text, column, sql);
            Ok(())
        }
        (Operator::NotEqual, false) => {
            write_or_null(column, " <> ", value, sql);
            Ok(())
        }
        (operator, _) => {
            write_and_not_null(column, sign(operator), value, sql);
            Ok(())
        }
    }
}

fn write_or_null(column: &Column, sign: &'static str, value: Col, sql: &mut Sql) {
    if column.is_nullable {
        sql.push("(").push(column.sql).push(" IS NULL OR ");
        sql.push(column.sql).push(sign).bind(value).push(")");
    } else {
        sql.push(column.sql).push(sign).bind(value);
    }
}

fn write_and_not_null(column: &Column, sign: &'static str, value: Col, sql: &mut Sql) {
    if column.is_nullable {
        sql.push("(").push(column.sql).push(" IS NOT NULL AND ");
        sql.push(column.sql).push(sign).bind(value).push(")");
    } else {
        sql.push(column.sql).push(sign).bind(value);
    }
}

/// LIKE disregards case on one database and not on the other, so it is asked only of texts that have
/// none. For others: what REPLACE changes contains what is replaced.
fn write_contains(text: &str, column: &Column, sql: &mut Sql) {
    if let Some(folded) = column.folded {
        let escaped = fold(text)
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        sql.push("COALESCE(").push(folded).push(", '') LIKE ");
        sql.bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
    } else {
        sql.push("REPLACE(COALESCE(")
            .push(column.sql)
            .push(", ''), ")
            .bind(text);
        sql.push(", '') <> COALESCE(")
            .push(column.sql)
            .push(", '')");
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => " = ",
        Operator::NotEqual => " <> ",
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterOrEqual => " >= ",
        Operator::Contains => " LIKE ",
    }
}
