//! What can be known of an expression before it has values: that it parses, names only its
//! parameters and known functions, uses each parameter, costs little, and can yield a bool.

mod cost;
mod places;
mod tree;
mod walk;

use cel::IdedExpr;
use rustc_hash::FxHashSet;

use super::functions;
use super::parameter::ParameterType;
use super::patterns::{self, Pattern};
use super::problem::{Place, Problem};
use super::typing;
pub(super) use places::Places;
pub(super) use tree::{parts, parts_mut};
use walk::Walk;

/// An expression that passed.
pub(super) struct Checked {
    /// Its patterns are names.
    pub(super) expression: IdedExpr,
    pub(super) patterns: Vec<Pattern>,
    pub(super) max_values: usize,
}

/// Longest expression, in bytes.
pub(super) const MAX_BYTES: usize = 8192;
/// Deepest syntax tree; `&&` and `||` chains are balanced and count little.
const MAX_DEPTH: usize = 100;
/// The library's parser recurses without a limit on `a + a + …`: this bears 8,192 bytes of it, with
/// a factor of four to spare in a debug build.
const STACK_BYTES: usize = 64 << 20;

/// Checks on a thread of its own, so that no text can exhaust the caller's stack.
pub(super) fn check(
    parameters: &[(&str, ParameterType)],
    text: &str,
) -> Result<Checked, Vec<Problem>> {
    let whole = Place::Expression(0..text.len());
    if text.len() > MAX_BYTES {
        let message = format!(
            "the expression has {} bytes, at most {MAX_BYTES} are allowed",
            text.len()
        );
        return Err(vec![Problem::new(whole, "expression-too-costly", message)]);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let checked = thread.spawn_scoped(scope, || check_all(parameters, text));
        checked
            .ok()
            .and_then(|handle| handle.join().ok())
            .unwrap_or_else(|| {
                let message = "this expression could not be checked";
                Err(vec![Problem::new(whole, "invalid-expression", message)])
            })
    })
}

fn check_all(parameters: &[(&str, ParameterType)], text: &str) -> Result<Checked, Vec<Problem>> {
    let mut problems = parameter_problems(parameters);
    let program = functions::environment().compile(text).map_err(|errors| {
        let parse_errors = errors
            .errors
            .iter()
            .map(|error| places::parse_problem(error, text));
        problems
            .iter()
            .cloned()
            .chain(parse_errors)
            .collect::<Vec<_>>()
    })?;
    let places = Places {
        text,
        info: program.source_info(),
    };
    if tree::depth(program.expression()) > MAX_DEPTH {
        let message = format!("the expression is more than {MAX_DEPTH} operators deep");
        let place = places.of(program.expression());
        return Err(vec![Problem::new(place, "expression-too-costly", message)]);
    }
    let mut walk = Walk::new(places, parameters);
    walk.visit(program.expression());
    problems.append(&mut walk.problems);
    for (at, (name, _)) in parameters.iter().enumerate() {
        if !walk.used.contains(*name) {
            let message = format!("parameter `{name}` is not used by the expression");
            let problem = Problem::new(Place::Parameter(at), "unused-parameter", message);
            problems.push(problem.help("use it or remove it"));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let max_values = cost::max_values(program.expression(), &walk.places).map_err(|p| vec![p])?;
    let mut problems = typing::problems(program.expression(), parameters, &walk.places);
    let mut expression = program.expression().clone();
    match patterns::extract(&mut expression, &walk.places) {
        Ok(patterns) if problems.is_empty() => Ok(Checked {
            expression,
            patterns,
            max_values,
        }),
        extracted => {
            problems.extend(extracted.err().unwrap_or_default());
            Err(problems)
        }
    }
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
