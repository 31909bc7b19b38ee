//! What can be known of an expression before it has values: that it parses, names only its
//! parameters and known functions, uses each parameter, costs little, and can yield a bool.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, SourceInfo, operators};
use rustc_hash::FxHashSet;

use super::functions;
use super::parameter::ParameterType;
use super::problem::{Place, Problem};
use super::typing;
use crate::engine::schema::nearest;

/// An expression that passed.
pub(super) struct Checked {
    pub(super) expression: IdedExpr,
    pub(super) max_values: usize,
}

/// Deepest nesting of `all`, `exists`, `map`, `filter`: each level multiplies the cost.
const MAX_COMPREHENSION_DEPTH: usize = 2;
/// Most values in a context, by the nesting of the expression. The product of the levels bounds
/// an evaluation at tens of milliseconds.
const MAX_VALUES: [usize; MAX_COMPREHENSION_DEPTH + 1] = [1000, 1000, 200];

pub(super) fn check(
    parameters: &[(&str, ParameterType)],
    text: &str,
) -> Result<Checked, Vec<Problem>> {
    let mut problems = parameter_problems(parameters);
    let program = functions::environment().compile(text).map_err(|errors| {
        let parse_errors = errors.errors.iter().map(|error| parse_problem(error, text));
        problems
            .iter()
            .cloned()
            .chain(parse_errors)
            .collect::<Vec<_>>()
    })?;
    let mut walk = Walk {
        places: Places {
            text,
            info: program.source_info(),
        },
        parameters,
        scope: Vec::new(),
        used: FxHashSet::default(),
        depth: 0,
        deepest: 0,
        problems: Vec::new(),
    };
    walk.visit(program.expression());
    let (used, deepest) = (walk.used, walk.deepest);
    problems.extend(walk.problems);
    for (at, (name, _)) in parameters.iter().enumerate() {
        if !used.contains(*name) {
            let message = format!("parameter `{name}` is not used by the expression");
            let problem = Problem::new(Place::Parameter(at), "unused-parameter", message);
            problems.push(problem.help("use it or remove it"));
        }
    }
    if problems.is_empty() {
        let places = Places {
            text,
            info: program.source_info(),
        };
        problems = typing::problems(program.expression(), parameters, &places);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let max_values = MAX_VALUES.get(deepest).copied().unwrap_or_default();
    Ok(Checked {
        expression: program.expression().clone(),
        max_values,
    })
}

fn parameter_problems(parameters: &[(&str, ParameterType)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = FxHashSet::default();
    let env = functions::environment();
    for (at, (name, _)) in parameters.iter().enumerate() {
        let mut report =
            |code, message| problems.push(Problem::new(Place::Parameter(at), code, message));
        if !seen.insert(*name) {
            report(
                "duplicate-parameter",
                format!("parameter `{name}` is declared twice"),
            );
        }
        let is_identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !is_identifier {
            report(
                "invalid-name",
                format!("`{name}` cannot be a parameter: use letters, digits and `_`"),
            );
        }
        // Where such a parameter is missing, the name would mean the type instead.
        if env.types().find_type(name).is_some() {
            report(
                "invalid-name",
                format!("`{name}` is a type of expressions and cannot be a parameter"),
            );
        }
    }
    problems
}

fn parse_problem(error: &cel::ParseError, text: &str) -> Problem {
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
    let message = error.msg.lines().next().unwrap_or_default();
    let message = format!(
        "this is not an expression: {}",
        message.trim_start_matches("Syntax error: ")
    );
    Problem::new(
        Place::Expression(start..start + 1),
        "invalid-expression",
        message,
    )
}

/// Finds where nodes of the tree were written.
pub(super) struct Places<'a> {
    text: &'a str,
    info: &'a SourceInfo,
}

impl Places<'_> {
    /// The library counts characters; a node made by a macro has the macro's place.
    pub(super) fn of(&self, expression: &IdedExpr) -> Place {
        let (start, last) = self.info.offset_for(expression.id).unwrap_or_default();
        let byte = |at: u32| {
            let at = usize::try_from(at).unwrap_or_default();
            self.text
                .char_indices()
                .nth(at)
                .map_or(self.text.len(), |(byte, _)| byte)
        };
        let start = byte(start);
        Place::Expression(start..byte(last.saturating_add(1)).max(start + 1))
    }
}

struct Walk<'a> {
    places: Places<'a>,
    parameters: &'a [(&'a str, ParameterType)],
    /// Variables of the comprehensions around.
    scope: Vec<String>,
    used: FxHashSet<String>,
    depth: usize,
    deepest: usize,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn visit(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Ident(name) => self.reference(name, expression),
            Expr::Call(call) => {
                self.function(&call.func_name, expression);
                for part in call.target.as_deref().into_iter().chain(&call.args) {
                    self.visit(part);
                }
            }
            Expr::Select(select) => self.visit(&select.operand),
            Expr::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(made) => {
                let message = format!("there is no type `{}` to make a value of", made.type_name);
                self.problem(expression, "invalid-expression", message);
            }
            Expr::Comprehension(_) => self.comprehension(expression),
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn comprehension(&mut self, expression: &IdedExpr) {
        let Expr::Comprehension(inner) = &expression.expr else {
            return;
        };
        self.visit(&inner.iter_range);
        self.visit(&inner.accu_init);
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        if self.depth == MAX_COMPREHENSION_DEPTH + 1 {
            let message = format!(
                "`all`, `exists`, `map` and `filter` nest at most {MAX_COMPREHENSION_DEPTH} deep"
            );
            self.problem(expression, "expression-too-costly", message);
        }
        let outer = self.scope.len();
        self.scope
            .extend([inner.iter_var.clone(), inner.accu_var.clone()]);
        self.scope.extend(inner.iter_var2.clone());
        self.visit(&inner.loop_cond);
        self.visit(&inner.loop_step);
        self.visit(&inner.result);
        self.scope.truncate(outer);
        self.depth -= 1;
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::MapEntry(entry) => {
                self.visit(&entry.key);
                self.visit(&entry.value);
            }
            EntryExpr::StructField(field) => self.visit(&field.value),
        }
    }

    fn reference(&mut self, name: &str, expression: &IdedExpr) {
        if self.scope.iter().any(|bound| bound == name) {
            return;
        }
        if self
            .parameters
            .iter()
            .any(|(parameter, _)| *parameter == name)
        {
            self.used.insert(name.to_owned());
            return;
        }
        if functions::environment().types().find_type(name).is_some() {
            return;
        }
        let known = nearest(
            name,
            self.parameters.iter().map(|(parameter, _)| *parameter),
        );
        let message = format!("`{name}` is not a parameter of this caveat");
        let help = match known {
            Some(known) => format!("did you mean `{known}`?"),
            None => "declare it in the parentheses after the caveat's name".to_owned(),
        };
        let place = self.places.of(expression);
        self.problems
            .push(Problem::new(place, "unknown-variable", message).help(help));
    }

    fn function(&mut self, name: &str, expression: &IdedExpr) {
        let is_operator = name.starts_with(['_', '@', '!', '-']) || name == operators::IN;
        if is_operator || functions::NAMES.contains(&name) {
            return;
        }
        let message = format!("there is no function `{name}`");
        let mut problem = Problem::new(self.places.of(expression), "unknown-function", message);
        problem.suggestion =
            nearest(name, functions::NAMES).map(|known| format!("did you mean `{known}`?"));
        self.problems.push(problem);
    }

    fn problem(&mut self, expression: &IdedExpr, code: &'static str, message: String) {
        self.problems
            .push(Problem::new(self.places.of(expression), code, message));
    }
}
