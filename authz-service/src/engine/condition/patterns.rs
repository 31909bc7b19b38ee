//! The patterns of `matches`: written out in the expression, compiled once with it, and small, so
//! that a match takes milliseconds at worst, whatever the text is.

use std::any::Any;

use cel::common::ast::{CallExpr, Expr, LiteralValue};
use cel::common::types::{CelBool, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{ExecutionError, IdedExpr};
use regex::{Regex, RegexBuilder};

use super::check::{Places, parts_mut};
use super::problem::Problem;
use super::signatures::MATCHES;

static TYPE: Type = Type::new_unspecified_type("@pattern");

/// How a pattern is called within the expression, before its number. No parameter is called so.
const NAME: &str = "@pattern";
/// Most bytes of a compiled pattern.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// Most bytes that a match may remember of the states that it was in.
const MAX_CACHE_BYTES: usize = 1 << 20;
/// Longest text that is held against a pattern, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// A compiled pattern as a CEL value. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &TYPE
    }

    fn cel_type() -> &'static Type {
        &TYPE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        let other = other.downcast_ref::<Self>();
        other.is_some_and(|other| other.0.as_str() == self.0.as_str())
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Pattern {}

/// Takes the patterns out of an expression and puts names in their places.
pub(super) fn extract(
    expression: &mut IdedExpr,
    places: &Places<'_>,
) -> Result<Vec<Pattern>, Vec<Problem>> {
    let mut extraction = Extraction {
        places,
        patterns: Vec::new(),
        problems: Vec::new(),
    };
    extraction.visit(expression);
    if extraction.problems.is_empty() {
        Ok(extraction.patterns)
    } else {
        Err(extraction.problems)
    }
}

/// The pattern that a name within an expression stands for.
pub(super) fn named<'p>(patterns: &'p [Pattern], name: &str) -> Option<&'p Pattern> {
    patterns.get(name.strip_prefix(NAME)?.parse::<usize>().ok()?)
}

struct Extraction<'a> {
    places: &'a Places<'a>,
    patterns: Vec<Pattern>,
    problems: Vec<Problem>,
}

impl Extraction<'_> {
    fn visit(&mut self, expression: &mut IdedExpr) {
        if let Expr::Call(call) = &mut expression.expr
            && call.func_name == MATCHES
        {
            self.take(call);
        }
        for part in parts_mut(expression) {
            self.visit(part);
        }
    }

    /// `matches(text, "…")` becomes `text.matches(@pattern0)`, as `text.matches("…")` does.
    fn take(&mut self, call: &mut CallExpr) {
        let Some(argument) = call.args.last_mut() else {
            return;
        };
        let Expr::Literal(LiteralValue::String(text)) = &argument.expr else {
            let place = self.places.of(argument);
            let message = "the pattern of `matches` must be written out: it is compiled once";
            self.problems.push(
                Problem::new(place, "computed-pattern", message).help(
                    "write it in quotes, or use `startsWith`, `endsWith`, `contains` or `==`",
                ),
            );
            return;
        };
        let compiled = RegexBuilder::new(text.inner())
            .size_limit(MAX_COMPILED_BYTES)
            .dfa_size_limit(MAX_CACHE_BYTES)
            .build();
        match compiled {
            Ok(regex) => {
                argument.expr = Expr::Ident(format!("{NAME}{}", self.patterns.len()));
                self.patterns.push(Pattern(regex));
            }
            Err(error) => {
                let (code, message) = refused(&error);
                let place = self.places.of(argument);
                self.problems.push(Problem::new(place, code, message));
            }
        }
        if call.target.is_none() && call.args.len() == 2 {
            call.target = Some(Box::new(call.args.remove(0)));
        }
    }
}

fn refused(error: &regex::Error) -> (&'static str, String) {
    if let regex::Error::CompiledTooBig(_) = error {
        let message = format!(
            "this pattern takes more than {MAX_COMPILED_BYTES} bytes: repeat less, or name fewer \
             kinds of characters"
        );
        return ("expression-too-costly", message);
    }
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    let reason = last.trim_start_matches("error: ");
    (
        "invalid-pattern",
        format!("this is not a pattern: {reason}"),
    )
}

/// `text.matches(pattern)`: whether some part of the text is as the pattern says.
#[expect(clippy::needless_pass_by_value, reason = "the library's signature")]
pub(super) fn matches<'b, 'v>(
    arguments: Vec<CowVal<'b, 'v>>,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [text, pattern] = arguments.as_slice() else {
        return Err(ExecutionError::invalid_argument_count(2, arguments.len()));
    };
    let text = text.downcast_ref::<CelString>();
    let (Some(text), Some(Pattern(regex))) = (text, pattern.downcast_ref::<Pattern>()) else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let text = text.inner();
    if text.len() > MAX_TEXT_BYTES {
        let length = text.len();
        let problem = format!("a text of {length} bytes is longer than {MAX_TEXT_BYTES}");
        return Err(ExecutionError::function_error(MATCHES, problem));
    }
    Ok(CowVal::owned(CelBool::from(regex.is_match(text))))
}
