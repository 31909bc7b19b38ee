//! The names in an expression: parameters, variables of comprehensions, functions.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};
use rustc_hash::FxHashSet;

use super::places::Places;
use crate::engine::condition::functions;
use crate::engine::condition::parameter::ParameterType;
use crate::engine::condition::problem::Problem;
use crate::engine::condition::signatures;
use crate::engine::schema::nearest;

/// Looks at every name in an expression.
pub(super) struct Walk<'a> {
    pub(super) places: Places<'a>,
    parameters: &'a [(&'a str, ParameterType)],
    /// Variables of the comprehensions around.
    scope: Vec<String>,
    /// The parameters that the expression names.
    pub(super) used: FxHashSet<String>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(places: Places<'a>, parameters: &'a [(&'a str, ParameterType)]) -> Self {
        Self {
            places,
            parameters,
            scope: Vec::new(),
            used: FxHashSet::default(),
            problems: Vec::new(),
        }
    }

    pub(super) fn visit(&mut self, expression: &IdedExpr) {
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
        let outer = self.scope.len();
        self.scope
            .extend([inner.iter_var.clone(), inner.accu_var.clone()]);
        self.scope.extend(inner.iter_var2.clone());
        self.visit(&inner.loop_cond);
        self.visit(&inner.loop_step);
        self.visit(&inner.result);
        self.scope.truncate(outer);
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
        if is_operator || signatures::names().any(|known| known == name) {
            return;
        }
        let message = format!("there is no function `{name}`");
        let mut problem = Problem::new(self.places.of(expression), "unknown-function", message);
        problem.suggestion =
            nearest(name, signatures::names()).map(|known| format!("did you mean `{known}`?"));
        self.problems.push(problem);
    }

    fn problem(&mut self, expression: &IdedExpr, code: &'static str, message: String) {
        self.problems
            .push(Problem::new(self.places.of(expression), code, message));
    }
}
