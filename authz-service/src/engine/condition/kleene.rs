//! Kleene's logic over CEL: a missing value is unknown, not an error.
//!
//! `&&`, `||`, `!` and `? :` are evaluated here, and unknown beats failure in them, whichever side
//! stands first. Everything else is the library's: there a missing value comes out as a reference
//! to nothing, and every reference was checked to be a parameter when the condition was compiled.
//! In the steps of `all` and `exists` the library absorbs it as `&&` and `||` do.

use cel::common::ast::{Expr, operators};
use cel::common::types::CelBool;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, IdedExpr, Value};
use smallvec::SmallVec;

use super::functions;
use super::value::Boxed;

/// The values given, by parameter name. Conditions have few parameters: a scan beats a map.
#[derive(Default)]
pub(super) struct Bound<'v> {
    values: SmallVec<[(&'v str, Boxed<'v>); 4]>,
}

impl<'v> Bound<'v> {
    pub(super) fn push(&mut self, name: &'v str, value: Boxed<'v>) {
        self.values.push((name, value));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(bound, _)| *bound == name)
    }
}

impl VariableResolver for Bound<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let found = self.values.iter().find(|(name, _)| *name == variable);
        found.map(|(_, value)| {
            let value: &'b (dyn Val + 'b) = value.as_ref();
            CowVal::Borrowed(value)
        })
    }
}

/// True, false, or unknown.
pub(super) type Truth = Option<bool>;

/// Evaluates an expression that was checked; the error says what failed.
pub(super) fn evaluate(expression: &IdedExpr, bound: &Bound<'_>) -> Result<Truth, String> {
    let mut context = Context::with_env(functions::environment());
    context.set_variable_resolver(bound);
    truth(expression, &context)
}

fn truth(expression: &IdedExpr, context: &Context<'_, '_>) -> Result<Truth, String> {
    let Expr::Call(call) = &expression.expr else {
        return leaf(expression, context);
    };
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_AND, [left, right]) => junction(false, left, right, context),
        (operators::LOGICAL_OR, [left, right]) => junction(true, left, right, context),
        (operators::LOGICAL_NOT, [inner]) => Ok(truth(inner, context)?.map(|value| !value)),
        (operators::CONDITIONAL, [condition, yes, no]) => match truth(condition, context)? {
            Some(true) => truth(yes, context),
            Some(false) => truth(no, context),
            None => Ok(None),
        },
        _ => leaf(expression, context),
    }
}

/// `||` with the deciding value true, `&&` with the deciding value false.
fn junction(
    decides: bool,
    left: &IdedExpr,
    right: &IdedExpr,
    context: &Context<'_, '_>,
) -> Result<Truth, String> {
    let left = truth(left, context);
    if left == Ok(Some(decides)) {
        return left;
    }
    let right = truth(right, context);
    match (left, right) {
        (_, Ok(Some(value))) if value == decides => Ok(Some(decides)),
        (Ok(None), _) | (_, Ok(None)) => Ok(None),
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
        (Ok(Some(_)), Ok(Some(_))) => Ok(Some(!decides)),
    }
}

fn leaf(expression: &IdedExpr, context: &Context<'_, '_>) -> Result<Truth, String> {
    match Value::resolve_val(expression, context) {
        Ok(value) => match value.downcast_ref::<CelBool>() {
            Some(value) => Ok(Some(*value.inner())),
            None => Err(format!(
                "it gave a `{}` and not a `bool`",
                value.get_type().name()
            )),
        },
        Err(ExecutionError::UndeclaredReference(_)) => Ok(None),
        Err(error) => Err(lower_first(&error.to_string())),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
