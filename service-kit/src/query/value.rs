//! What a written value means to a column.

use super::QueryError;
use super::columns::{Column, ColumnKind, closest};
use super::filter::{Comparison, Operator};
use crate::db::Col;
use chrono::DateTime;

impl Comparison {
    /// The value that a column of this kind is compared to.
    ///
    /// # Errors
    /// The value is of another kind, or the operator has no meaning for the kind.
    pub(super) fn value_for(&self, column: &Column) -> Result<Col, QueryError> {
        let text = self.value.text.as_str();
        if !allows(column.kind, self.operator) {
            return Err(self.unsuitable(format!(
                "cannot be compared so; use {}",
                operators(column.kind)
            )));
        }
        match column.kind {
            ColumnKind::Text | ColumnKind::Set => Ok(Col::from(text)),
            ColumnKind::Integer => {
                let number = text.parse::<i64>().ok();
                number
                    .map(Col::from)
                    .ok_or_else(|| self.not_a("a whole number, for example `100`"))
            }
            ColumnKind::Bool => {
                let flag = text.parse::<bool>().ok();
                flag.map(Col::from)
                    .ok_or_else(|| self.not_a("`true` or `false`"))
            }
            ColumnKind::Time => {
                let at = DateTime::parse_from_rfc3339(text).ok();
                at.map(|at| Col::from(at.timestamp_micros()))
                    .ok_or_else(|| {
                        self.not_a("a time in quotes, for example `\"2026-01-31T00:00:00Z\"`")
                    })
            }
            ColumnKind::Choice(choices) => self.choice(choices),
        }
    }

    fn choice(&self, choices: &[(&'static str, i64)]) -> Result<Col, QueryError> {
        let text = self.value.text.as_str();
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Ok(Col::from(*value));
        }
        let names = choices.iter().map(|(name, _)| *name);
        let remedy = match closest(text, names.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("use one of {}", names.collect::<Vec<_>>().join(", ")),
        };
        Err(self.unsuitable(format!("has no value `{text}`; {remedy}")))
    }

    fn not_a(&self, wanted: &str) -> QueryError {
        self.unsuitable(format!(
            "is compared to `{}`; write {wanted}",
            self.value.text
        ))
    }

    /// Refuses the comparison.
    pub(super) fn unsuitable(&self, problem: String) -> QueryError {
        QueryError::Unsuitable {
            position: self.position,
            field: self.field.clone(),
            problem,
        }
    }
}

fn allows(kind: ColumnKind, operator: Operator) -> bool {
    match kind {
        ColumnKind::Text => true,
        ColumnKind::Set => operator == Operator::Contains,
        ColumnKind::Integer | ColumnKind::Time => operator != Operator::Contains,
        ColumnKind::Bool | ColumnKind::Choice(_) => {
            matches!(operator, Operator::Equal | Operator::NotEqual)
        }
    }
}

fn operators(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "one of = != < <= > >= :",
        ColumnKind::Set => ":",
        ColumnKind::Integer | ColumnKind::Time => "one of = != < <= > >=",
        ColumnKind::Bool | ColumnKind::Choice(_) => "= or !=",
    }
}
