//! Bounds what an evaluation can cost, whatever the values are.
//!
//! Loops within loops multiply, and so do loops over what another loop made; `+` and literals
//! within them make longer values each time around.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, operators};

use super::places::Places;
use super::tree::parts;
use crate::engine::condition::problem::Problem;

/// Most loops (`all`, `exists`, `exists_one`, `map`, `filter`) within each other, or over each
/// other's results.
const MAX_LOOPS: usize = 2;
/// Most values in a context, and most elements of literals, by the nesting of loops. A step costs
/// about a quarter of a microsecond: 200 times 200 steps are ten milliseconds. Values written with a
/// relationship and values of a request each have that many: joined by `+` they are four times that.
const MAX_VALUES: [usize; MAX_LOOPS + 1] = [1000, 1000, 200];
/// Most `+` within loops.
const MAX_ADDITIONS: usize = 8;

/// Most values that a context may hold for this expression.
pub(super) fn max_values(expression: &IdedExpr, places: &Places<'_>) -> Result<usize, Problem> {
    let mut cost = Cost::default();
    cost.visit(expression, 0);
    let refused = |at: &IdedExpr, message: String| {
        Err(Problem::new(
            places.of(at),
            "expression-too-costly",
            message,
        ))
    };
    if let Some(at) = cost.too_deep {
        let message = format!("at most {MAX_LOOPS} loops can stand within or follow each other");
        return refused(at, message);
    }
    if cost.additions > MAX_ADDITIONS {
        return refused(
            expression,
            format!("at most {MAX_ADDITIONS} `+` can stand within loops"),
        );
    }
    let max_values = MAX_VALUES.get(cost.deepest).copied().unwrap_or_default();
    if cost.deepest > 0 && cost.elements > max_values {
        let message = format!("beside loops, literals can have at most {max_values} elements");
        return refused(expression, message);
    }
    Ok(max_values)
}

#[derive(Default)]
struct Cost<'e> {
    deepest: usize,
    too_deep: Option<&'e IdedExpr>,
    additions: usize,
    elements: usize,
}

impl<'e> Cost<'e> {
    fn visit(&mut self, expression: &'e IdedExpr, mut loops: usize) {
        match &expression.expr {
            Expr::Comprehension(_) => {
                loops += 1;
                self.deepest = self.deepest.max(loops);
                if loops > MAX_LOOPS {
                    self.too_deep.get_or_insert(expression);
                }
            }
            Expr::Call(call) if loops > 0 && is_addition(call) => self.additions += 1,
            Expr::List(list) => self.elements += list.elements.len(),
            Expr::Map(map) => self.elements += map.entries.len(),
            _ => {}
        }
        for part in parts(expression) {
            self.visit(part, loops);
        }
    }
}

/// A `+` of the author's: that of a macro adds to a result whose name starts with `@`.
fn is_addition(call: &CallExpr) -> bool {
    let adds_to_result = call.args.iter().any(|argument| match &argument.expr {
        Expr::Ident(name) => name.starts_with('@'),
        _ => false,
    });
    call.func_name == operators::ADD && !adds_to_result
}
