//! `display_name, created_at desc`: see AIP-132.

use super::QueryError;
use super::cursor::{Cursor, syntax};

const MAX_TERMS: usize = 5;
const MAX_BYTES: usize = 500;

/// An order; the empty one leaves it to the resource's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderBy {
    /// The most significant first.
    pub terms: Vec<OrderTerm>,
}

/// A field to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTerm {
    /// The field's name in the message.
    pub field: String,
    /// Greatest first.
    pub descending: bool,
    /// Where the name begins: from 1, in characters.
    pub position: usize,
}

impl OrderBy {
    /// Reads an order.
    ///
    /// # Errors
    /// With the place and what to write: a malformed term, a field twice, more than 5 fields.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_BYTES {
            return Err(syntax(
                1,
                format!(
                    "the order has {} bytes; write at most {MAX_BYTES}",
                    text.len()
                ),
            ));
        }
        let mut cursor = Cursor::new(text);
        let mut terms: Vec<OrderTerm> = Vec::new();
        cursor.skip_spaces();
        while !(terms.is_empty() && cursor.is_at_end()) {
            let term = term(&mut cursor)?;
            if terms.iter().any(|earlier| earlier.field == term.field) {
                return Err(syntax(
                    term.position,
                    format!("`{}` comes twice; name it once", term.field),
                ));
            }
            if terms.len() == MAX_TERMS {
                return Err(syntax(
                    term.position,
                    format!("more than {MAX_TERMS} fields; name fewer"),
                ));
            }
            terms.push(term);
            if cursor.is_at_end() {
                break;
            }
            if !cursor.eat(",") {
                return Err(syntax(
                    cursor.position(),
                    "write `asc`, `desc` or `,` after a field",
                ));
            }
        }
        Ok(Self { terms })
    }

    /// The names of the fields, in order.
    pub fn fields(&self) -> Vec<&str> {
        self.terms.iter().map(|term| term.field.as_str()).collect()
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<OrderTerm, QueryError> {
    cursor.skip_spaces();
    let position = cursor.position();
    let field = cursor.word().to_owned();
    if field.is_empty() {
        return Err(syntax(
            position,
            "a field is missing here; write one such as `created_at desc`",
        ));
    }
    cursor.skip_spaces();
    let descending = cursor.eat_word("desc");
    if !descending {
        cursor.eat_word("asc");
    }
    cursor.skip_spaces();
    Ok(OrderTerm {
        field,
        descending,
        position,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, bool)> {
        let order = OrderBy::parse(text).unwrap();
        order
            .terms
            .into_iter()
            .map(|term| (term.field, term.descending))
            .collect()
    }

    #[test]
    fn fields_ascend_unless_said_otherwise() {
        let of = |field: &str, descending| (field.to_owned(), descending);
        assert_eq!(
            shown(" a , b desc,c asc"),
            [of("a", false), of("b", true), of("c", false)]
        );
        assert_eq!(
            shown("credit_limit.amount_minor desc"),
            [of("credit_limit.amount_minor", true)]
        );
        assert_eq!(shown(""), []);
    }

    #[test]
    fn mistakes_are_answered_with_place_and_remedy() {
        let refused = |text: &str| OrderBy::parse(text).unwrap_err().to_string();
        assert_eq!(
            refused("a,"),
            "at character 3: a field is missing here; write one such as `created_at desc`"
        );
        assert_eq!(
            refused("a downwards"),
            "at character 3: write `asc`, `desc` or `,` after a field"
        );
        assert_eq!(
            refused("a, a desc"),
            "at character 4: `a` comes twice; name it once"
        );
        assert_eq!(
            refused("a,b,c,d,e,f"),
            "at character 11: more than 5 fields; name fewer"
        );
    }
}
