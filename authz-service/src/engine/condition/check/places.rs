//! Where in an expression's text something stands.

use cel::IdedExpr;
use cel::common::ast::SourceInfo;

use crate::engine::condition::problem::{Place, Problem};

/// Finds where nodes of the tree were written.
pub(in crate::engine::condition) struct Places<'a> {
    pub(super) text: &'a str,
    pub(super) info: &'a SourceInfo,
}

impl Places<'_> {
    /// A node that a macro made has the macro's place. The library counts bytes, the end is where
    /// the last character starts, and a call's place is its parenthesis: we tell its name's.
    pub(in crate::engine::condition) fn of(&self, expression: &IdedExpr) -> Place {
        let (start, last) = self.info.offset_for(expression.id).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or_default();
        let end = usize::try_from(last).unwrap_or_default().saturating_add(1);
        let before = self.text.get(..start).unwrap_or_default();
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if name.len() < start
            && self
                .text
                .get(start..)
                .is_some_and(|rest| rest.starts_with('('))
        {
            return Place::Expression(name.len()..start);
        }
        Place::Expression(start..self.text.ceil_char_boundary(end).max(start + 1))
    }
}

/// What the library's parser refused, in our words.
pub(super) fn parse_problem(error: &cel::ParseError, text: &str) -> Problem {
    let line = usize::try_from(error.pos.0)
        .unwrap_or_default()
        .saturating_sub(1);
    let column = usize::try_from(error.pos.1)
        .unwrap_or_default()
        .saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(line_start..).unwrap_or_default();
    let offset = rest
        .char_indices()
        .nth(column)
        .map_or(rest.len(), |(at, _)| at);
    let start = line_start + offset;
    if error.msg.contains("Recursion limit") {
        let message = "the expression stands within more parentheses and brackets than can be read";
        let place = Place::Expression(0..text.len());
        return Problem::new(place, "expression-too-costly", message);
    }
    let message = format!("this is not an expression: {}", parse_message(&error.msg));
    Problem::new(
        Place::Expression(start..start + 1),
        "invalid-expression",
        message,
    )
}

/// The generated parser speaks of its own grammar; what matters is what it stumbled over.
fn parse_message(raw: &str) -> String {
    let raw = raw.lines().next().unwrap_or_default();
    let raw = raw.trim_start_matches("Syntax error: ");
    if raw.contains("'<EOF>'") {
        return "it ends too early".to_owned();
    }
    let quoted = |after: &str| {
        let (_, rest) = raw.split_once(after)?;
        let end = rest
            .find("' expecting")
            .unwrap_or(rest.trim_end_matches('\'').len());
        rest.get(..end)
            .map(|text| format!("`{text}` is not expected here"))
    };
    quoted("input '")
        .or_else(|| quoted("at: '"))
        .unwrap_or_else(|| raw.to_owned())
}
