//! SQL text being put together, with the values that it refers to.

use crate::db::{Col, Stmt};

/// A statement in the making. Its text comes from the program alone (`&'static str`); whatever comes
/// from outside is bound, so that no expression can become SQL.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Col>,
}

impl Sql {
    /// Begins with this text.
    pub fn new(text: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Goes on with this text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with `$n`, bound to a value.
    pub fn bind(&mut self, value: impl Into<Col>) -> &mut Self {
        self.values.push(value.into());
        let n = self.values.len().to_string();
        self.text.push('$');
        self.text.push_str(&n);
        self
    }

    /// Goes on with `(LIST($n))`, bound to texts: what `IN` is followed by. One parameter, however
    /// long the list.
    pub fn bind_list<S: AsRef<str>>(&mut self, items: &[S]) -> &mut Self {
        let items: serde_json::Value = items
            .iter()
            .map(|item| serde_json::Value::from(item.as_ref()))
            .collect();
        self.text.push_str("(LIST(");
        self.bind(items.to_string());
        self.text.push_str("))");
        self
    }

    /// Goes on with a number of the program's own, such as a limit.
    pub fn number(&mut self, number: u32) -> &mut Self {
        self.text.push_str(&number.to_string());
        self
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statement.
    pub fn into_stmt(self) -> Stmt {
        Stmt::dynamic(self.text).bind_all(self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_the_order_in_which_they_come() {
        let mut sql = Sql::new("SELECT 1 WHERE a = ");
        sql.bind(5_i64)
            .push(" AND b IN ")
            .bind_list(&["x", "y"])
            .push(" LIMIT ")
            .number(7);
        assert_eq!(
            sql.text(),
            "SELECT 1 WHERE a = $1 AND b IN (LIST($2)) LIMIT 7"
        );
        assert_eq!(sql.into_stmt().bound(), 2);
    }
}
