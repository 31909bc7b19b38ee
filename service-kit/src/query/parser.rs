//! The grammar of filters: AIP-160 without functions, wildcards and bare words.

use super::QueryError;
use super::cursor::{Cursor, syntax};
use super::filter::{Comparison, Expression, Literal, Operator};

const MAX_BYTES: usize = 4096;
const MAX_COMPARISONS: usize = 100;
const MAX_DEPTH: usize = 20;
const OPERATORS: [(&str, Operator); 7] = [
    // The longer ones first: `<` begins `<=`.
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    (":", Operator::Contains),
];

/// Reads a whole filter.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, QueryError> {
    if text.len() > MAX_BYTES {
        let problem = format!(
            "the filter has {} bytes; write at most {MAX_BYTES}",
            text.len()
        );
        return Err(syntax(1, problem));
    }
    if text.contains('\0') {
        // PostgreSQL has no text with it.
        return Err(syntax(1, "the filter has a NUL character; leave it out"));
    }
    let mut parser = Parser {
        cursor: Cursor::new(text),
        depth: 0,
        comparisons: 0,
    };
    parser.cursor.skip_spaces();
    if parser.cursor.is_at_end() {
        return Ok(None);
    }
    let root = parser.conjunction()?;
    match parser.cursor.peek() {
        None => Ok(Some(root)),
        Some(next) => {
            let problem = format!("`{next}` is not expected here; write a comparison, AND or OR");
            Err(syntax(parser.cursor.position(), problem))
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: usize,
    comparisons: usize,
}

impl Parser<'_> {
    /// `factor AND factor`, or `factor factor`.
    fn conjunction(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.disjunction()?];
        loop {
            self.cursor.skip_spaces();
            let goes_on = self.cursor.eat_word("AND") || self.begins_term();
            if !goes_on {
                return Ok(one_or(parts, Expression::All));
            }
            parts.push(self.disjunction()?);
        }
    }

    /// `term OR term`.
    fn disjunction(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.term()?];
        loop {
            self.cursor.skip_spaces();
            if !self.cursor.eat_word("OR") {
                return Ok(one_or(parts, Expression::Any));
            }
            parts.push(self.term()?);
        }
    }

    /// `NOT term`, `-term`, `( … )` or a comparison.
    fn term(&mut self) -> Result<Expression, QueryError> {
        self.cursor.skip_spaces();
        let position = self.cursor.position();
        if self.cursor.eat_word("NOT") || self.cursor.eat("-") {
            let negated = self.deeper(position, Self::term)?;
            return Ok(Expression::Not(Box::new(negated)));
        }
        if self.cursor.eat("(") {
            let inner = self.deeper(position, Self::conjunction)?;
            self.cursor.skip_spaces();
            if self.cursor.eat(")") {
                return Ok(inner);
            }
            return Err(syntax(position, "this parenthesis is not closed; add `)`"));
        }
        self.comparison()
    }

    fn deeper(
        &mut self,
        position: usize,
        parse: fn(&mut Self) -> Result<Expression, QueryError>,
    ) -> Result<Expression, QueryError> {
        if self.depth == MAX_DEPTH {
            let problem = format!("nested more than {MAX_DEPTH} deep; write it flatter");
            return Err(syntax(position, problem));
        }
        self.depth += 1;
        let inner = parse(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Expression, QueryError> {
        let position = self.cursor.position();
        let field = self.cursor.word();
        if field.is_empty() || matches!(field, "AND" | "OR") {
            return Err(syntax(
                position,
                "a comparison is missing here; write one such as `level = \"VIP\"`",
            ));
        }
        if self.comparisons == MAX_COMPARISONS {
            return Err(syntax(
                position,
                format!("more than {MAX_COMPARISONS} comparisons; ask in parts"),
            ));
        }
        self.comparisons += 1;
        let operator = self.operator(field)?;
        let value = self.value(field)?;
        Ok(Expression::Is(Comparison {
            field: field.to_owned(),
            operator,
            value,
            position,
        }))
    }

    fn operator(&mut self, field: &str) -> Result<Operator, QueryError> {
        self.cursor.skip_spaces();
        let found = OPERATORS
            .iter()
            .find(|(sign, _)| self.cursor.rest().starts_with(sign));
        if let Some((sign, operator)) = found {
            self.cursor.eat(sign);
            return Ok(*operator);
        }
        let problem = format!(
            "`{field}` is not compared to anything; write `{field} = …` with one of = != < <= > >= :"
        );
        Err(syntax(self.cursor.position(), problem))
    }

    fn value(&mut self, field: &str) -> Result<Literal, QueryError> {
        self.cursor.skip_spaces();
        let position = self.cursor.position();
        let text = match self.cursor.peek() {
            Some('"' | '\'') => self.cursor.quoted()?,
            _ => self.cursor.word().to_owned(),
        };
        if text.is_empty() && self.cursor.position() == position {
            let problem = format!(
                "`{field}` is compared to nothing; write a number, true, false, or a text in quotes"
            );
            return Err(syntax(position, problem));
        }
        Ok(Literal { text, position })
    }

    /// Whether another term follows without `AND` between.
    fn begins_term(&self) -> bool {
        let next = self.cursor.peek();
        let or = self
            .cursor
            .rest()
            .strip_prefix("OR")
            .is_some_and(|rest| rest.starts_with(' '));
        !or && next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '('))
    }
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            many(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filter with explicit parentheses.
    fn shown(expression: &Expression) -> String {
        let joined = |parts: &[Expression], word: &str| {
            format!(
                "({})",
                parts.iter().map(shown).collect::<Vec<_>>().join(word)
            )
        };
        match expression {
            Expression::All(parts) => joined(parts, " & "),
            Expression::Any(parts) => joined(parts, " | "),
            Expression::Not(part) => format!("!{}", shown(part)),
            Expression::Is(Comparison {
                field,
                operator,
                value,
                ..
            }) => {
                format!("{field} {operator:?} {}", value.text)
            }
        }
    }

    fn parsed(text: &str) -> String {
        parse(text).unwrap().as_ref().map(shown).unwrap_or_default()
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn or_binds_tighter_than_and_as_in_aip_160() {
        assert_eq!(
            parsed("a=1 AND b=2 OR c=3"),
            "(a Equal 1 & (b Equal 2 | c Equal 3))"
        );
        assert_eq!(
            parsed("a=1 b=2 OR c=3"),
            "(a Equal 1 & (b Equal 2 | c Equal 3))"
        );
        assert_eq!(
            parsed("(a=1 AND b=2) OR c=3"),
            "((a Equal 1 & b Equal 2) | c Equal 3)"
        );
    }

    #[test]
    fn negation_is_not_or_a_minus() {
        assert_eq!(parsed("NOT a=1 AND -b:x"), "(!a Equal 1 & !b Contains x)");
        assert_eq!(parsed("a = -5"), "a Equal -5");
        assert_eq!(parsed("NOTE = 1"), "NOTE Equal 1");
    }

    #[test]
    fn values_are_words_or_quoted_texts() {
        assert_eq!(parsed(r#"level="V\"IP""#), "level Equal V\"IP");
        assert_eq!(parsed("region = '华东 区'"), "region Equal 华东 区");
        assert_eq!(parsed("region:华东"), "region Contains 华东");
        assert_eq!(
            parsed("credit_limit.amount_minor >= 10"),
            "credit_limit.amount_minor GreaterOrEqual 10"
        );
        assert_eq!(parsed("level = \"\""), "level Equal ");
    }

    #[test]
    fn empty_filter_selects_everything() {
        assert_eq!(parse("  ").unwrap(), None);
    }

    #[test]
    fn mistakes_are_answered_with_place_and_remedy() {
        assert_eq!(
            refused("level"),
            "at character 6: `level` is not compared to anything; write `level = …` with one of = != < <= > >= :"
        );
        assert_eq!(
            refused("level ="),
            "at character 8: `level` is compared to nothing; write a number, true, false, or a text in quotes"
        );
        assert_eq!(
            refused("level = \"VIP"),
            "at character 9: this text has no end; close it with the quote that opens it"
        );
        assert_eq!(
            refused("(a = 1"),
            "at character 1: this parenthesis is not closed; add `)`"
        );
        assert_eq!(
            refused("a = 1 AND"),
            "at character 10: a comparison is missing here; write one such as `level = \"VIP\"`"
        );
        assert_eq!(
            refused("a = 1)"),
            "at character 6: `)` is not expected here; write a comparison, AND or OR"
        );
    }

    #[test]
    fn limits_hold() {
        assert!(parse(&format!("a = \"{}\"", "x".repeat(MAX_BYTES))).is_err());
        assert!(parse(&"a=1 ".repeat(MAX_COMPARISONS)).is_ok());
        assert!(parse(&"a=1 ".repeat(MAX_COMPARISONS + 1)).is_err());
        let nested = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(parse(&"NOT ".repeat(MAX_BYTES / 4)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_fail_otherwise_than_by_an_error(text in ".{0,80}") {
            let _ = parse(&text);
        }
    }
}
