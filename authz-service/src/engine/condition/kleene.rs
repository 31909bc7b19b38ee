//! Kleene's logic over CEL: a missing value is unknown, not an error.
//!
//! `&&`, `||`, `!` and `? :` are evaluated here, and unknown beats failure in them, whichever side
//! stands first. Everything else is the library's: there a missing value comes out as a reference
//! to nothing, and every reference was checked to be a parameter when the condition was compiled.
//! In the steps of `all` and `exists` the library absorbs it as `&&` and `||` do.
//!
//! Unknown comes with the names of the values that could change it: those in unknown parts that no
//! decided part stands above.

use cel::common::ast::{Expr, operators};
use cel::common::types::CelBool;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, IdedExpr, Value};
use smallvec::SmallVec;

use super::check::parts;
use super::patterns::{self, Pattern};
use super::value::Boxed;
use super::{Parameter, Verdict, functions};

/// The values given, by parameter name. Conditions have few parameters: a scan beats a map.
pub(super) struct Bound<'v> {
    parameters: &'v [Parameter],
    patterns: &'v [Pattern],
    values: SmallVec<[(&'v str, Boxed<'v>); 4]>,
}

impl<'v> Bound<'v> {
    pub(super) fn new(parameters: &'v [Parameter], patterns: &'v [Pattern]) -> Self {
        Self {
            parameters,
            patterns,
            values: SmallVec::new(),
        }
    }

    pub(super) fn push(&mut self, name: &'v str, value: Boxed<'v>) {
        self.values.push((name, value));
    }

    /// The parameter of this name, unless it has a value.
    fn missing(&self, name: &str) -> Option<&'v str> {
        if self.values.iter().any(|(bound, _)| *bound == name) {
            return None;
        }
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|parameter| &*parameter.name == name)?;
        Some(&found.name)
    }
}

impl VariableResolver for Bound<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let found = self.values.iter().find(|(name, _)| *name == variable);
        let found = found.map(|(_, value)| {
            let value: &'b (dyn Val + 'b) = value.as_ref();
            value
        });
        let pattern = || {
            let value: &'b (dyn Val + 'b) = patterns::named(self.patterns, variable)?;
            Some(value)
        };
        found.or_else(pattern).map(CowVal::Borrowed)
    }
}

/// Evaluates an expression that was checked; the error says what failed.
pub(super) fn evaluate(expression: &IdedExpr, bound: &Bound<'_>) -> Result<Verdict, String> {
    let mut context = Context::with_env(functions::environment());
    context.set_variable_resolver(bound);
    let mut evaluation = Evaluation {
        bound,
        context: &context,
        missing: Vec::new(),
    };
    Ok(match evaluation.truth(expression)? {
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::Fails,
        None => {
            let mut names = evaluation.missing;
            names.sort_unstable();
            names.dedup();
            Verdict::Unknown(names.into_iter().map(Into::into).collect())
        }
    })
}

/// True, false, or unknown.
type Truth = Option<bool>;

struct Evaluation<'e, 'v> {
    bound: &'e Bound<'v>,
    context: &'e Context<'e, 'e>,
    /// The names behind what was unknown so far.
    missing: Vec<&'v str>,
}

impl Evaluation<'_, '_> {
    fn truth(&mut self, expression: &IdedExpr) -> Result<Truth, String> {
        let Expr::Call(call) = &expression.expr else {
            return self.leaf(expression);
        };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => self.junction(false, left, right),
            (operators::LOGICAL_OR, [left, right]) => self.junction(true, left, right),
            (operators::LOGICAL_NOT, [inner]) => Ok(self.truth(inner)?.map(|value| !value)),
            (operators::CONDITIONAL, [condition, yes, no]) => match self.truth(condition)? {
                Some(true) => self.truth(yes),
                Some(false) => self.truth(no),
                None => {
                    // What either side waits for may be waited for, too; a failure there may never
                    // come up.
                    let _ = (self.truth(yes), self.truth(no));
                    Ok(None)
                }
            },
            _ => self.leaf(expression),
        }
    }

    /// `||` with the deciding value true, `&&` with the deciding value false.
    fn junction(
        &mut self,
        decides: bool,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Truth, String> {
        let before = self.missing.len();
        let left = self.truth(left);
        if left == Ok(Some(decides)) {
            self.missing.truncate(before);
            return left;
        }
        let right = self.truth(right);
        match (left, right) {
            (_, Ok(Some(value))) if value == decides => {
                self.missing.truncate(before);
                Ok(Some(decides))
            }
            (Ok(None), _) | (_, Ok(None)) => Ok(None),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
            (Ok(Some(_)), Ok(Some(_))) => Ok(Some(!decides)),
        }
    }

    fn leaf(&mut self, expression: &IdedExpr) -> Result<Truth, String> {
        match Value::resolve_val(expression, self.context) {
            Ok(value) => match value.downcast_ref::<CelBool>() {
                Some(value) => Ok(Some(*value.inner())),
                None => Err(format!(
                    "it gave a `{}` and not a `bool`",
                    value.get_type().name()
                )),
            },
            Err(ExecutionError::UndeclaredReference(_)) => {
                self.note_missing(expression);
                Ok(None)
            }
            Err(error) => Err(lower_first(&error.to_string())),
        }
    }

    /// Every parameter without a value in an unknown part: the library names only the first.
    fn note_missing(&mut self, expression: &IdedExpr) {
        if let Expr::Ident(name) = &expression.expr {
            self.missing.extend(self.bound.missing(name));
        }
        for part in parts(expression) {
            self.note_missing(part);
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
